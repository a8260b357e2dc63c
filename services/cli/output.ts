// Output
// How commands print: tables and fields for people, JSON for programs. What an actor or a model wrote is shown without its control characters.

/** Columns as wide as their widest cell; the last one is left as long as it is. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headers, ...rows.map((row) => row.map(onOneLine))]
  const widths = headers.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** One field a line; a value of several lines stands below its name. Fields without a value are left out. */
export function fields(list: Readonly<Record<string, string | undefined>>): string {
  const entries = Object.entries(list).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, printable(value)] as const],
  )
  const width = Math.max(0, ...entries.map(([name]) => name.length))
  return entries
    .map(([name, value]) => (value.includes('\n') ? `${name}\n${indented(value)}` : `${name.padEnd(width)}  ${value}`))
    .join('\n')
}

const indented = (text: string): string => text.replaceAll(/^/gm, '  ')

/** Everything but line ends that a terminal would obey, made visible: `\x1b` for an escape. */
export const printable = (text: string): string =>
  text.replaceAll(/(?!\n)\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)

export const onOneLine = (text: string): string => printable(text.replaceAll(/\s*[\r\n]+\s*/g, ' ⏎ '))

export const cut = (text: string, charactersMax: number): string =>
  text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`

/** A state value of XState as people write it: `running.asking`, `(left.on, right.off)`. */
export function stateText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return ''
  const regions = Object.entries(value).map(([name, inner]) => {
    const below = stateText(inner)
    return below === '' ? name : `${name}.${below}`
  })
  return regions.length === 1 ? (regions[0] ?? '') : regions.length === 0 ? '' : `(${regions.join(', ')})`
}

/** UTC: what two people see of one system is the same text. */
export const timeText = (at: number | Date): string => new Date(at).toISOString()

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const

/** The two largest units: `3 d 4 h`, `5 min 2 s`, `1.2 s`, `7 ms`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`
  const at = units.findIndex(([, unitMs]) => ms >= unitMs)
  const [name, unitMs] = units[at] ?? units[2]
  const [lower, lowerMs] = units[at + 1] ?? (['s', 1_000] as const)
  const rest = Math.floor((ms % unitMs) / lowerMs)
  return `${Math.floor(ms / unitMs)} ${name}${rest === 0 ? '' : ` ${rest} ${lower}`}`
}

const sizes = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(sizes.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${sizes[power]}`
}
