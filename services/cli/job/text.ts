// Text
// Text in columns: how wide it is on a terminal, cut to fit. What models and documents wrote is shown without control characters.
import { stripVTControlCharacters } from 'node:util'

/** How a piece of text is painted: `styleText` of the stream it goes to, or nothing. */
export type Paint = (format: Format, text: string) => string
export type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
export const plainPaint: Paint = (_format, text) => text

/** One line, without anything a terminal would obey. */
export const oneLine = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()

/** Columns that a text without escape sequences takes. */
export function widthOf(text: string): number {
  let width = 0
  for (const { segment } of segmenter.segment(text)) width += isWide.test(segment) ? 2 : 1
  return width
}

/** Cut with `…` when longer, filled with spaces when shorter. */
export function fit(text: string, width: number): string {
  const cut = cutTo(text, width)
  return cut + ' '.repeat(Math.max(0, width - widthOf(cut)))
}

export function cutTo(text: string, widthMax: number): string {
  if (widthOf(text) <= widthMax) return text
  let [cut, width] = ['', 0]
  for (const { segment } of segmenter.segment(text)) {
    width += isWide.test(segment) ? 2 : 1
    if (width > widthMax - 1) break
    cut += segment
  }
  return widthMax > 0 ? `${cut}…` : ''
}

const segmenter = new Intl.Segmenter()
/** East Asian wide characters and emoji. */
const isWide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u

export const secondsText = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
export const dollarsText = (usd: number): string => (usd === 0 ? '$0' : `$${usd.toFixed(4)}`)
export const countText = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

/** Columns as wide as their widest cell; numbers to the right. */
export function tableLines(heads: readonly string[], rows: readonly (readonly (string | number)[])[], paint: Paint): readonly string[] {
  const cells = rows.map((row) => row.map(String))
  const widths = heads.map((head, column) => Math.max(widthOf(head), ...cells.map((row) => widthOf(row[column] ?? ''))))
  const isNumber = heads.map((_, column) => rows.length > 0 && rows.every((row) => /^(\$?[\d.,]+( s)?|–)$/.test(String(row[column]))))
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) =>
        isNumber[column] ? `${' '.repeat(width - widthOf(row[column] ?? ''))}${row[column]}` : fit(row[column] ?? '', width),
      )
      .join('  ')
      .trimEnd()
  return [paint('bold', line(heads)), ...cells.map(line)]
}
