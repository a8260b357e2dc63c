// Format
// Times, durations, sizes and amounts as the page writes them. Pure.

const units = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const

/** `340 ms`, `8.9 s`, `2.5 min`. */
export function durationText(ms: number): string {
  const [size, unit] = units.find(([least]) => Math.abs(ms) >= least) ?? [1, 'ms']
  const value = ms / size
  return `${unit === 'ms' || Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${unit}`
}

const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** Of the reader's clock: `09:14:31.678`. */
export function clockText(at: number, { ms = true }: { readonly ms?: boolean } = {}): string {
  const date = new Date(at)
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':')
  return ms ? `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}` : clock
}

/** With the day when it is another one than `now`'s. */
export function timeText(at: number, now: number): string {
  const [day, today] = [new Date(at), new Date(now)]
  const date = `${day.getFullYear()}-${twoDigits(day.getMonth() + 1)}-${twoDigits(day.getDate())}`
  return day.toDateString() === today.toDateString() ? clockText(at, { ms: false }) : `${date} ${clockText(at, { ms: false })}`
}

const countUnits = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const

/** Made once: making one costs more than all the rest of a cell. */
const wholeNumbers = new Intl.NumberFormat('en')

/** `318`, `24.3k`. */
export function countText(count: number): string {
  if (Math.abs(count) < 10_000) return wholeNumbers.format(count)
  const [size, unit] = countUnits.find(([least]) => Math.abs(count) >= least) ?? [1, '']
  return `${Math.round((count / size) * 10) / 10}${unit}`
}

/** `$0.0094`, `$12.40`. */
export const usdText = (usd: number): string => `$${usd.toFixed(Math.abs(usd) >= 1 || usd === 0 ? 2 : 4)}`

const bytesSteps = ['B', 'kB', 'MB', 'GB', 'TB'] as const

export function bytesText(bytes: number): string {
  let [value, step] = [bytes, 0]
  while (Math.abs(value) >= 1_000 && step < bytesSteps.length - 1) [value, step] = [value / 1_000, step + 1]
  return `${step === 0 ? value : value.toFixed(1)} ${bytesSteps[step] ?? ''}`
}

export const percentText = (share: number): string => `${Math.round(share * 1_000) / 10} %`

/** The part of an actor's id that tells it from its siblings. */
export const keyOf = (actor: string): string => actor.split('/').slice(2).join('/') || actor
export const typeOf = (actor: string): string => actor.split('/')[1] ?? actor

export const shortened = (text: string, charactersMax: number): string =>
  text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`

/** `1 worker`, `3 workers`. */
export const plural = (count: number, noun: string): string => `${countText(count)} ${noun}${count === 1 ? '' : 's'}`

const clockFromMs = 10_000

/** After a beginning, so that close moments differ however late they are: `340 ms`, `3:24.120`. */
export function offsetText(ms: number): string {
  if (ms < clockFromMs) return durationText(ms)
  const [hours, minutes] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60]
  const seconds = ((ms % 60_000) / 1_000).toFixed(3).padStart(6, '0')
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${seconds}` : `${minutes}:${seconds}`
}
