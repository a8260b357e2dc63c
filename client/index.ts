// Client
// The public surface of @troupe/client.
export { connectTroupe } from './connect-troupe.ts'
export type { TroupeClient, Held, Target, SendOptions, AskOptions, WatchPattern } from './troupe-client.ts'
export type { ConnectOptions, ClientLimits } from './options.ts'
export type { Accepted } from './ticket.ts'
export type { ActorState, Rehearsal } from './requests.ts'
export type { Scheduled, ScheduleOptions } from './schedule.ts'
export type { ActorHandle, DefinitionLike, EventOf, OutputOf } from './typed-actor.ts'
export type { Watch, WatchOptions, LatestOptions, Sighting, Transition, Progress, Latest } from './watch.ts'
export {
  ClientError,
  AskTimeout,
  AskRefused,
  MailboxFull,
  Overloaded,
  SendRefused,
  MessageInvalid,
  MessageTooLarge,
  AddressInvalid,
  NamespaceNotFound,
  ServerUnavailable,
  ClientOverloaded,
  ClientClosed,
  OptionInvalid,
} from './errors.ts'
export { actorId, type ActorId, type Address } from '../machines/address.ts'
export type { Breakpoint, DebugCommand } from '../machines/debug.ts'
export type { ActorEvent } from '../machines/message.ts'
export type { CronWhen, Fired, ScheduleDescription, When } from '../machines/schedule.ts'
