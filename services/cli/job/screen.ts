// Screen
// The board as lines of text that fit the terminal. Pure: terminal.ts draws them.
import { activeRows, isRunning, type Board, type Row } from './board.ts'
import { cutTo, dollarsText, fit, oneLine, secondsText, widthOf, type Paint } from './text.ts'

export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

/** Narrower terminals get plain lines. */
export const columnsMin = 50
/** From here on the reason of a choice has room. */
const columnsForWhy = 110
const columnsForStates = 70
const barWidth = 20

export function screenOf(board: Board, size: ScreenSize, now: number, paint: Paint): readonly string[] {
  const rowsMax = Math.max(1, size.rows - 4)
  const active = activeRows(board)
  const shown = active.slice(-rowsMax)
  const left = active.length - shown.length
  return [
    headerOf(board, size.columns, now, paint),
    ...shown.map((row) => rowOf(row, size.columns, now, paint)),
    ...(left > 0 ? [paint('dim', `  and ${left} more`)] : []),
  ]
}

function headerOf(board: Board, columns: number, now: number, paint: Paint): string {
  const total = board.rows.size
  const watchedMs = board.watchingSince === undefined ? 0 : now - board.watchingSince
  const rate = watchedMs < 500 ? '' : `${Math.round((board.turns * 1_000) / watchedMs)} turns/s`
  const workers = board.workers.map(({ id, owned }) => `${id} owns ${owned.length}`).join(', ')
  const parts = [secondsText(now - board.startedAt), total === 0 ? '' : `${board.ended}/${total} tasks`, rate, workers].filter((part) => part !== '')
  const text = parts.join(' · ')
  const bar = total === 0 || widthOf(text) + barWidth + 2 > columns ? '' : `${barOf(board.ended / total)}  `
  return paint('bold', cutTo(`${bar}${text}`, columns))
}

const barOf = (share: number): string => '█'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '░')

function rowOf(row: Row, columns: number, now: number, paint: Paint): string {
  const { task, agent, why, tokens, costUsd, submittedAt } = row
  const id = String(task.number).padStart(2, '0')
  const figures = `${String(tokens).padStart(6)} tok ${dollarsText(costUsd).padStart(7)} ${secondsText(now - submittedAt).padStart(6)}`
  const about = oneLine(task.file ?? task.prompt)
  const states = columns < columnsForStates ? (row.states.at(-1) ?? 'submitted') : row.states.join(' ▸ ') || 'submitted'
  const stateWidth = columns < columnsForStates ? 12 : 42
  const fixed = id.length + 1 + 8 + 1 + stateWidth + 1 + figures.length + 1
  const room = Math.max(0, columns - fixed)
  const reason = columns >= columnsForWhy && agent !== undefined ? ` ${agent}: ${shortWhy(why ?? '')}` : ''
  const whyWidth = reason === '' ? 0 : Math.min(Math.floor(room / 2), widthOf(reason))
  const left = `${id} ${fit(task.taskType, 8)} `
  const lit = paint(isRunning(row) ? 'cyan' : 'yellow', fit(states, stateWidth))
  return `${left}${lit} ${figures} ${paint('dim', cutTo(reason, whyWidth))}${room - whyWidth > 8 ? ` ${cutTo(about, room - whyWidth - 1)}` : ''}`.trimEnd()
}

/** `best so far of 2 eligible agents; expected reward 92 % (…)` without what stands in parentheses. */
const shortWhy = (why: string): string => oneLine(why.replace(/\s*\([^)]*\)/g, ''))
