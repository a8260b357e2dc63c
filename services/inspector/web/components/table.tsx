// Table
// Rows of a keyset list: one tab stop, arrows move, Enter opens, the next page is asked for at the end.
//
// T1. A row is made again only when its row, the columns or its place have changed: of hundreds that live, few change at once.
// T2. Rows far out of sight are made again every two seconds at most.
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { go } from '../router.ts'
import { Button } from './button.tsx'
import { useSight } from './use-sight.ts'

export interface Column<Row> {
  readonly id: string
  readonly title: string
  /** Numbers stand on the right, in figures of one width. */
  readonly kind?: 'number' | 'mono'
  /** Left out where the table is narrow. */
  readonly minor?: boolean
  /** What it holds says itself, as buttons do: the title is heard only. */
  readonly quiet?: boolean
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
  const latest = useRef(props)
  latest.current = props
  const open = (row: Row): void => {
    const { onOpen, pathOf } = latest.current
    if (onOpen) onOpen(row)
    else if (pathOf) go(pathOf(row))
  }
  const sight = useSight(body)
  const lines = useRef<ReadonlyMap<string, Line<Row>>>(new Map())
  const next = new Map<string, Line<Row>>()
  const lineOf = (row: Row, index: number, isFocused: boolean): JSX.Element => {
    const key = keyOf(row)
    const isChosen = chosen === undefined ? undefined : key === chosen
    const known = lines.current.get(key)
    const place = { row, columns, index, isFocused, isChosen }
    const isKept = known && isSame(known, place) && (known.row === row || sight.mayWait(index)) // T1, T2
    const line = isKept
      ? known
      : { ...place, element: <TableLine key={key} {...place} pathOf={props.pathOf} onFocus={setAt} onOpen={open} /> }
    next.set(key, line)
    return line.element
  }
  useEffect(() => {
    lines.current = next
  })
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target instanceof Element && event.target.closest('button, input, select, textarea')) return
    const row = rows[focused]
    if (event.key === 'Enter' && row !== undefined) open(row)
    const to = nextRow(event.key, focused, rows.length)
    if (to === undefined) return
    event.preventDefault()
    setAt(to)
    const element = body.current?.children[to]
    if (element instanceof HTMLElement) element.focus()
  }
  return (
    <div class="table-scroll">
      <table class="table" aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ id, title, kind, minor, quiet }) => (
              <th key={id} scope="col" class={classOf(kind, minor)}>
                {quiet ? <span class="visually-hidden">{title}</span> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={onKeyDown}>
          {rows.map((row, index) => lineOf(row, index, index === focused))}
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

interface Place<Row> {
  readonly row: Row
  readonly columns: readonly Column<Row>[]
  readonly index: number
  readonly isFocused: boolean
  readonly isChosen: boolean | undefined
}

/** What Preact was given for a row: given the same again, it looks no further. */
interface Line<Row> extends Place<Row> {
  readonly element: JSX.Element
}

/** But for the row itself. */
const isSame = <Row,>(one: Place<Row>, other: Place<Row>): boolean =>
  one.columns === other.columns && one.index === other.index && one.isFocused === other.isFocused && one.isChosen === other.isChosen

interface TableLineProps<Row> extends Place<Row> {
  readonly pathOf: ((row: Row) => string) | undefined
  onFocus(index: number): void
  onOpen(row: Row): void
}

const TableLine = <Row,>({ row, columns, index, isFocused, isChosen, pathOf, onFocus, onOpen }: TableLineProps<Row>) => (
  <tr
    tabIndex={isFocused ? 0 : -1}
    aria-selected={isChosen}
    onFocus={() => onFocus(index)}
    onClick={(event) => {
      if (!(event.target instanceof Element && event.target.closest('a, button, input'))) onOpen(row)
    }}
  >
    {columns.map(({ id, kind, minor, cell }, column) => (
      <td key={id} class={classOf(kind, minor)}>
        {column === 0 && pathOf ? (
          <a href={pathOf(row)} tabIndex={-1}>
            {cell(row)}
          </a>
        ) : (
          cell(row)
        )}
      </td>
    ))}
  </tr>
)

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
