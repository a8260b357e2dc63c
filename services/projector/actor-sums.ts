// Actor sums
// What an actor's model calls cost, how often it failed and was restarted: summed anew from their rows whenever a batch adds one,
// so that projecting a log twice changes nothing here either (write-rows.ts, R1).
import type { RowChange } from './projections/index.ts'
import type { Client } from './transaction.ts'

/** After the rows of the batch are written, in their transaction. */
export async function sumActors(client: Client, changes: readonly RowChange[]): Promise<void> {
  const [called, troubled] = [new Set<string>(), new Set<string>()]
  for (const change of changes) {
    if (change.table === 'llm_calls') called.add(change.row.actor)
    if (change.table === 'turns' && isTrouble(change.row)) troubled.add(change.row.actor)
  }
  if (called.size > 0) await client.query({ name: 'sum calls of actors', text: sumCalls, values: [[...called]] })
  if (troubled.size > 0) await client.query({ name: 'sum failures of actors', text: sumFailures, values: [[...troubled]] })
}

/** What the index `turns_troubled_index` holds. */
const isTrouble = ({ failure, event }: { readonly failure?: string | null | undefined; readonly event: string }): boolean =>
  (failure ?? undefined) !== undefined || event === '@restart'

const sumCalls = `update actors set cost_usd = calls.cost, tokens = calls.tokens, llm_calls = calls.calls from (
  select actor, sum(cost_usd) as cost, sum(input_tokens + output_tokens) as tokens, count(*) as calls
  from llm_calls where actor = any($1) group by actor
) calls where calls.actor = actors.actor`

const sumFailures = `update actors set failures = troubled.failures, restarts = troubled.restarts from (
  select actor, count(failure) as failures, count(*) filter (where event = '@restart') as restarts
  from turns where actor = any($1) and (failure is not null or event = '@restart') group by actor
) troubled where troubled.actor = actors.actor`
