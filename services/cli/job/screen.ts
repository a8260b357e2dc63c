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
const columnsForStates = 90
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
  const workers = board.workers
    .map(({ id, owned }) => (board.killed.includes(id) ? `${id} killed` : `${id} owns ${owned.length}`))
    .join(', ')
  const parts = [secondsText(now - board.startedAt), total === 0 ? '' : `${board.ended}/${total} tasks`, rate, workers].filter(
    (part) => part !== '',
  )
  const text = parts.join(' · ')
  const bar = total === 0 || widthOf(text) + barWidth + 2 > columns ? '' : `${barOf(board.ended / total)}  `
  return paint('bold', cutTo(`${bar}${text}`, columns))
}

const barOf = (share: number): string => '█'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '░')

function rowOf(row: Row, columns: number, now: number, paint: Paint): string {
  const { task, agent, why, tokens, costUsd, submittedAt } = row
  const isNarrow = columns < columnsForStates
  const head = `${String(task.number).padStart(2, '0')} ${fit(task.taskType, typeWidth)} `
  const figures = ` ${String(tokens).padStart(6)} tok ${dollarsText(costUsd).padStart(7)} ${secondsText(now - submittedAt).padStart(6)}`
  const states = row.states.length === 0 ? ['submitted'] : isNarrow ? row.states.slice(-1) : row.states
  const room = Math.max(0, columns - head.length - (isNarrow ? stateWidth : statesWidth) - figures.length)
  const reason = columns >= columnsForWhy && agent !== undefined ? ` ${agent}: ${shortWhy(why ?? '')}` : ''
  const whyWidth = Math.min(Math.floor(room / 2), widthOf(reason))
  const about = room - whyWidth > aboutWidthMin ? ` ${cutTo(oneLine(task.file ?? task.prompt), room - whyWidth - 1)}` : ''
  return `${head}${lit(states, isNarrow ? stateWidth : statesWidth, isRunning(row), paint)}${figures}${paint('dim', cutTo(reason, whyWidth))}${about}`
}

const typeWidth = 8
const stateWidth = 12
const statesWidth = 42
const aboutWidthMin = 8

/** The way so far dimmed, the present state lit. */
function lit(states: readonly string[], width: number, isAtWork: boolean, paint: Paint): string {
  const before = states
    .slice(0, -1)
    .map((state) => `${state} ▸ `)
    .join('')
  const present = fit(states.at(-1) ?? '', Math.max(0, width - widthOf(before)))
  return `${paint('dim', before)}${paint(isAtWork ? 'cyan' : 'yellow', present)}`
}

/** `best so far of 2 eligible agents; expected success 92 % (…)` without what stands in parentheses. */
const shortWhy = (why: string): string => oneLine(why.replace(/\s*\([^)]*\)/g, ''))
