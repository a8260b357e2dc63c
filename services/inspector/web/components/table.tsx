// Table
// Rows of a keyset list: one tab stop, arrows move, Enter opens, the next page is asked for at the end.
import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { go } from '../router.ts'
import { Button } from './button.tsx'

export interface Column<Row> {
  readonly id: string
  readonly title: string
  /** Numbers stand on the right, in figures of one width. */
  readonly kind?: 'number' | 'mono'
  /** Left out where the table is narrow. */
  readonly minor?: boolean
  readonly cell: (row: Row) => ComponentChildren
}

export interface TableProps<Row> {
  /** What it lists, for those who hear it. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  keyOf(row: Row): string
  /** Where a row leads; the first column becomes a link. */
  readonly pathOf?: (row: Row) => string
  readonly onOpen?: (row: Row) => void
  readonly chosen?: string
  /** There are more: asks for them. */
  readonly onMore?: (() => void) | undefined
  readonly loading?: boolean
}

export function Table<Row>(props: TableProps<Row>) {
  const { label, columns, rows, keyOf, chosen, onMore, loading = false } = props
  const [at, setAt] = useState(0)
  const body = useRef<HTMLTableSectionElement>(null)
  const focused = Math.min(at, Math.max(0, rows.length - 1))
  const open = (row: Row): void => {
    if (props.onOpen) props.onOpen(row)
    else if (props.pathOf) go(props.pathOf(row))
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target instanceof Element && event.target.closest('button, input, select, textarea')) return
    const row = rows[focused]
    if (event.key === 'Enter' && row !== undefined) open(row)
    const next = nextRow(event.key, focused, rows.length)
    if (next === undefined) return
    event.preventDefault()
    setAt(next)
    const element = body.current?.children[next]
    if (element instanceof HTMLElement) element.focus()
  }
  return (
    <div class="table-scroll">
      <table class="table" aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ id, title, kind, minor }) => (
              <th key={id} scope="col" class={classOf(kind, minor)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={onKeyDown}>
          {rows.map((row, index) => (
            <tr
              key={keyOf(row)}
              tabIndex={index === focused ? 0 : -1}
              aria-selected={chosen === undefined ? undefined : keyOf(row) === chosen}
              onFocus={() => setAt(index)}
              onClick={(event) => {
                if (!(event.target instanceof Element && event.target.closest('a, button, input'))) open(row)
              }}
            >
              {columns.map(({ id, kind, minor, cell }, column) => (
                <td key={id} class={classOf(kind, minor)}>
                  {column === 0 && props.pathOf ? (
                    <a href={props.pathOf(row)} tabIndex={-1}>
                      {cell(row)}
                    </a>
                  ) : (
                    cell(row)
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {onMore && (
        <div class="table-more">
          <Button onClick={onMore} disabled={loading}>
            {loading ? 'Loading more' : 'Show more'}
          </Button>
        </div>
      )}
    </div>
  )
}

const classOf = (kind: string | undefined, minor: boolean | undefined): string => `${kind ?? ''}${minor ? ' minor' : ''}`

const pageRows = 10

function nextRow(key: string, at: number, count: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: pageRows,
    PageUp: -pageRows,
    Home: -count,
    End: count,
  }
  const step = Object.hasOwn(steps, key) ? steps[key] : undefined
  return step === undefined || count === 0 ? undefined : Math.min(count - 1, Math.max(0, at + step))
}
