// Text
// A schedule as people read it.
import type { ScheduleDescription, When } from '../../../client/index.ts'
import { durationText, fields, timeText } from '../output.ts'

export function whenText(when: When): string {
  if ('cron' in when) return `${when.cron} (${when.timeZone ?? 'UTC'})`
  return 'at' in when ? `once, ${timeText(when.at)}` : `every ${durationText(when.everyMs)}`
}

/** UTC, and beside it the time of the schedule's zone when that is another. */
export function dueText(due: number, when: When): string {
  const timeZone = 'cron' in when ? (when.timeZone ?? 'UTC') : 'UTC'
  if (timeZone === 'UTC') return timeText(due)
  const local = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' })
  return `${timeText(due)}  ${local.format(due)} ${timeZone}`
}

export function descriptionText(schedule: string, description: ScheduleDescription): string {
  if (description.state === 'unset') return `${schedule} is not set.`
  const { state, spec, next, last, counts, running, queued } = description
  return fields({
    schedule,
    state,
    target: spec.target,
    event: JSON.stringify(spec.event),
    when: whenText(spec.when),
    'catch up': `${spec.catchUp}${spec.catchUp === 'all' ? `, at most ${spec.catchUpMax}` : ''}, late after ${durationText(spec.graceMs)}`,
    overlap: `${spec.overlap}${spec.overlap === 'allow' ? '' : `, a run is over after ${durationText(spec.runTimeoutMs)}`}`,
    'end at': spec.endAt === undefined ? undefined : timeText(spec.endAt),
    'max runs': spec.maxRuns?.toString(),
    next: next.map((due) => dueText(due, spec.when)).join('\n'),
    last: last && `run ${last.run}, due ${timeText(last.due)}, ${durationText(last.firedAt - last.due)} late`,
    running: running && `run ${running.run}, due ${timeText(running.due)}, given up ${timeText(running.until)}`,
    queued: queued === undefined ? undefined : timeText(queued),
    counts: Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
  })
}
