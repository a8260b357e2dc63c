// The project's pages, and the tables in them.
import fs from 'node:fs'
import path from 'node:path'
import { root } from '../support/source-files.ts'

/** Every Markdown page of the project, from its folder on. */
export function pages(): readonly string[] {
  return fs.globSync('**/*.md', { cwd: root, exclude: (name) => /(^|[\\/])(node_modules|dist|\.[^\\/]+)$/.test(name) }).toSorted()
}

export const read = (file: string): string => fs.readFileSync(path.join(root, file), 'utf8')

/** The text without its code blocks. */
export const prose = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '')

/** The rows of every table whose head begins with the given cells; cells without their backticks. */
export function tableRows(page: string, ...head: readonly string[]): readonly (readonly string[])[] {
  const lines = page.split('\n')
  return lines.flatMap((line, at) => {
    if (!line.startsWith('|') || head.some((cell, column) => cellsOf(line)[column] !== cell)) return []
    const rows = lines.slice(at + 2)
    const end = rows.findIndex((row) => !row.startsWith('|'))
    return rows.slice(0, end < 0 ? rows.length : end).map(cellsOf)
  })
}

const cellsOf = (line: string): readonly string[] =>
  line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim().replaceAll('`', ''))
