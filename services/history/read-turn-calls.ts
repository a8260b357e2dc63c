// Read turn calls
// The model calls of an actor, each with the turn that told it.
import type { Database } from './database.ts'

export interface TurnCall {
  readonly turn: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costUsd: number
}

const callsMax = 20_000

/** Of the turns after one, up to another, in order; at most `callsMax`. */
export async function callsByTurn(
  database: Database,
  actor: string,
  { after, to }: { readonly after: number; readonly to: number },
): Promise<readonly TurnCall[]> {
  const rows = await database.em.fork().execute<Row[]>(
    `select t.turn, c.input_tokens, c.output_tokens, c.cost_usd from turns t
     join llm_calls c on c.partition = t.partition and c.seq = t.seq and c.index = t.index and c.actor = t.actor
     where t.actor = ? and t.turn > ? and t.turn <= ? order by t.turn, c.n limit ?`,
    [actor, after, to, callsMax],
  )
  return rows.map((row) => ({
    turn: Number(row.turn),
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
    costUsd: Number(row.cost_usd),
  }))
}

interface Row {
  readonly turn: string
  readonly input_tokens: string | number
  readonly output_tokens: string | number
  readonly cost_usd: string | number
}
