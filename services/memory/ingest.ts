// Ingest
// Puts the text files of a folder into memory, piece by piece, so that they can be searched and cited.
//
// I1. A point's id is its file, lines and content, and carries its file's version: ingesting the same files again embeds nothing.
// I2. A changed file's new pieces are embedded before its old ones are removed; if the process dies in between, the next run completes it.
// I3. What is not read is said, with a reason. A file that has vanished from the folder stays in memory until it is removed there.
import { hash } from 'node:crypto'
import { extname, posix } from 'node:path'
import type { Embedder, Memory, MemoryPoint } from '../../actors/ports.ts'
import { chunk, chunkDefaults } from './chunk.ts'
import { FileRefused } from './errors.ts'
import { fileBytesMax, readBelow, walkFolder, type Skipped, type TextFile } from './folder.ts'

export { chunk } from './chunk.ts'

export interface ReadFolderOptions {
  readonly signal: AbortSignal
  readonly fileBytesMax?: number
  readonly filesMax?: number
  /** Characters of all files together: they are held in memory until they are ingested. */
  readonly charactersMax?: number
}

export interface FolderText {
  readonly files: readonly TextFile[]
  readonly skipped: readonly Skipped[]
}

/** The text files below a folder. Throws `FolderUnreadable`; a single file that cannot be read is only skipped. */
export async function readFolder(root: string, options: ReadFolderOptions): Promise<FolderText> {
  const { signal, filesMax = 5_000, charactersMax = 64 * 1024 * 1024 } = options
  const found = await walkFolder(root, signal)
  const files: TextFile[] = []
  const skipped = [...found.skipped]
  let characters = 0
  for (const file of found.files) {
    signal.throwIfAborted()
    const outcome = reasonByName(file) ?? (await readOrReason(root, file, options.fileBytesMax ?? fileBytesMax))
    if (typeof outcome === 'string') skipped.push({ file, reason: outcome })
    else if (files.length >= filesMax) skipped.push({ file, reason: `more than ${filesMax} files` })
    else if (characters + outcome.text.length > charactersMax)
      skipped.push({ file, reason: `more than ${charactersMax} characters in all` })
    else {
      files.push(outcome)
      characters += outcome.text.length
    }
  }
  return { files, skipped }
}

export interface IngestWork {
  readonly files: readonly TextFile[]
  readonly memory: Memory
  readonly embedder: Embedder
  readonly collection: string
  readonly tenant: string
  readonly signal: AbortSignal
  readonly onProgress?: (progress: IngestProgress) => void
}

export interface IngestProgress {
  readonly filesDone: number
  readonly filesTotal: number
  /** Chunks embedded and stored so far. */
  readonly chunks: number
}

export interface Ingested {
  /** Files that were new or changed. */
  readonly changed: number
  readonly unchanged: number
  readonly chunks: number
}

/** Embeds and stores what is new or changed, some files at a time. */
export async function ingest(work: IngestWork): Promise<Ingested> {
  const { files, memory, embedder, collection, signal, onProgress } = work
  await memory.ensureCollection(collection, embedder.dimensions)
  let [filesDone, changed, chunks] = [0, 0, 0]
  for (const group of groupFiles(files, embedder.model)) {
    const stale: CutFile[] = []
    for (const file of group) {
      signal.throwIfAborted()
      if (!(await isStored(work, file))) stale.push(file)
    }
    chunks += await storeFiles(work, stale)
    changed += stale.length
    filesDone += group.length
    onProgress?.({ filesDone, filesTotal: files.length, chunks })
  }
  return { changed, unchanged: files.length - changed, chunks }
}

/** Texts of one call to the embedder, and about as many as are prepared at a time. */
const embedBatch = 64
/** Points of one write. */
const storeBatch = 256

interface CutFile {
  readonly file: string
  /** Names the content, the way it was cut and the model: a change of any of them is a change of the file. */
  readonly version: string
  readonly pieces: readonly Piece[]
}

interface Piece {
  readonly id: string
  readonly text: string
  readonly payload: MemoryPoint['payload']
}

function* groupFiles(files: readonly TextFile[], model: string): Generator<readonly CutFile[]> {
  let group: CutFile[] = []
  let pieces = 0
  for (const file of files) {
    const cut = cutFile(file, model)
    group.push(cut)
    pieces += cut.pieces.length
    if (pieces < embedBatch) continue
    yield group
    ;[group, pieces] = [[], 0]
  }
  if (group.length > 0) yield group
}

function cutFile({ file, text }: TextFile, model: string): CutFile {
  const version = digest(JSON.stringify([model, chunkDefaults, text]))
  const pieces = new Map<string, Piece>()
  for (const { fromLine, toLine, text: piece } of chunk(text, file)) {
    const id = `${file}:${fromLine}-${toLine}#${digest(piece)}` // I1
    pieces.set(id, { id, text: piece, payload: { file, fromLine, toLine, text: piece, version } })
  }
  return { file, version, pieces: [...pieces.values()] }
}

/** I1: all of the file's points are those of this version, and none is missing. */
async function isStored({ memory, collection, tenant }: IngestWork, { file, version, pieces }: CutFile): Promise<boolean> {
  const [stored, current] = await Promise.all([
    memory.count(collection, tenant, { file }),
    memory.count(collection, tenant, { file, version }),
  ])
  return stored === pieces.length && current === pieces.length
}

async function storeFiles(work: IngestWork, files: readonly CutFile[]): Promise<number> {
  const { memory, collection, tenant, signal } = work
  const points = await embedPieces(
    work,
    files.flatMap((file) => file.pieces),
  ) // I2
  let stored = 0
  for (const { file, pieces } of files) {
    await memory.remove(collection, tenant, { file })
    for (let at = 0; at < pieces.length; at += storeBatch) {
      signal.throwIfAborted()
      await memory.upsert(collection, tenant, points.slice(stored + at, stored + Math.min(at + storeBatch, pieces.length)))
    }
    stored += pieces.length
  }
  return stored
}

async function embedPieces({ embedder, signal }: IngestWork, pieces: readonly Piece[]): Promise<readonly MemoryPoint[]> {
  const points: MemoryPoint[] = []
  for (let at = 0; at < pieces.length; at += embedBatch) {
    const batch = pieces.slice(at, at + embedBatch)
    const vectors = await embedder.embed(
      batch.map((piece) => piece.text),
      signal,
    )
    for (const [index, { id, payload }] of batch.entries()) points.push({ id, payload, vector: vectors[index] ?? new Float32Array() })
  }
  return points
}

const digest = (text: string): string => hash('sha256', text).slice(0, 16)

/** Written by programs, long, and of no use to a reader. */
const isLockFile = /(\.lock|-lock\.json|-lock\.yaml|npm-shrinkwrap\.json|go\.sum)$/i
const textNames = new Set(['README', 'LICENSE', 'NOTICE', 'CHANGELOG', 'AUTHORS', 'Makefile', 'Dockerfile'])
const textExtensions = new Set(
  (
    '.md .mdx .markdown .txt .rst .adoc .csv .tsv .json .jsonl .yaml .yml .toml .ini .xml .html .css .scss .sql .sh .graphql .proto ' +
    '.js .mjs .cjs .jsx .ts .mts .cts .tsx .vue .svelte .py .rb .go .rs .java .kt .scala .c .h .cc .cpp .hpp .cs .php .swift .ex .exs .erl .lua .r .jl'
  ).split(' '),
)

function reasonByName(file: string): string | undefined {
  if (isLockFile.test(file)) return 'a lock file'
  const extension = extname(file).toLowerCase()
  if (textExtensions.has(extension) || textNames.has(posix.basename(file))) return undefined
  return extension === '' ? 'no extension that says it is text' : `${extension} is not a kind of text that is ingested`
}

async function readOrReason(root: string, file: string, bytesMax: number): Promise<TextFile | string> {
  try {
    return await readBelow(root, file, bytesMax)
  } catch (error) {
    if (error instanceof FileRefused) return error.message
    throw error
  }
}
