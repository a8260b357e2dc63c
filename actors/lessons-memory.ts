// Lessons memory
// Where lessons lie in vector memory, and how they are found again. One collection per embedding model, one shelf in it per tenant.
//
// N1. Vectors of two embedding models never meet: another model begins with an empty collection.
// N2. A search is of one tenant and one task type; the store keeps tenants apart (Memory), the payload task types.
import { lessonLimits, nameOf, promptOf, recalledFrom, type Found, type RecallInput, type Recalled } from '../machines/lessons.ts'
import type { PlacedLesson } from '../machines/lessons.machine.ts'
import type { Embedder, Memory, MemoryHit, MemoryPoint } from './ports.ts'

export interface LessonStore {
  readonly memory: Memory
  readonly embedder: Embedder
}

const modelCharactersMax = 64

/** N1. Names of models have slashes and dots, those of collections have not. */
export const lessonsCollection = ({ model, dimensions }: Pick<Embedder, 'model' | 'dimensions'>): string =>
  `lessons-${model.replaceAll(/[^A-Za-z0-9_]+/g, '-').slice(0, modelCharactersMax)}-${dimensions}`

/** Keeping the same lessons again replaces them by themselves. */
export async function keepLessons(
  { memory, embedder }: LessonStore,
  tenant: string,
  lessons: readonly PlacedLesson[],
  signal: AbortSignal,
): Promise<void> {
  if (lessons.length === 0) return
  const collection = lessonsCollection(embedder)
  await memory.ensureCollection(collection, embedder.dimensions)
  const vectors = await embedder.embed(
    lessons.map(({ prompt }) => prompt),
    signal,
  )
  signal.throwIfAborted()
  const points = lessons.flatMap((lesson, at) => {
    const vector = vectors[at]
    return vector === undefined ? [] : [pointOf(lesson, vector)]
  })
  await memory.upsert(collection, tenant, points)
}

function pointOf({ place, key, taskId, taskType, arm, ok, reward, failure, text, at }: PlacedLesson, vector: Float32Array): MemoryPoint {
  // Not `text`: a payload's text is searched by words, and lessons are found by meaning alone.
  const payload = { key, taskId, taskType, arm, ok, reward, lesson: text, at, ...(failure && { failure }) }
  return { id: `lesson-${place}`, vector, payload }
}

/** The lessons that bear on a task. Nothing was ever kept: nothing is found. */
export async function recallLessons(
  { memory, embedder }: LessonStore,
  tenant: string,
  { prompt, taskType }: RecallInput,
  signal: AbortSignal,
): Promise<Recalled> {
  const [vector] = await embedder.embed([promptOf(prompt)], signal)
  if (vector === undefined) return recalledFrom([])
  const query = { vector, limit: lessonLimits.nearestMax, match: { taskType: nameOf(taskType) } } // N2
  const hits = await emptyWhenMissing(memory.search(lessonsCollection(embedder), tenant, query))
  return recalledFrom(hits.flatMap(foundIn))
}

/** Removes the tenant's lessons of this embedding model. */
export async function forgetLessons({ memory, embedder }: LessonStore, tenant: string): Promise<void> {
  const collection = lessonsCollection(embedder)
  await memory.ensureCollection(collection, embedder.dimensions)
  await memory.remove(collection, tenant)
}

/** What lies in the store was written by some version of this file: what has not its shape is no lesson. */
function foundIn({ score, payload: { arm, reward, lesson } }: MemoryHit): readonly Found[] {
  const isOne = typeof arm === 'string' && typeof reward === 'number' && typeof lesson === 'string'
  return isOne ? [{ score, arm, reward, text: lesson }] : []
}

async function emptyWhenMissing(search: Promise<readonly MemoryHit[]>): Promise<readonly MemoryHit[]> {
  try {
    return await search
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'TR_MEMORY_COLLECTION_NOT_FOUND') return []
    throw error
  }
}
