// Agent effects
// What an agent's machine asks of the world: a search to begin with, the model, the tools. Each may run more than once under one key.
import type { ActInput, ModelAnswer, ModelToolCall, RetrieveInput, Retrieved, ThinkInput, ToolAnswer } from '../machines/agent-task.ts'
import { reasonOf } from '../machines/agent-task.ts'
import { parseActorId } from '../machines/address.ts'
import { answerTokensMax } from '../machines/agent-call.ts'
import type { EffectContext, EffectSpec } from '../runtime/define-actor.ts'
import { toolNames } from './agents/agent-kind.ts'
import { RetrievalFailed } from './errors.ts'
import type { ActorPorts, Tool, ToolRun } from './ports.ts'

const retrieveTimeoutMs = 30_000
const thinkTimeoutMs = 120_000
const toolGraceMs = 5_000
const queryCharsMax = 1_000
const callsMax = 8

export const agentEffects = ({ llm, tools }: ActorPorts) => ({
  retrieve: {
    run: (context) => retrieve(tools, context),
    timeoutMs: retrieveTimeoutMs,
    attemptsMax: 2,
    backoffMs: 500,
    pool: 'tools',
    priority,
  } satisfies EffectSpec<RetrieveInput, Retrieved>,
  think: {
    run: ({ input, signal, idempotencyKey, correlation, progress, heartbeat }): Promise<ModelAnswer> =>
      llm.complete(
        {
          messages: input.messages,
          tokensMax: answerTokensMax,
          tools: input.tools.flatMap((name) => tools.get(name)?.schema ?? []),
          ...(input.model !== undefined && { model: input.model }),
          ...(input.answerSchema && { schema: input.answerSchema }),
        },
        {
          signal,
          idempotencyKey,
          correlation,
          onText: (text) => {
            heartbeat()
            progress({ text })
          },
        },
      ),
    timeoutMs: thinkTimeoutMs,
    attemptsMax: 1, // The machine backs off, durably, and says so.
    pool: 'llm',
    priority,
  } satisfies EffectSpec<ThinkInput, ModelAnswer>,
  act: {
    run: (context) => act(tools, context),
    timeoutMs: Math.max(0, ...[...tools.values()].map((tool) => tool.timeoutMs)) + toolGraceMs,
    attemptsMax: 1,
    pool: 'tools',
    priority,
  } satisfies EffectSpec<ActInput, readonly ToolAnswer[]>,
})

/** What the task was given: it decides among the work of one tenant, never between tenants. */
const priority = (input: { readonly priority?: number }): number => input.priority ?? 0

async function retrieve(tools: ReadonlyMap<string, Tool>, context: EffectContext<RetrieveInput>): Promise<Retrieved> {
  const { query, root, collection } = context.input
  const search = tools.get(toolNames.search)
  if (!search) return { text: '', citations: [] }
  const found = await search.run({ query: query.slice(0, queryCharsMax) }, toolRun(context, { root, collection }, context.signal))
  if (!found.ok) throw new RetrievalFailed(`${context.actor}: searching ${collection}: ${found.text}`)
  return { text: found.citations.length === 0 ? '' : found.text, citations: found.citations }
}

/** Runs the calls of one answer side by side; whatever goes wrong with one is an answer the model can read. */
async function act(tools: ReadonlyMap<string, Tool>, context: EffectContext<ActInput>): Promise<readonly ToolAnswer[]> {
  const { calls } = context.input
  const ran = await Promise.all(calls.slice(0, callsMax).map((call) => runCall(tools, context, call)))
  return [...ran, ...calls.slice(callsMax).map(tooMany)]
}

async function runCall(tools: ReadonlyMap<string, Tool>, context: EffectContext<ActInput>, call: ModelToolCall): Promise<ToolAnswer> {
  const { id, name } = call
  const { input, signal, idempotencyKey } = context
  const tool = input.tools.includes(name) ? tools.get(name) : undefined
  if (!tool) return failed(call, `there is no tool ${name}; the tools are ${input.tools.join(', ')}`)
  try {
    const result = await tool.run(call.arguments, toolRun({ ...context, idempotencyKey: `${idempotencyKey}/${id}` }, input, signal))
    return { id, name, ok: result.ok, text: result.text, citations: result.citations }
  } catch (error) {
    signal.throwIfAborted()
    return failed(call, reasonOf(error))
  }
}

const toolRun = (
  { actor, idempotencyKey }: Pick<EffectContext<unknown>, 'actor' | 'idempotencyKey'>,
  { root, collection }: { readonly root: string; readonly collection: string },
  signal: AbortSignal,
): ToolRun => ({ tenant: parseActorId(actor)?.tenant ?? '', root, collection, signal, idempotencyKey })

const tooMany = (call: ModelToolCall): ToolAnswer => failed(call, `not run: at most ${callsMax} calls at once`)

const failed = ({ id, name }: ModelToolCall, text: string): ToolAnswer => ({ id, name, ok: false, text, citations: [] })
