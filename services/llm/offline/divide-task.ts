// Divide task
// How the offline model plans: it takes a task apart where its words do, at sentences, list marks, semicolons and `then`. It understands nothing.
//
// D1. The steps are the parts in their order: ids s1, s2, …; one that begins with `then` waits for the one before, one that looks back on all for all.
// D2. The kind of a step is that of the file it names: a table, source code to be reviewed, a summary where one is asked for; else it is a question.
import { filesIn } from './conversation.ts'
import { itemsOf, propertiesOf, type JsonSchema } from './json-schema.ts'

const partsMax = 8
const partCharactersMin = 3

interface DividedStep {
  readonly id: string
  readonly taskType: string
  readonly prompt: string
  readonly file: string | null
  readonly after: readonly string[]
}

/** Whether the items of a list are steps that others are to do. */
export function asksForSteps(list: JsonSchema): boolean {
  const names = new Set(propertiesOf(itemsOf(list)).map(([name]) => name))
  return ['id', 'taskType', 'prompt', 'after'].every((name) => names.has(name))
}

const separator = /(?<=[.?!])\s+(?=\S)|\s*;\s*|\s*\n\s*(?:[-*•]|\d+[.)])?\s*|,?\s+(?:and\s+)?(?=then\b)/gi
const looksBack = /^(?:finally|in the end|overall|at last|compare (?:them|both|the (?:two|answers|results)))\b/i
const followsOn = /^(?:and\s+)?(?:then|after that|afterwards|next)\b[\s,:]*/i

export function divideTask(task: string): readonly DividedStep[] {
  const parts = task
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part.length >= partCharactersMin && !/^file:/i.test(part))
  const kept = parts.length === 0 ? [task.trim() || 'Answer.'] : parts.slice(0, partsMax)
  return kept.map((part, at) => {
    const ids = kept.slice(0, at).map((_, before) => `s${before + 1}`)
    const after = looksBack.test(part) ? ids : followsOn.test(part) ? ids.slice(-1) : [] // D1
    const prompt = part.replace(followsOn, '')
    const [file = null] = filesIn(part)
    const taskType = kindOf(part, file) // D2
    return { id: `s${at + 1}`, taskType, prompt: prompt === '' ? part : prompt, file: taskType === 'question' ? null : file, after }
  })
}

function kindOf(part: string, file: string | null): string {
  if (file === null) return 'question'
  if (/\.(csv|tsv)$/i.test(file)) return 'table'
  if (/\breview|\bbugs?\b|\bfaults?\b/i.test(part) && /\.(m?[jt]sx?|py|go|rs|java|c|cc|cpp|h|rb)$/i.test(file)) return 'review'
  return /\bsummar|\boverview\b|\bwhat is in\b/i.test(part) ? 'summary' : 'question'
}
