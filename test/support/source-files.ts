import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface SourceFile {
  /** From the project's folder on: `runtime/nats/log.ts`. */
  readonly file: string
  /** Without comments. */
  readonly code: string
  /** What it imports, types included. Our own files: as a path from the project's folder on. */
  readonly files: readonly string[]
  /** Packages by name: `@scope/name` for `@scope/name/part`. */
  readonly packages: readonly string[]
  /** Node's own modules: `node:fs`. */
  readonly node: readonly string[]
}

/** Every `.ts` file of these folders, in order. */
export function sourceFiles(...folders: readonly string[]): readonly SourceFile[] {
  return folders
    .filter((folder) => fs.existsSync(path.join(root, folder)))
    .flatMap((folder) =>
      fs
        .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.tsx?$/.test(name) && !/(^|\/)(node_modules|dist)\//.test(name))
        .toSorted()
        .map((name) => sourceFile(path.join(folder, name), fs.readFileSync(path.join(root, folder, name), 'utf8'))),
    )
}

export function sourceFile(file: string, text: string): SourceFile {
  const code = withoutComments(text)
  const imports = [...code.matchAll(importPattern)].flatMap(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? [])
  const isOurs = (name: string) => name.startsWith('.')
  const isNode = (name: string) => name.startsWith('node:')
  return {
    file,
    code,
    files: imports.filter(isOurs).map((name) => path.join(path.dirname(file), name)),
    packages: imports.filter((name) => !isOurs(name) && !isNode(name)).map(packageOf),
    node: imports.filter(isNode),
  }
}

/** `import … from 'x'` and `export … from 'x'`, `import 'x'`, `import('x')`. The formatter keeps them in this shape. */
const importPattern = /^(?:import|export)\b[^'"`;]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm

/** Strings are matched first, so that `//` inside one is no comment. */
function withoutComments(text: string): string {
  return text.replace(
    /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/.*$/gm,
    (_match, literal: string | undefined) => literal ?? '',
  )
}

function packageOf(name: string): string {
  const parts = name.split('/')
  return parts.slice(0, name.startsWith('@') ? 2 : 1).join('/')
}
