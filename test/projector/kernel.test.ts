import { expect, onTestFinished, test, vi } from 'vitest'
import { assign, setup } from 'xstate'
import { effect, reply } from '../../machines/authoring.ts'
import { defineActor } from '../../runtime/define-actor.ts'
import { systemClock } from '../../runtime/system.ts'
import { logLines, verifyJob } from '../../services/projector/audit-log.ts'
import { followLog } from '../../services/projector/follow-log.ts'
import { startProjector } from '../../services/projector/projector.ts'
import { startFleet } from '../support/fleet.ts'
import { postgresForTests } from '../support/history-database.ts'

const postgres = postgresForTests()

/** Works in one region while the other counts, so most turns change a part of the state only. */
const shop = defineActor({
  name: 'shop',
  version: '1',
  machine: setup({
    types: { context: {} as { sold: number }, events: {} as { type: 'sell' } | { type: 'clean' } | { type: 'how' } },
    actors: { sweep: effect<undefined, string>() },
    actions: { count: assign({ sold: ({ context }) => context.sold + 1 }), answer: reply(({ context }) => context.sold) },
  }).createMachine({
    type: 'parallel',
    context: { sold: 0 },
    on: { how: { actions: 'answer' } },
    states: {
      till: {
        initial: 'even',
        states: {
          even: { on: { sell: { target: 'odd', actions: 'count' } } },
          odd: { on: { sell: { target: 'even', actions: 'count' } } },
        },
      },
      floor: {
        initial: 'dirty',
        states: { dirty: { on: { clean: 'sweeping' } }, sweeping: { invoke: { src: 'sweep', onDone: 'clean' } }, clean: {} },
      },
    },
  }),
  effects: { sweep: async () => 'done' },
})

const shops = Array.from({ length: 8 }, (_, n) => `acme/shop/s${n}`)

test('the rows of a log that workers wrote, through crashes and hand-overs, say what the actors did', async () => {
  const fleet = await startFleet({ definitions: [shop], workers: 2 })
  const trade = async (): Promise<void> => {
    for (const one of shops) for (const type of ['sell', 'clean', 'sell', 'sell']) fleet.send(one, { type })
    for (const one of shops) await fleet.ask(one, { type: 'how' })
    await fleet.clock.advance(20_000) // flushes, checkpoints, actors that leave the memory
  }
  await trade()
  const owner = fleet.workers.find((worker) => worker.owned.length > 0)
  if (owner) await fleet.crash(owner)
  fleet.send('acme/nobody/x', { type: 'sell' })
  await trade()
  await fleet.addWorker()
  await fleet.clock.advance(10_000)
  await trade()
  await fleet.stop()

  const orm = await postgres.open()
  const { log, namespace, partitions } = fleet.ports
  const stopped: Error[] = []
  const projector = await startProjector(
    {
      namespace,
      partitions,
      log,
      orm,
      follow: followLog({ ...fleet.ports, clock: systemClock }, { sweepMs: 5 }),
      report: { advanced() {}, retrying() {}, stopped: (_partition, error) => stopped.push(error) },
    },
    { batchRecordsMax: 3 },
  )
  onTestFinished(() => projector.drain())
  await vi.waitFor(
    async () => {
      for (const { partition, seq, stoppedBy } of projector.status) expect(stoppedBy ?? seq).toBe((await log.last(partition))?.seq)
    },
    { timeout: 10_000 },
  )

  expect(stopped).toEqual([])
  const rows = <Row extends object>(sql: string) => orm.em.fork().execute<Row[]>(sql)
  expect(await rows(`select distinct on (actor) actor, state from turns order by actor, turn desc`)).toEqual(
    shops.map((actor) => ({ actor, state: { till: 'odd', floor: 'clean' } })), // nine sales each
  )
  const counts = await verifyJob(logLines(log, partitions))
  expect(await rows(`select count(*)::int as turns, count(*) filter (where state is null)::int as unknown from turns`)).toEqual([
    { turns: counts.turns, unknown: 0 },
  ])
  expect(await rows(`select status, count(*)::int from effects group by status`)).toEqual([{ status: 'succeeded', count: shops.length }])
  expect(await rows(`select code from dead_letters where actor = 'acme/nobody/x'`)).toEqual([{ code: 'TR_ACTOR_TYPE_UNKNOWN' }])
  const claims = (await fleet.log()).filter(({ kind }) => kind === 'claim').length
  expect(claims).toBeGreaterThan(partitions)
  expect(await rows(`select count(*)::int from audit where action = 'partition.claimed'`)).toEqual([{ count: claims }])
})
