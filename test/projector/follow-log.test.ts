import { expect, onTestFinished, test } from 'vitest'
import { subjects } from '../../machines/subject.ts'
import { inMemoryServer } from '../../runtime/in-memory/server.ts'
import { simulatedClock } from '../../runtime/in-memory/simulated-clock.ts'
import { followLog } from '../../services/projector/follow-log.ts'

function following() {
  const clock = simulatedClock()
  const ports = inMemoryServer({ partitions: 3, namespace: 'test', clock }).ports()
  const named: number[] = []
  const reader = followLog(ports, { settleMs: 20, sweepMs: 1_000 })((partition) => named.push(partition))
  onTestFinished(() => reader.stop())
  const append = (partition: number): void => ports.signals.publish(subjects('test').log(partition), new Uint8Array())
  return { clock, named, append, stop: () => reader.stop() }
}

test('every partition is named at the start and then every sweep', async () => {
  const { clock, named } = following()
  expect(named).toEqual([0, 1, 2])
  await clock.advance(2_000)
  expect(named).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2])
})

test('a partition that is appended to is named a moment later, many appends together', async () => {
  const { clock, named, append } = following()
  for (let n = 0; n < 100; n++) append(2)
  await clock.advance(100)
  expect(named.slice(3)).toEqual([2, 2]) // the second one for what came after the first
})

test('an append just before a partition is named makes it be named again', async () => {
  const { clock, named, append } = following()
  append(1)
  await clock.advance(19)
  append(1)
  await clock.advance(1)
  expect(named.slice(3)).toEqual([1])
  await clock.advance(20)
  expect(named.slice(3)).toEqual([1, 1])
})

test('nothing is named once it is stopped', async () => {
  const { clock, named, append, stop } = following()
  append(1)
  await stop()
  await clock.advance(5_000)
  expect(named).toEqual([0, 1, 2])
})
