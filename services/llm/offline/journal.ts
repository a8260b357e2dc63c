// Journal
// What the offline server was asked and what it charged, so that a ledger of usage can be compared with it to the token.
//
// J1. Totals count every request since the start or the last clear; of the entries only the newest `entriesMax` are kept.
// J2. `charged` is what whole answers cost; what was spent on answers that broke off or were left stands under `lost`.

export const entriesMax = 1000

export type Outcome = 'answered' | 'refused' | 'cut' | 'left'

export interface JournalEntry {
  readonly at: number
  readonly path: string
  readonly model: string | undefined
  readonly idempotencyKey: string | undefined
  readonly correlation: string | undefined
  readonly outcome: Outcome
  readonly status: number
  readonly inputTokens: number
  readonly outputTokens: number
}

export interface Tokens {
  readonly inputTokens: number
  readonly outputTokens: number
}

export interface JournalPage {
  /** Ended. */
  readonly requests: number
  /** Under way: begun and not ended. */
  readonly active: number
  readonly charged: Tokens
  readonly lost: Tokens
  readonly entries: readonly JournalEntry[]
}

export interface RequestJournal {
  begin(): void
  /** Ends a request that was begun. */
  add(entry: JournalEntry): void
  page(): JournalPage
  clear(): void
}

export function requestJournal(): RequestJournal {
  const none: Tokens = { inputTokens: 0, outputTokens: 0 }
  let requests = 0
  let active = 0
  let charged = none
  let lost = none
  let entries: JournalEntry[] = []
  return {
    begin: () => void active++,
    add(entry) {
      active--
      requests++
      if (entry.outcome === 'answered') charged = sum(charged, entry)
      else lost = sum(lost, entry) // J2
      entries.push(entry)
      if (entries.length > entriesMax) entries.shift() // J1
    },
    page: () => ({ requests, active, charged, lost, entries: [...entries] }),
    clear() {
      requests = 0
      charged = none
      lost = none
      entries = []
    },
  }
}

const sum = (a: Tokens, b: Tokens): Tokens => ({
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
})
