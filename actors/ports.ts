// Ports
// What agents need from the world. services/ implements them; nothing here knows a vendor.
import type { LoggedDecision } from './logged-decision.ts'
import type { CallPricer } from '../machines/budget.ts'

/** A language model behind an OpenAI-compatible endpoint, or anything that can answer like one. */
export interface Llm {
  complete(request: LlmRequest, call: LlmCall): Promise<LlmAnswer>
  readonly model: string
  /** True for the built-in offline model: every place that shows its answers says so. */
  readonly offline: boolean
}

export type LlmMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls?: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly content: string }

export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly arguments: unknown
}

export interface LlmRequest {
  readonly messages: readonly LlmMessage[]
  readonly tools?: readonly ToolSchema[]
  readonly model?: string
  readonly temperature?: number
  readonly tokensMax?: number
  readonly seed?: number
  /** The answer must be JSON of this schema. */
  readonly schema?: { readonly name: string; readonly schema: Readonly<Record<string, unknown>> }
}

export interface LlmCall {
  readonly signal: AbortSignal
  readonly idempotencyKey: string
  readonly correlation?: string | undefined
  /** Text as it streams in. */
  readonly onText?: (delta: string) => void
}

export interface LlmAnswer {
  readonly text: string
  readonly toolCalls: readonly ToolCall[]
  readonly finish: 'stop' | 'tools' | 'length' | 'filtered'
  readonly usage: LlmUsage
  readonly model: string
  readonly offline: boolean
  readonly latencyMs: number
}

export interface LlmUsage {
  readonly inputTokens: number
  readonly outputTokens: number
  /** US dollars by the dated price table; 0 for the offline model; undefined when the model has no price. */
  readonly costUsd: number | undefined
}

export interface Embedder {
  /** One vector per text, in order, each of `dimensions` finite numbers. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>
  readonly model: string
  readonly dimensions: number
  readonly offline: boolean
}

/** Vector memory: collections of points with a payload, always filtered by tenant. */
export interface Memory {
  ensureCollection(collection: string, dimensions: number): Promise<void>
  upsert(collection: string, tenant: string, points: readonly MemoryPoint[]): Promise<void>
  /**
   * Nearest by cosine, best first; `match` keeps the points whose payload has all of these values.
   * Rejects with TR_MEMORY_COLLECTION_NOT_FOUND when nothing has made the collection, as the other calls do.
   */
  search(collection: string, tenant: string, query: MemoryQuery): Promise<readonly MemoryHit[]>
  /** Deletes the tenant's points that match; without `match`, all of the tenant's. Returns nothing: a second call is harmless. */
  remove(collection: string, tenant: string, match?: MemoryMatch): Promise<void>
  count(collection: string, tenant: string, match?: MemoryMatch): Promise<number>
  close(): Promise<void>
}

export type MemoryMatch = Readonly<Record<string, string | number | boolean>>

export interface MemoryPoint {
  /** Unique among the tenant's points of the collection: upserting it again replaces it. */
  readonly id: string
  readonly vector: Float32Array
  readonly payload: Readonly<Record<string, string | number | boolean>>
}

export interface MemoryQuery {
  readonly vector: Float32Array
  /** Words to match as well, where the store can; fused by rank. */
  readonly text?: string
  readonly limit: number
  readonly match?: MemoryMatch
}

export interface MemoryHit {
  readonly id: string
  /** The cosine; for a query with text, a figure that only says the order. */
  readonly score: number
  readonly payload: Readonly<Record<string, string | number | boolean>>
}

/** What an agent may call. Arguments are checked against the schema before `run`. */
export interface Tool {
  readonly schema: ToolSchema
  /** A person must approve each call. */
  readonly needsApproval: boolean
  readonly timeoutMs: number
  run(args: unknown, call: ToolRun): Promise<ToolResult>
}

export interface ToolSchema {
  readonly name: string
  readonly description: string
  /** JSON Schema of the arguments object. */
  readonly parameters: Readonly<Record<string, unknown>>
}

export interface ToolRun {
  readonly tenant: string
  /** Paths are read below this folder only. */
  readonly root: string
  readonly collection: string
  readonly signal: AbortSignal
  readonly idempotencyKey: string
}

export interface ToolResult {
  readonly ok: boolean
  /** What the model reads. */
  readonly text: string
  readonly citations: readonly Citation[]
}

/** Where something stands: a file below the root, and lines counted from 1, both ends included. */
export interface Citation {
  readonly file: string
  readonly fromLine: number
  readonly toLine: number
}

/** Reads a folder into a collection of vector memory: what is new or changed is embedded, what is gone is removed. */
export interface Ingest {
  ingest(request: IngestRequest, call: IngestCall): Promise<IngestResult>
}

export interface IngestRequest {
  readonly tenant: string
  readonly root: string
  readonly collection: string
}

export interface IngestCall {
  readonly signal: AbortSignal
  readonly idempotencyKey: string
  /** Tells watchers how far it is, and that it is alive. */
  readonly progress: (value: unknown) => void
}

export interface IngestResult {
  readonly files: number
  readonly chunks: number
  /** Files that were not read: unchanged, too large, not text. */
  readonly skipped: number
}

/** All that the actors of the main job need. */
export interface ActorPorts {
  readonly llm: Llm
  /** What is reserved for a call before it is made. It is asked within turns, so it waits for nothing and says the same for the same. */
  readonly callUsdMax: CallPricer
  readonly embedder: Embedder
  readonly memory: Memory
  /** Those that a defined agent may name; undefined: whichever the endpoint has. */
  readonly models?: readonly string[] | undefined
  /** By name. */
  readonly tools: ReadonlyMap<string, Tool>
  readonly ingest: Ingest
}

/** Reads of what the projector has written; for tools and people, never on the way of a message. */
export interface History {
  tasks(query: HistoryQuery): Promise<readonly HistoryTask[]>
  turns(actor: string, query: HistoryQuery): Promise<readonly HistoryTurn[]>
  /** Why each agent of a task was chosen, and what came of it: in the order of the decisions, of one tenant or of all. */
  decisions(taskId: string, tenant: string | undefined): Promise<readonly LoggedDecision[]>
  counts(): Promise<Readonly<Record<string, number>>>
  close(): Promise<void>
}

export interface HistoryQuery {
  readonly limit: number
  /** Keyset page: rows after this id. */
  readonly after?: string
  readonly tenant?: string
}

export interface HistoryTask {
  readonly id: string
  readonly tenant: string
  readonly type: string
  readonly status: 'pending' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled'
  readonly agent: string | undefined
  readonly submittedAt: Date
  readonly finishedAt: Date | undefined
}

export interface HistoryTurn {
  readonly actor: string
  readonly turn: number
  readonly at: Date
  readonly event: string
  readonly state: unknown
}
