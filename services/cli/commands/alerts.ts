import type { Command } from 'commander'
import type { RuleUnit } from '../../gateway/alert-rules.ts'
import type { Episode, Mute } from '../../history/alert-book.ts'
import { audited } from '../audited.ts'
import { shared, wholeNumber, type Register, type SharedOptions, type Shell } from '../command.ts'
import { placeOf, withDatabase } from '../connect.ts'
import { ArgumentInvalid, NotFound } from '../errors.ts'
import { durationText, onOneLine, table, timeText } from '../output.ts'

interface ListOptions extends SharedOptions {
  readonly ended?: boolean
}
interface MuteOptions extends SharedOptions {
  readonly minutes: number
  readonly reason: string
}

const minuteMs = 60_000
const minutesDefault = 60
const minutesMax = 7 * 24 * 60

export const alertsCommand: Register = (program, shell) => {
  const command = program.command('alerts').description('what somebody should look at, as the gateways see it; mute it for a time')
  registerList(command, shell)
  registerRules(command, shell)
  registerMute(command, shell)
  registerUnmute(command, shell)
}

function registerList(alerts: Command, shell: Shell): void {
  const command = shared(alerts.command('list', { isDefault: true }), ['alerts', 'alerts --ended', 'alerts --tenant acme --json'])
    .description('what fires now, and what is muted; of one tenant with --tenant, else of all and the fleet')
    .option('--ended', 'what ended in the last day instead')
  command.action(async () => {
    const options = command.optsWithGlobals<ListOptions>()
    const place = placeOf(options, shell.environment)
    const { goneMs, readEpisodes, readMutes } = await import('../../history/alert-book.ts')
    const { readMinutes } = await import('../../history/fleet-minutes.ts')
    await withDatabase(place, async (database) => {
      const now = new Date()
      const [episodes, mutes, minutes] = await Promise.all([
        readEpisodes(database, place.namespace, options.tenant),
        readMutes(database, place.namespace, now),
        readMinutes(database, place.namespace, new Date(now.getTime() - listensMs)),
      ])
      const fires = ({ seenAt }: Episode): boolean => now.getTime() - seenAt.getTime() < goneMs
      const shown = episodes.filter((one) => fires(one) !== (options.ended === true)).map((one) => lineOf(one, mutes))
      if (options.json) return shell.print(JSON.stringify({ alerts: shown, mutes }))
      if (shown.length > 0) shell.print(alertsTable(shown, options.ended === true))
      else shell.print(options.ended ? 'No alert ended in the last day.' : 'No alert fires.')
      for (const mute of mutes) shell.print(muteText(mute, now))
      if (minutes.length === 0) shell.note('No gateway has looked in the last minutes: nobody would have seen an alert.')
    })
  })
}

/** A gateway keeps a minute of the fleet when it is over. */
const listensMs = 4 * minuteMs

interface Line {
  readonly id: string
  readonly severity: string
  readonly title: string
  readonly since: Date
  readonly seenAt: Date
  readonly tenant: string | null
  readonly muted: Mute | undefined
}

function lineOf({ id, since, seenAt, tenant, alert }: Episode, mutes: readonly Mute[]): Line {
  const { kind, severity, title } = alert as { readonly kind: string; readonly severity: string; readonly title: string } // written by a gateway
  const muted = mutes.find((mute) => (mute.target === id || mute.target === kind) && (mute.tenant === null || mute.tenant === tenant))
  return { id, severity, title, since, seenAt, tenant, muted }
}

const alertsTable = (lines: readonly Line[], ended: boolean): string =>
  table(
    ['alert', 'status', 'what', 'since', ended ? 'until' : 'for'],
    lines.map(({ id, severity, title, since, seenAt, muted }) => [
      onOneLine(id),
      ended ? 'ended' : muted ? `muted by ${muted.by}` : severity,
      onOneLine(title),
      timeText(since),
      ended ? timeText(seenAt) : durationText(seenAt.getTime() - since.getTime()),
    ]),
  )

const muteText = ({ id, target, reason, by, until }: Mute, now: Date): string =>
  `Muted ${durationText(until.getTime() - now.getTime())} more: ${onOneLine(target)}, by ${onOneLine(by)}: ${onOneLine(reason)} (${id})`

function registerRules(alerts: Command, shell: Shell): void {
  const command = shared(alerts.command('rules'), ['alerts rules', 'alerts rules --json']).description(
    'what is looked for, and the figures it goes by; the inspector and the gateway set them',
  )
  command.action(async () => {
    const options = command.optsWithGlobals<SharedOptions>()
    const place = placeOf(options, shell.environment)
    const [{ readRules }, { rulesOf }] = await Promise.all([import('../../history/alert-book.ts'), import('../../gateway/alert-rules.ts')])
    await withDatabase(place, async (database) => {
      const rules = [...rulesOf(await readRules(database, place.namespace)).values()]
      if (options.json) return shell.print(JSON.stringify(rules))
      const lines = rules.map(({ kind, title, enabled, figure, threshold, forMs, changed }) => [
        kind,
        title,
        enabled ? (figure ? figureText(figure.unit, threshold) : '-') : 'off',
        forMs > 0 ? durationText(forMs) : '-',
        changed ? `${onOneLine(changed.by)}, ${timeText(changed.at)}` : '-',
      ])
      shell.print(table(['rule', 'fires when', 'at', 'when it lasts', 'set by'], lines))
    })
  })
}

function figureText(unit: RuleUnit, value: number): string {
  if (unit === 'ms') return durationText(value)
  if (unit === 'share') return `${Math.round(value * 1_000) / 10} %`
  return unit === 'usd' ? `$${value}` : String(value)
}

function registerMute(alerts: Command, shell: Shell): void {
  const command = shared(alerts.command('mute'), [
    'alerts mute loop-late --reason "the new machine comes on Monday" --minutes 240',
    'alerts mute worker-silent:w2 --reason "it was stopped by hand"',
  ])
    .description('mute an alert, or all of a rule, for a time; it is still listed. With --tenant: for what is of that tenant')
    .argument('<what>', 'the id of an alert, or a rule')
    .requiredOption('--reason <text>', 'why, for everybody who wonders')
    .option('--minutes <n>', `how long, at most ${minutesMax}`, wholeNumber, minutesDefault)
  command.action(async (what: string) => {
    const options = command.optsWithGlobals<MuteOptions>()
    const place = placeOf(options, shell.environment)
    const [{ addMute, mutesMax, mutesOfTenantMax }, { alertKinds }] = await Promise.all([
      import('../../history/alert-book.ts'),
      import('../../gateway/alert-rules.ts'),
    ])
    const kind = what.split(':', 1)[0]
    if (!alertKinds.some((one) => one === kind))
      throw new NotFound(`muting ${what}: it is no alert and no rule; rules are ${alertKinds.join(', ')}`)
    if (options.minutes < 1 || options.minutes > minutesMax)
      throw new ArgumentInvalid(`muting ${what} for ${options.minutes} minutes: it may be 1 to ${minutesMax}`)
    if (options.reason.trim() === '') throw new ArgumentInvalid(`muting ${what}: say why with --reason`)
    await audited(shell, place, { action: 'troupe alerts mute', target: what }, async (database, { at, by }) => {
      const until = new Date(at.getTime() + options.minutes * minuteMs)
      const mute = { target: what, tenant: options.tenant ?? null, reason: options.reason, by, at, until }
      const added = await addMute(database, place.namespace, mute)
      if (!added)
        throw new ArgumentInvalid(
          `muting ${what}: as many mutes last as may, ${mutesMax} in all and ${mutesOfTenantMax} of a tenant; end one with \`troupe alerts unmute\``,
        )
      shell.print(
        options.json ? JSON.stringify(added) : `${what} is muted until ${timeText(until)}; \`troupe alerts unmute ${added.id}\` ends it.`,
      )
    })
  })
}

function registerUnmute(alerts: Command, shell: Shell): void {
  const command = shared(alerts.command('unmute'), ['alerts unmute 3f0c2a71-9d1e'])
    .description('end a mute before its time')
    .argument('<mute>', 'its id, as `troupe alerts` shows it')
  command.action(async (id: string) => {
    const options = command.optsWithGlobals<SharedOptions>()
    const place = placeOf(options, shell.environment)
    const { endMute } = await import('../../history/alert-book.ts')
    await audited(shell, place, { action: 'troupe alerts unmute', target: id }, async (database) => {
      if (!(await endMute(database, place.namespace, { id, tenant: options.tenant })))
        throw new NotFound(`ending mute ${id}: there is none of that id, or it is over; \`troupe alerts\` shows those that last`)
      shell.print(options.json ? JSON.stringify({ id }) : `Mute ${id} is ended.`)
    })
  })
}
