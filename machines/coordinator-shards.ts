// Coordinator shards
// Who decides: a tenant's coordinator is `coordinator/main` and so many shards beside it, each an actor of its own. Pure names, no state.
// A task asks the shard of its id; the id of a decision names the shard that made it, which is who learns what came of it.

/** Shards of a tenant beside `main`, where nobody says otherwise. */
export const shardsDefault = 4
/** More would learn from each other too late for what they could still decide faster. */
export const shardsMax = 32

/** The number of the shard that decides for this task. */
export const shardOf = (taskId: string, shards: number = shardsDefault): number => hashOf(taskId) % shards

/** The key of shard `n`, counted from 0. */
export const coordinatorShardKey = (n: number): string => `s${n}`

/** The keys to ask for this task, the first one first: its shard, the others after it. */
export const shardKeysFor = (taskId: string, shards: number = shardsDefault): readonly string[] =>
  Array.from({ length: shards }, (_, next) => coordinatorShardKey((shardOf(taskId, shards) + next) % shards))

/** The key of the coordinator that made a decision, by its id `<shard>-<life>-<n>`; undefined when it is no id of a decision. */
export function shardOfDecision(decisionId: string): string | undefined {
  const [, shard] = /^(main|s\d{1,2})-[0-9a-z]{1,12}-\d{1,15}$/.exec(decisionId) ?? []
  return shard
}

/** 0 to 2^32 - 1: what falls the same way everywhere, such as the shard of a task or the canary's share. FNV-1a, finished by MurmurHash3's mixer. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
