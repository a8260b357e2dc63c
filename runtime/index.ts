// Runtime
// The public surface: what a program that hosts actors uses. Everything else in this folder is the kernel's own.
export { defineActor } from './define-actor.ts'
export type {
  ActorDefinition,
  ActorSpec,
  EffectContext,
  EffectPolicy,
  EffectRun,
  EffectSpec,
  Migration,
  MigrationStep,
} from './define-actor.ts'
export type { CompensationContext, CompensationRun, CompensationSpec } from './compensation.ts'
export { startWorker, type Worker, type WorkerSpec } from './worker.ts'
export { workerDefaults, type WorkerOptions } from './options.ts'
export { TroupeError, refusals, type RefusalCode } from './errors.ts'
export type { Logger } from './telemetry.ts'
export type { Ports } from './ports.ts'
export { actorId, parseActorId, type ActorId, type Address } from '../machines/address.ts'
export { compensate, demonitor, effect, link, monitor, refTo, reply, replyLater, unlink } from '../machines/authoring.ts'
export type { ActorDown, ActorExit, DownReason, SagaCompensated } from '../machines/authoring.ts'
export { metaOf, senderOf, timeOf, type ActorEvent, type EventMeta } from '../machines/message.ts'
export type { SupervisionSpec } from '../machines/supervision.ts'
export { firedBy, runFinished, type Fired } from '../machines/schedule.ts'
