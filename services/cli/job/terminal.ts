// Terminal
// Shows a job as it happens: on a terminal a board that is drawn again in place below lines that scroll; elsewhere plain lines.
//
// T1. The board is drawn at most every `drawEveryMs`, in one write, by moving the cursor up: no flicker, nothing of the scroll-back is lost.
// T2. After `close` the cursor is visible again and nothing of the board is left.
import { emptyBoard, nextBoard, type Board } from './board.ts'
import type { JobEvent } from './events.ts'
import { linesOf } from './lines.ts'
import { columnsMin, screenOf } from './screen.ts'
import type { Paint } from './text.ts'

/** Standard output, or what stands for it in a test. */
export interface TextStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

export interface TerminalOptions {
  /** Never a board. */
  readonly plain: boolean
  /** What the times shown count from, epoch milliseconds. */
  readonly startedAt: number
  readonly paint: Paint
}

const drawEveryMs = 100
const columnsDefault = 80
const rowsDefault = 24
const hideCursor = '\x1b[?25l'
const showCursor = '\x1b[?25h'
const clearBelow = '\x1b[J'
const clearLine = '\x1b[K'

export class JobTerminal {
  readonly paint: Paint
  readonly #stream: TextStream
  readonly #live: boolean
  #board: Board
  #drawn = 0
  #timer: ReturnType<typeof setInterval> | undefined
  #onExit: (() => void) | undefined

  constructor(stream: TextStream, { plain, startedAt, paint }: TerminalOptions) {
    this.#stream = stream
    this.#live = !plain && stream.isTTY === true && (stream.columns ?? columnsDefault) >= columnsMin
    this.#board = emptyBoard(startedAt)
    this.paint = paint
  }

  get board(): Board {
    return this.#board
  }

  readonly tell = (event: JobEvent): void => {
    const columns = this.#live ? (this.#stream.columns ?? columnsDefault) : undefined
    const lines = linesOf(this.#board, event, { paint: this.paint, columns })
    this.#board = nextBoard(this.#board, event)
    if (lines.length > 0) this.lines(lines)
  }

  note(text: string): void {
    this.tell({ kind: 'note', text, at: Date.now() })
  }

  /** Lines that stay, above the board. */
  lines(lines: readonly string[]): void {
    if (this.#timer) this.#draw(lines)
    else this.#stream.write(lines.map((line) => `${line}\n`).join(''))
  }

  /** Begins to draw the board. */
  open(): void {
    if (!this.#live || this.#timer) return
    this.#onExit = () => this.#stream.write(showCursor) // T2: also when the process is ended in a hurry
    process.once('exit', this.#onExit)
    this.#stream.write(hideCursor)
    this.#timer = setInterval(() => this.#draw(), drawEveryMs) // T1
    this.#timer.unref()
  }

  close(): void {
    if (!this.#timer) return
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#stream.write(this.#up() + clearBelow + showCursor)
    this.#drawn = 0
    if (this.#onExit) process.removeListener('exit', this.#onExit)
  }

  /** One write: the lines above, then the board below them (T1). */
  #draw(above: readonly string[] = []): void {
    const { columns = columnsDefault, rows = rowsDefault } = this.#stream
    // One column is left free: a full line would wrap on some terminals, and the cursor would be a line too low.
    const board = screenOf(this.#board, { columns: columns - 1, rows }, Date.now(), this.paint)
    this.#stream.write(this.#up() + [...above, ...board].map((line) => `${line}${clearLine}\n`).join('') + clearBelow)
    this.#drawn = board.length
  }

  #up(): string {
    return this.#drawn === 0 ? '' : `\x1b[${this.#drawn}A\r`
  }
}
