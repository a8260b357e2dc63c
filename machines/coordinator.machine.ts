// Coordinator machine
// Knows the agents of a tenant, chooses one for each execution, and learns from the outcomes. Deciding is selection.ts; this keeps its data.
//
// C1. An agent that does not meet every constraint is never chosen.
// C2. A decision is settled once: the first report counts, later ones are counted as repeated.
// C3. At most `openMax` decisions wait for their outcome; beyond it the oldest is censored, which teaches nothing.
// C4. Every choice is a fact with its candidates, so that it can be explained and repeated.
import { assertEvent, enqueueActions, sendTo, setup } from 'xstate'
import { refTo, reply, type ReplyEmitted } from './authoring.ts'
import { metaOf, senderOf, timeOf } from './message.ts'
import { cellKey, choose, learn, type AgentCard, type Cells } from './selection.ts'
import type { CandidateFact, CoordinatorFact, TaskType } from './task-events.ts'

/** The coordinator of a tenant: its key. */
export const coordinatorKey = 'main'
const openMax = 500
const agentsMax = 200

export interface OpenDecision {
  readonly taskId: string
  readonly taskType: TaskType
  readonly agent: string
}

export interface CoordinatorContext {
  readonly agents: Readonly<Record<string, AgentCard>>
  readonly cells: Cells
  /** By decision id, oldest first. */
  readonly open: Readonly<Record<string, OpenDecision>>
  /** How many decisions there were, settled, reported again, and never reported. */
  readonly counts: { readonly decided: number; readonly settled: number; readonly repeated: number; readonly censored: number }
}

export interface AgentRegister extends AgentCard {
  readonly type: 'agent.register'
}

export interface AgentChoose {
  readonly type: 'agent.choose'
  readonly taskId: string
  readonly taskType: TaskType
  /** Capabilities that the agent must have. */
  readonly needs: readonly string[]
  /** Agents that have failed on this task. */
  readonly exclude: readonly string[]
}

export type CoordinatorEvent =
  | AgentRegister
  | AgentChoose
  /** `reward` from 0 to 1. */
  | { readonly type: 'outcome.report'; readonly decisionId: string; readonly reward: number; readonly ok: boolean }
  /** The execution was cancelled: it says nothing about the agent. */
  | { readonly type: 'outcome.withdraw'; readonly decisionId: string }
  | { readonly type: 'coordinator.stats' }
  | { readonly type: 'cancel'; readonly reason?: string }

/** What the sender of `agent.choose` gets. */
export type CoordinatorAnswer =
  | { readonly type: 'agent.chosen'; readonly taskId: string; readonly decisionId: string; readonly agent: string; readonly why: string }
  | { readonly type: 'agent.none'; readonly taskId: string; readonly why: string; readonly candidates: readonly CandidateFact[] }

/** `roster`: the agents that every coordinator knows from its birth; more may register. */
export const createCoordinatorMachine = (roster: readonly AgentCard[]) =>
  setup({
    types: {
      context: {} as CoordinatorContext,
      events: {} as CoordinatorEvent,
      emitted: {} as CoordinatorFact | ReplyEmitted,
    },
    actions: {
      tellRoster: enqueueActions(({ enqueue }) => {
        for (const card of roster) enqueue.emit({ type: 'agent.registered', ...card })
      }),
      register: enqueueActions(({ context, event, enqueue }) => {
        assertEvent(event, 'agent.register')
        const { agent, version, taskTypes, capabilities } = event
        const isFull = !(agent in context.agents) && Object.keys(context.agents).length >= agentsMax
        if (isFull) return enqueue(reply(() => ({ ok: false, reason: `the limit of ${agentsMax} agents is reached` })))
        const card: AgentCard = { agent, version, taskTypes, capabilities }
        enqueue.assign({ agents: { ...context.agents, [agent]: card } })
        enqueue.emit({ type: 'agent.registered', ...card })
        enqueue(reply(() => ({ ok: true })))
      }),
      decide: enqueueActions(({ context, event, enqueue }) => {
        assertEvent(event, 'agent.choose')
        const { next, answer, fact } = decide(context, event, { now: timeOf(event), random: metaOf(event)?.random ?? 0 })
        enqueue.assign(next)
        if (fact) enqueue.emit(fact)
        const sender = senderOf(event)
        if (sender) enqueue(sendTo(refTo(sender), answer))
        else enqueue(reply(() => answer))
      }),
      settle: enqueueActions(({ context, event, enqueue }) => {
        assertEvent(event, 'outcome.report')
        const { next, fact } = settle(context, event, timeOf(event))
        enqueue.assign(next)
        if (fact) enqueue.emit(fact)
      }),
      withdraw: enqueueActions(({ context, event, enqueue }) => {
        assertEvent(event, 'outcome.withdraw')
        const { [event.decisionId]: withdrawn, ...open } = context.open
        if (withdrawn) enqueue.assign({ open, counts: { ...context.counts, censored: context.counts.censored + 1 } })
      }),
      tellStats: reply(({ context }: { context: CoordinatorContext }) => context),
    },
  }).createMachine({
    id: 'coordinator',
    context: {
      agents: Object.fromEntries(roster.map((card) => [card.agent, card])),
      cells: {},
      open: {},
      counts: { decided: 0, settled: 0, repeated: 0, censored: 0 },
    },
    initial: 'ready',
    states: {
      ready: {
        entry: 'tellRoster',
        on: {
          'agent.register': { actions: 'register' },
          'agent.choose': { actions: 'decide' },
          'outcome.report': { actions: 'settle' },
          'outcome.withdraw': { actions: 'withdraw' },
          'coordinator.stats': { actions: 'tellStats' },
          cancel: { description: 'Nothing to cancel: a tenant always has its coordinator.' },
        },
      },
    },
  })

function decide(context: CoordinatorContext, request: AgentChoose, { now, random }: { now: number; random: number }) {
  const { taskId, taskType, needs, exclude } = request
  const { candidates, chosen, why } = choose(Object.values(context.agents), context.cells, { taskType, needs, exclude, now, random }) // C1
  if (chosen === undefined) {
    const answer: CoordinatorAnswer = { type: 'agent.none', taskId, why, candidates }
    return { next: {}, answer, fact: undefined }
  }
  const decisionId = `${taskId}#${context.counts.decided + 1}`
  const { open, censored } = boundOpen({ ...context.open, [decisionId]: { taskId, taskType, agent: chosen } })
  const counts = { ...context.counts, decided: context.counts.decided + 1, censored: context.counts.censored + censored }
  const answer: CoordinatorAnswer = { type: 'agent.chosen', taskId, decisionId, agent: chosen, why }
  const fact: CoordinatorFact = { type: 'decision.made', decisionId, taskId, taskType, chosen, why, candidates } // C4
  return { next: { open, counts }, answer, fact }
}

/** C3. Decision ids are no integers, so the object keeps their order. */
function boundOpen(open: Readonly<Record<string, OpenDecision>>) {
  const entries = Object.entries(open)
  const censored = Math.max(0, entries.length - openMax)
  return { open: censored === 0 ? open : Object.fromEntries(entries.slice(censored)), censored }
}

function settle(context: CoordinatorContext, report: CoordinatorEvent & { type: 'outcome.report' }, now: number) {
  const { [report.decisionId]: decision, ...open } = context.open
  if (!decision) return { next: { counts: { ...context.counts, repeated: context.counts.repeated + 1 } }, fact: undefined } // C2
  const { taskId, taskType, agent } = decision
  const reward = Math.min(1, Math.max(0, report.reward))
  const key = cellKey(taskType, agent)
  const cells = { ...context.cells, [key]: learn(context.cells[key], reward, now) }
  const fact: CoordinatorFact = { type: 'decision.settled', decisionId: report.decisionId, taskId, agent, reward, ok: report.ok }
  return { next: { open, cells, counts: { ...context.counts, settled: context.counts.settled + 1 } }, fact }
}
