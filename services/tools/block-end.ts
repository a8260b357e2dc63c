// Block end: where a piece of code ends, in any language, by its indentation. Right for formatted code; minified code has no blocks.

/** The last line of what begins at a line, by indentation: up to the next line that is not deeper, a closing bracket included. */
export function blockEnd(lines: readonly string[], start: number): number {
  const indent = indentOf(lines[start])
  let end = start
  for (let at = start + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    if (line.trim() === '') continue
    if (indentOf(line) > indent) end = at
    else if (isClosing.test(line)) {
      end = at
      // A bracket that closes the parameters and opens the body goes on.
      if (!/[{:]\s*$/.test(line)) break
    } else break
  }
  return end
}

const isClosing = /^\s*([)}\]]|end\b)/
const indentOf = (line: string | undefined): number => /^\s*/.exec(line ?? '')?.[0].length ?? 0
