// `troupe alerts` on a database that gateways have written to.
import { expect, test } from 'vitest'
import { readAudit } from '../../services/history/audit-chain.ts'
import { keepEpisodes } from '../../services/history/alert-book.ts'
import { keepMinutes } from '../../services/history/fleet-minutes.ts'
import { postgresForTests } from '../support/history-database.ts'
import { json, troupe } from './troupe.ts'

const postgres = postgresForTests()
/** Each command is a process of its own. */
const processesMs = 90_000

async function watched() {
  const url = postgres.newUrl()
  const orm = await postgres.open(url)
  const here = (...args: readonly string[]) => troupe(['alerts', ...args], { DATABASE_URL: url, USER: 'ada' })
  return { orm, here }
}

const alert = (id: string, kind: string) => ({ id, kind, severity: 'warning', title: `about ${id}`, detail: '', link: '/fleet' })

test(
  'alerts says what fires, what is muted and what ended, and that nobody looks where no gateway does',
  async () => {
    const { orm, here } = await watched()
    expect(await here()).toMatchObject({
      code: 0,
      out: expect.stringContaining('No alert fires.'),
      err: expect.stringContaining('No gateway has looked'),
    })
    const now = Date.now()
    const [old, fresh] = [new Date(now - 600_000), new Date(now - 90_000)]
    await keepEpisodes(orm, 'troupe', [{ id: 'loop-late:w1', since: old, tenant: null, alert: alert('loop-late:w1', 'loop-late') }], fresh)
    const firing = [
      { id: 'loop-late:w2', since: fresh, tenant: null, alert: alert('loop-late:w2', 'loop-late') },
      { id: 'cost-high:acme', since: fresh, tenant: 'acme', alert: alert('cost-high:acme', 'cost-high') },
    ]
    await keepEpisodes(orm, 'troupe', firing, new Date(now + 600_000))
    await keepMinutes(orm, 'troupe', { minutes: [{ at: fresh, heardMs: 60_000, line: {}, marks: [] }], forgetBefore: new Date(0) })
    const muting = await here('mute', 'loop-late', '--reason', 'known', '--minutes', '30')
    expect(muting).toMatchObject({ code: 0, out: expect.stringContaining('loop-late is muted until') })
    const list = await here()
    expect(list.err).toBe('')
    expect(list.out).toMatch(/loop-late:w2 +muted by ada/)
    expect(list.out).toMatch(/cost-high:acme +warning/)
    expect(list.out).not.toContain('loop-late:w1')
    expect((await here('--ended')).out).toMatch(/loop-late:w1 +ended/)
    expect(json(await here('--tenant', 'acme', '--json'))).toMatchObject({ alerts: [{ id: 'cost-high:acme' }] })
    const [, id = ''] = /unmute ([\w-]+)/.exec(muting.out) ?? []
    expect(await here('unmute', id)).toMatchObject({ code: 0 })
    expect((await here()).out).toMatch(/loop-late:w2 +warning/)
    const audit = await readAudit(orm, { tenant: undefined, limit: 10 })
    expect(audit.map(({ caller, action, outcome }) => `${caller} ${action} ${outcome}`).toReversed()).toEqual([
      'ada troupe alerts mute begun',
      'ada troupe alerts mute done',
      'ada troupe alerts unmute begun',
      'ada troupe alerts unmute done',
    ])
  },
  processesMs,
)

test(
  'what is no alert, a time that is too long and a mute that is over are refused with what would do',
  async () => {
    const { here } = await watched()
    expect(await here('mute', 'weather', '--reason', 'x')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/TR_CLI_NOT_FOUND.*partition-unowned/),
    })
    expect(await here('mute', 'loop-late', '--reason', 'x', '--minutes', '20000')).toMatchObject({
      code: 2,
      err: expect.stringContaining('1 to 10080'),
    })
    expect(await here('unmute', 'none')).toMatchObject({ code: 2, err: expect.stringContaining('`troupe alerts` shows those that last') })
    expect((await here('rules')).out).toMatch(/loop-late .*250 ms +1 min/)
  },
  processesMs,
)
