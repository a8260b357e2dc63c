// History
// What one run of chaos wrote down: a JSON line for every call and its outcome, every execution of an effect, every record of the log.
// The checker reads nothing else, so a run that failed can be checked again from its file.
import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { ActorId } from '../../machines/address.ts'
import type { ActorEvent } from '../../machines/message.ts'
import type { LogRecord } from '../../runtime/record.ts'

/** A call is about to be made. Calls of one sender are numbered in the order in which they were made. */
export interface SendLine {
  readonly kind: 'send'
  /** Also in the event, as `op`: by it the log is searched. */
  readonly id: string
  readonly sender: string
  readonly order: number
  readonly to: ActorId
  readonly event: ActorEvent
  readonly asks: boolean
  /** The code of the dead letter that this message is expected to become. */
  readonly dead?: string
  readonly at: number
}

/** How a call ended. `unknown`: it may have been taken or not. A call without this line is unknown as well. */
export interface OutcomeLine {
  readonly kind: 'outcome'
  readonly id: string
  readonly outcome: 'acknowledged' | 'refused' | 'unknown'
  readonly code?: string
  /** The words of the failure. */
  readonly why?: string
  /** What an ask was answered. */
  readonly value?: unknown
  readonly at: number
}

/** An effect ran. A key may run again on another worker; its result may not be applied again. */
export interface ExecutionLine {
  readonly kind: 'execution'
  readonly key: string
  readonly worker: string
  readonly at: number
}

/** The state of an actor when everything was at rest. */
export interface StateLine {
  readonly kind: 'state'
  readonly actor: ActorId
  readonly turn: number
  readonly context: unknown
}

export interface RecordLine {
  readonly kind: 'record'
  readonly partition: number
  readonly seq: number
  /** When the server stored it. */
  readonly at: number
  readonly record: LogRecord
}

/** What was done to the system, or what a scenario found wrong by itself. */
export interface NoteLine {
  readonly kind: 'fault' | 'violation'
  readonly what: string
  readonly at: number
}

export type HistoryLine = SendLine | OutcomeLine | ExecutionLine | StateLine | RecordLine | NoteLine

export const decodeHistory = (text: string): readonly HistoryLine[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as HistoryLine)

/** Keeps a history in memory and in its file. */
export class HistoryWriter {
  readonly file: string
  readonly lines: HistoryLine[] = []
  readonly #stream: WriteStream

  constructor(file: string) {
    this.file = file
    this.#stream = createWriteStream(file)
  }

  write(line: HistoryLine): void {
    this.lines.push(line)
    this.#stream.write(`${JSON.stringify(line)}\n`)
  }

  async close(): Promise<void> {
    this.#stream.end()
    await finished(this.#stream)
  }
}

/** What a counter's digest is after it has applied one more message: FNV-1a over all ids, so that their order and number are in it. */
export function digestOf(before: number, id: string): number {
  let hash = before ^ 0x811c9dc5
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
