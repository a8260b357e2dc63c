// Plan
// The tasks of a job, made from what a folder really holds: questions to its documents, summaries, statistics of tables, reviews of source files. Pure.
//
// P1. The same files give the same plan.
// P2. Types take turns, so every type of work has its share of `tasksMax`, and the first tasks are of every type.
import path from 'node:path'
import { taskTypes, type TaskType } from '../../../machines/task-events.ts'
import { questionsTo } from './questions.ts'

export interface PlannedTask {
  readonly taskType: TaskType
  readonly prompt: string
  readonly file?: string
}

export interface PlanFile {
  /** Below the folder. */
  readonly file: string
  readonly text: string
}

export const tasksMaxDefault = 60
/** Shorter files say too little to ask about. */
const documentCharactersMin = 20

export function planTasks(files: readonly PlanFile[], tasksMax: number): readonly PlannedTask[] {
  const kinds = Map.groupBy(files, kindOf)
  const of = (kind: FileKind): readonly PlanFile[] => kinds.get(kind) ?? []
  const documents = of('document').toSorted((left, right) => right.text.length - left.text.length || (left.file < right.file ? -1 : 1))
  const lists: Record<(typeof taskTypes)[number], readonly PlannedTask[]> = {
    question: questionsOf(documents),
    summary: [...documents, ...of('text')].map(({ file }) => ({
      taskType: 'summary',
      prompt: `Summarize ${file}: what is it about, and what are its main points?`,
      file,
    })),
    table: of('table').map(({ file }) => ({
      taskType: 'table',
      prompt: `What does the table ${file} show? Give its size, its columns and what stands out in them.`,
      file,
    })),
    review: of('source').map(({ file }) => ({
      taskType: 'review',
      prompt: `Review the code in ${file}: what is wrong or risky, and how can it be mended?`,
      file,
    })),
  }
  return takeTurns(
    taskTypes.map((type) => lists[type]),
    tasksMax,
  ) // P2
}

type FileKind = 'document' | 'text' | 'table' | 'source' | 'other'

const documentExtensions = new Set(['.md', '.mdx', '.markdown', '.txt', '.rst', '.adoc'])
const textExtensions = new Set(['.html', '.yaml', '.yml', '.toml', '.ini', '.xml', '.json'])
const sourceExtensions = new Set(
  (
    '.js .mjs .cjs .jsx .ts .mts .cts .tsx .vue .svelte .py .rb .go .rs .java .kt .scala .c .h .cc .cpp .hpp .cs .php .swift .ex .exs .erl .lua .r ' +
    '.jl .sh .sql'
  ).split(' '),
)

function kindOf({ file, text }: PlanFile): FileKind {
  const extension = path.extname(file).toLowerCase()
  if (extension === '.csv' || extension === '.tsv') return 'table'
  if (extension === '.json' && isTable(text)) return 'table'
  if (sourceExtensions.has(extension)) return 'source'
  if (text.trim().length < documentCharactersMin) return 'other'
  if (documentExtensions.has(extension) || extension === '') return 'document'
  return textExtensions.has(extension) ? 'text' : 'other'
}

/** A JSON array of objects. */
function isTable(text: string): boolean {
  if (!text.trimStart().startsWith('[')) return false
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.length > 0 && value.every((row) => typeof row === 'object' && row !== null && !Array.isArray(row))
  } catch {
    return false // not JSON: nothing a table tool could read
  }
}

/** First one question to every document, then a second to each, and so on. */
function questionsOf(documents: readonly PlanFile[]): readonly PlannedTask[] {
  const asked = new Set<string>()
  const questions = documents.map((document) => questionsTo(document))
  const rounds = Math.max(0, ...questions.map(({ length }) => length))
  return Array.from({ length: rounds }, (_, round) => questions.flatMap((list) => list[round] ?? []))
    .flat()
    .filter((prompt) => !asked.has(prompt) && asked.add(prompt))
    .map((prompt) => ({ taskType: 'question', prompt }))
}

/** One from each list in turn, until `countMax` or until all are empty. */
function takeTurns<T>(lists: readonly (readonly T[])[], countMax: number): readonly T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_, turn) => lists.flatMap((list) => list[turn] ?? []))
    .flat()
    .slice(0, countMax)
}
