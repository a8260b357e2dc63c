import { describe, expect, test } from 'vitest'
import { memoryMachine } from '../../machines/memory.machine.ts'
import { breaks, ends, given, hears } from '../support/given.ts'

const memory = () => given(memoryMachine, { tenant: 'acme', type: 'memory', key: 'docs' })
const ingest = (root = '/docs', id?: string) => hears({ type: 'memory.ingest', root }, id === undefined ? {} : { id })
const forget = hears({ type: 'memory.forget' })
const status = hears({ type: 'memory.status' })
const found = { files: 3, chunks: 12, skipped: 1 }

describe('the keeper of a collection', () => {
  test('ingests a folder and knows what it holds', () => {
    const story = memory()
      .when(ingest())
      .thenIs({ state: 'ingesting', running: ['ingest'] })
    expect(story.inputOf('ingest')).toEqual({ root: '/docs', collection: 'docs' })
    story.when(ends('ingest', found)).thenIs({ state: 'idle', facts: ['memory.ingested'] })
    expect(story.when(status).outcome.replies).toEqual([{ value: { held: { root: '/docs', ...found } } }])
  })

  test('M1: runs once more for all who asked during a run, with the folder named last', () => {
    const story = memory()
      .when(ingest('/a'), ingest('/b'), ingest('/c'))
      .thenIs({ running: ['ingest'] })
    story.when(ends('ingest', found)).thenIs({ state: 'ingesting', running: ['ingest'] })
    expect(story.inputOf('ingest')).toMatchObject({ root: '/c' })
    story.when(ends('ingest', found)).thenIs({ state: 'idle', running: [] })
  })

  test('M2: answers all who asked for a run, whatever came of it', () => {
    const story = memory().when(ingest('/a', 'm-a'), ingest('/b', 'm-b'), ingest('/c', 'm-c'), ends('ingest', found))
    expect(story.outcome.replies).toEqual([{ to: 'm-a', value: { ok: true, ...found } }])
    story.when(breaks('ingest', new Error('disk full')))
    const failed = { ok: false, reason: 'disk full' }
    expect(story.outcome.replies).toEqual([
      { to: 'm-b', value: failed },
      { to: 'm-c', value: failed },
    ])
  })

  test('refuses to let more than a bounded number wait', () => {
    const story = memory().when(ingest())
    for (let count = 0; count < 65; count++) story.when(ingest())
    expect(story.outcome.replies).toEqual([{ value: { ok: false, reason: '64 askers wait for this already' } }])
  })

  test('says why an ingest failed, and takes the next', () => {
    const story = memory()
      .when(ingest(), breaks('ingest', new Error('no such folder')))
      .thenIs({ state: 'idle', facts: ['memory.failed'] })
    expect(story.facts('memory.failed')).toEqual([{ type: 'memory.failed', collection: 'docs', doing: 'ingest', reason: 'no such folder' }])
    story.when(ingest()).thenIs({ state: 'ingesting' })
  })

  test('ends the run in progress when cancelled, and stays', () => {
    const story = memory()
      .when(ingest(), hears({ type: 'cancel', reason: 'wrong folder' }))
      .thenIs({ state: 'idle', running: [] })
    expect(story.facts('memory.failed')).toMatchObject([{ reason: 'cancelled: wrong folder' }])
    story.when(hears({ type: 'cancel' })).thenIs({ state: 'idle', handled: true })
  })

  test('M3: forgets, after ending what runs and waits, and ingests what is asked for afterwards', () => {
    const story = memory().when(ingest('/a'), ingest('/b'), forget)
    story.thenIs({ state: 'forgetting', running: ['forget'], facts: ['memory.failed', 'memory.failed'] })
    expect(story.outcome.cancelled).toHaveLength(1)
    story.when(ingest('/c'), ends('forget', null)).thenIs({ state: 'ingesting', context: { held: undefined } })
    expect(story.inputOf('ingest')).toMatchObject({ root: '/c' })
  })

  test('says why it could not forget', () => {
    const story = memory()
      .when(forget, breaks('forget', new Error('no connection')))
      .thenIs({ state: 'idle' })
    expect(story.facts('memory.failed')).toMatchObject([{ doing: 'forget', reason: 'no connection' }])
  })
})
