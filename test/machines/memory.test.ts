import { describe, expect, test } from 'vitest'
import { memoryMachine } from '../../machines/memory.machine.ts'
import { breaks, ends, given, hears } from '../support/given.ts'

const memory = () => given(memoryMachine, { tenant: 'acme', type: 'memory', key: 'docs' })
const ingest = (root = '/docs') => hears({ type: 'memory.ingest', root })
const forget = hears({ type: 'memory.forget' })
const status = hears({ type: 'memory.status' })
const found = { files: 3, chunks: 12, skipped: 1 }

describe('the keeper of a collection', () => {
  test('ingests a folder and knows what it holds', () => {
    const story = memory().when(ingest()).then({ state: 'ingesting', running: ['ingest'] })
    expect(story.inputOf('ingest')).toEqual({ root: '/docs', collection: 'docs' })
    story.when(ends('ingest', found)).then({ state: 'idle', facts: ['memory.ingested'] })
    expect(story.when(status).outcome.replies).toEqual([{ held: { root: '/docs', ...found } }])
  })

  test('M1: runs once more for all who asked during a run, with the folder named last', () => {
    const story = memory().when(ingest('/a'), ingest('/b'), ingest('/c')).then({ running: ['ingest'] })
    story.when(ends('ingest', found)).then({ state: 'ingesting', running: ['ingest'] })
    expect(story.inputOf('ingest')).toMatchObject({ root: '/c' })
    story.when(ends('ingest', found)).then({ state: 'idle', running: [] })
  })

  test('says why an ingest failed, and takes the next', () => {
    const story = memory().when(ingest(), breaks('ingest', new Error('no such folder'))).then({ state: 'idle', facts: ['memory.failed'] })
    expect(story.facts('memory.failed')).toEqual([{ type: 'memory.failed', collection: 'docs', doing: 'ingest', reason: 'no such folder' }])
    story.when(ingest()).then({ state: 'ingesting' })
  })

  test('ends the run in progress when cancelled, and stays', () => {
    const story = memory().when(ingest(), hears({ type: 'cancel', reason: 'wrong folder' })).then({ state: 'idle', running: [] })
    expect(story.facts('memory.failed')).toMatchObject([{ reason: 'cancelled: wrong folder' }])
    story.when(hears({ type: 'cancel' })).then({ state: 'idle', handled: true })
  })

  test('M3: forgets, after ending what runs and waits, and ingests what is asked for afterwards', () => {
    const story = memory().when(ingest('/a'), ingest('/b'), forget)
    story.then({ state: 'forgetting', running: ['forget'], facts: ['memory.failed', 'memory.failed'] })
    expect(story.outcome.cancelled).toHaveLength(1)
    story.when(ingest('/c'), ends('forget', null)).then({ state: 'ingesting', context: { held: undefined } })
    expect(story.inputOf('ingest')).toMatchObject({ root: '/c' })
  })

  test('says why it could not forget', () => {
    const story = memory().when(forget, breaks('forget', new Error('no connection'))).then({ state: 'idle' })
    expect(story.facts('memory.failed')).toMatchObject([{ doing: 'forget', reason: 'no connection' }])
  })
})
