// Job events: what a job of three tasks would be told, built by hand.
import { actorId, type ActorEvent, type Transition } from '../../client/index.ts'
import type { TaskOutput } from '../../machines/task-record.ts'
import { emptyBoard, nextBoard, type Board } from '../../services/cli/job/board.ts'
import type { JobEvent, JobTask, TaskResult } from '../../services/cli/job/events.ts'

export const jobTask = (number: number, fields: Partial<JobTask> = {}): JobTask => ({
  id: `run-0${number}`,
  number,
  taskType: 'question',
  prompt: 'Why is it so?',
  ...fields,
})

export const taskOutput = (fields: Partial<TaskOutput> = {}): TaskOutput => ({
  ok: true,
  taskId: 'run-01',
  end: 'completed',
  answer: 'Because [a.md:1-2].',
  citations: [{ file: 'a.md', fromLine: 1, toLine: 2 }],
  agent: 'researcher',
  executions: 1,
  usage: { inputTokens: 100, outputTokens: 20, costUsd: 0.5, llmCalls: 1, toolCalls: 0 },
  durationMs: 1_500,
  model: 'offline-extractive',
  offline: true,
  ...fields,
})

export const result = (task: JobTask, fields: Partial<TaskResult> = {}): TaskResult => ({
  task,
  end: 'completed',
  output: taskOutput({ taskId: task.id }),
  reason: undefined,
  durationMs: 1_500,
  ...fields,
})

export function seen(type: string, key: string, value: unknown, emits: readonly ActorEvent[] = []): JobEvent {
  const sighting: Transition = {
    kind: 'transition',
    actor: actorId('main', type, key),
    turn: 1,
    at: 0,
    event: 'go',
    value,
    status: 'active',
    changed: true,
    emits,
    effects: [],
  }
  return { kind: 'seen', sighting, at: 2_000 }
}

export const boardAfter = (...events: readonly JobEvent[]): Board => events.reduce(nextBoard, emptyBoard(0))
