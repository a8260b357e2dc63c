// Define tool
// What all tools share: arguments checked against one schema, a limit of time and of text, marked passages, and errors that become results.
//
// T1. `run` never throws: the model reads what went wrong and may try otherwise.
// T2. The citations of a result are exactly the passages that stand in its text.
// T3. What did not fit is said, before the passages: a passage ends where the next mark or the text ends.
import { z } from 'zod'
import type { Citation, Tool, ToolResult, ToolRun } from '../../actors/ports.ts'

export interface Passage extends Citation {
  readonly text: string
}

/** What a tool found: a few lines about it, then the passages. */
export interface Found {
  readonly about: readonly string[]
  readonly passages: readonly Passage[]
}

export interface ToolDesign<Arguments extends z.ZodObject> {
  readonly name: string
  readonly description: string
  readonly arguments: Arguments
  readonly timeoutMs: number
  readonly run: (args: z.output<Arguments>, call: ToolRun) => Promise<Found>
}

/** Characters of a result: what a model reads without losing its thread. */
export const resultCharactersMax = 16_000

export function defineTool<Arguments extends z.ZodObject>(design: ToolDesign<Arguments>): Tool {
  const { name, description, timeoutMs } = design
  return {
    schema: { name, description, parameters: z.toJSONSchema(design.arguments, { io: 'input' }) },
    needsApproval: false,
    timeoutMs,
    run: async (args, call) => {
      const parsed = design.arguments.safeParse(args)
      if (!parsed.success) return failure(`${name}: these arguments do not fit.\n${z.prettifyError(parsed.error)}`)
      const timeout = AbortSignal.timeout(timeoutMs)
      const signal = AbortSignal.any([call.signal, timeout])
      try {
        signal.throwIfAborted()
        return render(await Promise.race([design.run(parsed.data, { ...call, signal }), rejectOnAbort(signal)]))
      } catch (error) {
        if (call.signal.aborted) return failure(`${name} was cancelled`)
        if (timeout.aborted) return failure(`${name} took longer than ${timeoutMs} ms; ask for less`)
        return failure(error instanceof Error ? error.message : `${name} failed`)
      }
    },
  }
}

/** T2, T3. */
function render({ about, passages }: Found): ToolResult {
  const shown: Passage[] = []
  let characters = about.join('\n').length
  for (const passage of passages) {
    characters += mark(passage).length + passage.text.length + 2
    if (characters > resultCharactersMax) break
    shown.push(passage)
  }
  const left = passages.length - shown.length
  const cut = left === 0 ? [] : [`Shown: ${shown.length} of ${passages.length} passages${nextOf(passages[shown.length])}.`]
  const text = [...about, ...cut, ...shown.map((passage) => `${mark(passage)}\n${passage.text}`)].join('\n')
  return { ok: true, text, citations: shown.map(({ file, fromLine, toLine }) => ({ file, fromLine, toLine })) }
}

const mark = ({ file, fromLine, toLine }: Citation): string => `[[${file}:${fromLine}-${toLine}]]`

const nextOf = (next: Citation | undefined): string => (next === undefined ? '' : `; the next is ${next.file} line ${next.fromLine}`)

/** The first word tells a reader, and the offline model, that this is no material. */
const failure = (text: string): ToolResult => ({ ok: false, text: `Error: ${text}`.slice(0, resultCharactersMax), citations: [] })

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted', { cause: signal.reason })), { once: true })
  })
}
