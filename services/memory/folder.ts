// Folder
// The only door to a user's files: what may be read below a root, and what the text of a file is. It never writes.
//
// F1. Nothing outside the root is read: not by "..", an absolute path or a symbolic link.
// F2. Hidden files and folders (a name with a leading dot) are not served: that is where keys and passwords lie.
// F3. Every file is within the size limit and is UTF-8 text; all else is refused with a reason.
import { constants, type Dirent } from 'node:fs'
import { open, readdir, realpath, type FileHandle } from 'node:fs/promises'
import { isAbsolute, join, posix, relative, sep, win32 } from 'node:path'
import { FileRefused, FolderUnreadable } from './errors.ts'

export interface TextFile {
  /** Below the root, with "/" between folders. */
  readonly file: string
  readonly text: string
}

export interface Skipped {
  readonly file: string
  readonly reason: string
}

export const fileBytesMax = 1024 * 1024

/** Reads one text file below the root, or throws `FileRefused` with a reason that may be shown to a model. */
export async function readBelow(root: string, file: string, bytesMax: number = fileBytesMax): Promise<TextFile> {
  const name = checkName(file)
  const path = await resolveBelow(root, name)
  // Without blocking: opening a named pipe would wait for a writer for ever.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw new FileRefused(`${name} cannot be opened; it may be missing or protected`, { cause })
  })
  try {
    return { file: name, text: decode(name, await readBytes(handle, name, bytesMax)) }
  } finally {
    await handle.close()
  }
}

/** Every visible file below the root in order of name, and what was left out and why. Folders named node_modules are not entered. */
export async function walkFolder(
  root: string,
  signal: AbortSignal,
  entriesMax = 20_000,
): Promise<{ readonly files: readonly string[]; readonly skipped: readonly Skipped[] }> {
  const files: string[] = []
  const skipped: Skipped[] = []
  const folders = ['']
  let entries = 0
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal.throwIfAborted()
    for (const { name, kind } of await listFolder(root, folder, skipped)) {
      entries += 1
      const file = posix.join(folder, name)
      if (entries > entriesMax) {
        skipped.push({ file, reason: `this and all that follows: the folder has more than ${entriesMax} entries` })
        return { files: files.toSorted(), skipped }
      }
      const reason = reasonToSkip(file, name, kind)
      if (reason !== undefined) skipped.push({ file, reason })
      else (kind === 'folder' ? folders : files).push(file)
    }
  }
  return { files: files.toSorted(), skipped }
}

type EntryKind = 'file' | 'folder' | 'link' | 'other'

const pathCharactersMax = 400
/** Characters that would end or fake a citation marker, or break a line. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const unquotable = /[\0-\x1f\x7f]|\[\[|\]\]/

/** F1, F2. */
function checkName(file: string): string {
  const shown = JSON.stringify(file.slice(0, 200))
  if (unquotable.test(file) || file.length > pathCharactersMax) throw new FileRefused(`${shown} is not a file name that is served`)
  if (posix.isAbsolute(file) || win32.isAbsolute(file)) throw new FileRefused(`${shown} is absolute; give a path below the root folder`)
  const name = posix.normalize(file)
  const parts = name.split('/')
  if (name === '.' || file === '') throw new FileRefused(`${shown} is the root folder itself; give a file below it`)
  if (parts.includes('..')) throw new FileRefused(`${shown} leads out of the root folder; only files below it are read`)
  if (parts.some((part) => part.startsWith('.'))) throw new FileRefused(`${shown} is hidden; hidden files and folders are not read`)
  return name
}

/** F1: what the name really leads to, links followed, must be below the root and visible. */
async function resolveBelow(root: string, name: string): Promise<string> {
  const top = await realRoot(root)
  const path = await realpath(join(top, name)).catch((cause: unknown) => {
    throw new FileRefused(`${name} is not there; list the files to see what is`, { cause })
  })
  const below = relative(top, path)
  const parts = below.split(sep)
  if (below === '' || isAbsolute(below) || parts.some((part) => part.startsWith('.'))) {
    throw new FileRefused(`${name} is a link out of the root folder or to a hidden file; it is not read`)
  }
  return path
}

async function realRoot(root: string): Promise<string> {
  return realpath(root).catch((cause: unknown) => {
    throw new FolderUnreadable(`folder ${root} cannot be read; check that it is there and that this user may read it`, { cause })
  })
}

/** F3. */
async function readBytes(handle: FileHandle, name: string, bytesMax: number): Promise<Uint8Array> {
  const stat = await handle.stat()
  if (!stat.isFile()) throw new FileRefused(`${name} is not a regular file`)
  if (stat.size > bytesMax) throw new FileRefused(`${name} has ${stat.size} bytes; the limit is ${bytesMax}`)
  const bytes = new Uint8Array(stat.size)
  let length = 0
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return bytes.subarray(0, length)
}

function decode(name: string, bytes: Uint8Array): string {
  if (bytes.includes(0)) throw new FileRefused(`${name} is binary; only text is read`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new FileRefused(`${name} is not UTF-8 text; convert it first`, { cause })
  }
}

/** The root must be readable; a folder below it that is not is skipped. */
async function listFolder(root: string, folder: string, skipped: Skipped[]): Promise<readonly { name: string; kind: EntryKind }[]> {
  try {
    const entries = await readdir(join(root, folder), { withFileTypes: true })
    return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) })).toSorted((left, right) => (left.name < right.name ? -1 : 1))
  } catch (cause) {
    if (folder === '') {
      throw new FolderUnreadable(`folder ${root} cannot be read; check that it is there, is a folder, and that this user may read it`, {
        cause,
      })
    }
    skipped.push({ file: folder, reason: 'the folder may not be read' })
    return []
  }
}

function kindOf(entry: Dirent): EntryKind {
  if (entry.isSymbolicLink()) return 'link'
  if (entry.isDirectory()) return 'folder'
  return entry.isFile() ? 'file' : 'other'
}

function reasonToSkip(file: string, name: string, kind: EntryKind): string | undefined {
  if (name.startsWith('.')) return 'hidden'
  if (kind === 'link') return 'a symbolic link'
  if (kind === 'other') return 'not a regular file'
  if (kind === 'folder' && name === 'node_modules') return 'installed packages'
  if (file.length > pathCharactersMax) return `a path of more than ${pathCharactersMax} characters`
  return unquotable.test(name) ? 'a name that cannot be cited' : undefined
}
