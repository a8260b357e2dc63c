// A history of so many tasks, as the projector would have written it: made by the database itself, for what reads it is measured.
import type { openDatabase } from '../services/history/database.ts'

type Database = Awaited<ReturnType<typeof openDatabase>>

export const deadLettersOf = (tasks: number): number => Math.ceil(tasks / 20)

/** Four in five tasks are of `main`, one of `acme`; over thirty days; one in thirty failed, one in three hundred waits for a person. */
export async function fillHistory(orm: Database, tasks: number): Promise<void> {
  const em = orm.em.fork()
  for (const sql of statements)
    await em.execute(sql.replaceAll('$tasks', String(tasks)).replaceAll('$letters', String(deadLettersOf(tasks))))
  await em.execute('vacuum analyze') // as autovacuum does while rows come in
}

const tenant = `case when n % 5 = 0 then 'acme' else 'main' end`
const agent = `(array['researcher','librarian','analyst','reviewer','summarizer'])[1 + n % 5]`
const type = `(array['question','summary','table','review'])[1 + n % 4]`
const status = `case when n % 300 = 0 then 'waiting' when n % 31 = 0 then 'failed' when n % 97 = 0 then 'cancelled' else 'completed' end`
const at = `(now() - interval '30 days' * (1 - n::float8 / $tasks))`
const words = `'Why does the ' || (array['lake','river','glacier','spring','pond'])[1 + n % 5] || ' of region ' || n % 977 || ' freeze in winter, and since when? It says so in chapter ' || n % 53`
const taskActor = `${tenant} || '/task/t' || n`
const agentActor = `${tenant} || '/agent-' || ${agent} || '/task:t' || n || '.1'`
const place = (offset: number): string => `n % 16, n * 10 + ${offset}, 0`
const numbers = 'from generate_series(1, $tasks) as n'
const candidates = `(select jsonb_agg(jsonb_build_object('arm', a, 'agent', a, 'trials', 12.5, 'sample', 0.5, 'propensity', 0.2,
  'success', jsonb_build_object('mean', 0.5 + i * 0.05, 'low', 0.3, 'high', 0.95),
  'costUsd', jsonb_build_object('mean', 0.004, 'low', 0.001, 'high', 0.01))) from unnest(array['researcher','librarian','analyst','reviewer','summarizer']) with ordinality as l(a, i))`

const statements = [
  `insert into tasks (actor, id, tenant, status, task_type, prompt, submitted_at, agent, agent_actor, execution_id, decision_id, assigned_at, escalated, escalated_at,
     finished_at, duration_ms, answer, model, offline, input_tokens, output_tokens, cost_usd, llm_calls, tool_calls, correlation, partition, seq, index)
   select ${taskActor}, 't' || n, ${tenant}, ${status}, ${type}, ${words}, ${at}, ${agent}, ${agentActor}, 't' || n || ':1', 's1-0-' || n, ${at} + interval '40 ms',
     case when n % 300 = 0 then 'it is to be approved' end, case when n % 300 = 0 then ${at} end, case when n % 300 <> 0 then ${at} + interval '2 s' end,
     case when n % 300 <> 0 then 2000 + n % 1700 end, repeat('Because of the moon. ', 20), 'small', false, 1000 + n % 500, 200, 0.003, 2, 3, 't' || n, ${place(9)} ${numbers}`,
  `insert into task_executions (actor, id, tenant, task_id, status, agent, agent_actor, decision_id, started_at, finished_at, duration_ms, input_tokens,
     output_tokens, cost_usd, llm_calls, tool_calls, partition, seq, index)
   select ${taskActor}, 't' || n || ':1', ${tenant}, 't' || n, case when n % 31 = 0 then 'failed' else 'succeeded' end, ${agent}, ${agentActor}, 's1-0-' || n,
     ${at} + interval '40 ms', ${at} + interval '2 s', 1960, 1000, 200, 0.003, 2, 3, ${place(9)} ${numbers}`,
  `insert into decisions (actor, id, tenant, task_id, task_type, chosen, why, candidates, made_at, reward, ok, settled_at, shard, rank, policy_version,
     propensity, predicted, cost_usd, latency_ms, partition, seq, index)
   select ${tenant} || '/coordinator/s1', 's1-0-' || n, ${tenant}, 't' || n, ${type}, ${agent}, 'best so far of 5 eligible agents', ${candidates}, ${at},
     (n % 31 <> 0)::int, n % 31 <> 0, ${at} + interval '2 s', 's1', 1, 'default', 0.4, 0.75, 0.003, 2000 + n % 1700, ${place(1)} ${numbers}`,
  `insert into effects (actor, key, tenant, status, id, src, started_at, finished_at, partition, seq, index)
   select ${agentActor}, 'e' || e, ${tenant}, 'succeeded', 'e' || e, (array['retrieve','think','act','think'])[e], ${at} + interval '1 ms' * e * 400,
     ${at} + interval '1 ms' * (e * 400 + 300), ${place(2)} + e from generate_series(1, $tasks) as n, generate_series(1, 4) as e`,
  `insert into llm_calls (partition, seq, index, n, tenant, actor, task_id, agent, model, offline, input_tokens, output_tokens, cost_usd, latency_ms, finish, at)
   select n % 16, n * 10 + 2, 2 * e, 0, ${tenant}, ${agentActor}, 't' || n, ${agent}, 'small', false, 500, 100, 0.0015, 280, 'stop', ${at} + interval '1 ms' * (e * 800 + 300)
   from generate_series(1, $tasks) as n, generate_series(1, 2) as e`,
  `insert into turns (actor, turn, tenant, actor_type, at, worker, message, event, state, partition, seq, index)
   select ${agentActor}, t, ${tenant}, 'agent-' || ${agent}, ${at} + interval '1 ms' * t * 300, 'w1', 'm', 'xstate.done', '{"working": "thinking"}', ${place(3)} + t
   from generate_series(1, $tasks) as n, generate_series(1, 6) as t`,
  `insert into messages (partition, seq, index, n, tenant, actor, direction, peer, id, type, event, correlation, at)
   select n % 16, n * 10 + 4, m, 1, ${tenant}, ${taskActor}, 'sent', ${agentActor}, 'm' || n || '.' || m, 'agent.progress', '{"type": "agent.progress"}', 't' || n, ${at}
   from generate_series(1, $tasks) as n, generate_series(1, 6) as m`,
  `insert into actors (actor, tenant, actor_type, state, status, turn, event, at, partition, seq, index)
   select ${agentActor}, ${tenant}, 'agent-' || ${agent}, '"completed"', 'done', 6, 'xstate.done', ${at}, ${place(9)} ${numbers}`,
  `insert into dead_letters (partition, seq, index, tenant, actor, message, type, event, code, cause, at)
   select n % 16, n * 10 + 5, 0, ${tenant}, ${tenant} || '/till/' || n % 100, 'm' || n, 'paid', '{"type": "paid", "amount": "many"}',
     (array['TR_TURN_FAILED','TR_EVENT_NOT_ACCEPTED'])[1 + n % 2], 'Error: the amount of order ' || n || ' is no number', now() - interval '30 days' * (1 - n::float8 / $letters)
   from generate_series(1, $letters) as n`,
  `insert into agents (actor, agent, tenant, version, task_types, capabilities, source, status, kind, skills, models, selectable, updated_at, partition, seq, index)
   select t || '/registry/b' || n % 32, case when n <= 5 then (array['researcher','librarian','analyst','reviewer','summarizer'])[n] else 'agent-' || n end, t, '1',
     jsonb_build_array((array['question','summary','table','review'])[1 + n % 4]), '["search"]', 'registry', 'active', 'generalist', '["citing@1"]', '[]', true, now(), 0, n, 0
   from generate_series(1, 1000) as n, unnest(array['main','acme']) as t`,
]
