// Lines
// The lines that a job's events are worth, for a terminal that scrolls and for logs. Pure.
import type { Board } from './board.ts'
import type { JobEvent, JobTask, TaskResult } from './events.ts'
import { countText, cutTo, oneLine, secondsText, widthOf, type Paint } from './text.ts'

const answerCharacters = 100

export interface LineStyle {
  readonly paint: Paint
  /** Set on a live board: answers are cut to fit, and what the board shows anyway, such as the choice of an agent, has no line. */
  readonly columns: number | undefined
}

/** `board`: as it was before the event. */
export function linesOf(board: Board, event: JobEvent, { paint, columns }: LineStyle): readonly string[] {
  const stamp = (at: number): string => paint('dim', `[${secondsText(at - board.startedAt).padStart(7)}]`)
  switch (event.kind) {
    case 'seen':
      return columns === undefined ? chosenLines(board, event, paint).map((line) => `${stamp(event.at)} ${line}`) : []
    case 'ended':
      return [`${stamp(event.at)} ${endLine(event.result, board, { paint, columns })}`]
    case 'killed':
      return [
        `${stamp(event.at)} ${paint('red', '✗ KILL')} worker ${event.worker} (pid ${event.pid}) was killed with SIGKILL after ${countText(event.ended, 'task')} of ${board.rows.size} had ended; a replacement starts`,
      ]
    case 'recovered':
      return [
        `${stamp(event.at)} ${paint('green', '↻ RECOVERY')} the partitions of ${event.worker} are owned by ${event.owners.join(' and ')} after ${secondsText(event.afterMs)}: its tasks go on from their last turn`,
      ]
    case 'note':
      return [`${stamp(event.at)} ${event.text}`]
    case 'planned':
    case 'submitted':
    case 'workers':
      return []
  }
}

/** `04 review examples/ask.mjs`, `05 question “What is a turn?”`. */
export const nameOf = ({ number, taskType, file, prompt }: JobTask): string =>
  `${String(number).padStart(2, '0')} ${taskType} ${file ?? `“${oneLine(prompt)}”`}`

function chosenLines(board: Board, { sighting }: JobEvent & { kind: 'seen' }, paint: Paint): readonly string[] {
  if (sighting.kind !== 'transition') return []
  return sighting.emits.flatMap((fact) => {
    const row = fact.type === 'decision.made' ? board.rows.get(String(fact['taskId'])) : undefined
    if (!row) return []
    const again = row.agent === undefined ? '' : ` instead of ${row.agent}`
    return [`${paint('cyan', '→')} ${nameOf(row.task)}: ${armsOf(fact['chosen'])} chosen${again} (${oneLine(String(fact['why']))})`]
  })
}

/** As the coordinator tells them: the best first. */
const armsOf = (chosen: unknown): string =>
  Array.isArray(chosen)
    ? chosen.map((one: unknown) => (typeof one === 'object' && one !== null && 'arm' in one ? String(one.arm) : 'an agent')).join(', ')
    : 'an agent'

function endLine({ task, end, output, reason, durationMs }: TaskResult, board: Board, { paint, columns }: LineStyle): string {
  const agent = output?.agent ?? board.rows.get(task.id)?.agent ?? 'no agent'
  const named = `${nameOf(task)}: ${agent}, ${secondsText(durationMs)}`
  if (end !== 'completed' || output === undefined) return `${paint('red', `✗ ${end}`)} ${named}: ${oneLine(reason ?? 'no reason')}`
  const model = output.offline ? 'offline model' : output.model
  const head = `${named}, ${countText(output.citations.length, 'citation')}, ${model}: `
  const room = columns === undefined ? answerCharacters : Math.max(0, Math.min(answerCharacters, columns - stampWidth - widthOf(head)))
  return `${paint('green', '✓')} ${cutTo(head, columns === undefined ? Infinity : columns - stampWidth)}${cutTo(oneLine(output.answer), room)}`
}

/** `[   1.2 s] ✓ ` */
const stampWidth = 12
