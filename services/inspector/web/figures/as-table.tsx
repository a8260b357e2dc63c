import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

export interface FigureTable {
  readonly columns: readonly string[]
  readonly rows: () => readonly (readonly (string | number)[])[]
}

const rowsMax = 200

/** What a drawing says, as rows: for those who do not see it, and for those who want the numbers. They are made when it is opened. */
export function AsTable({ label, columns, rows }: FigureTable & { readonly label: string }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="as-table" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a table</summary>
      {isOpen && (
        <div class="as-table-scroll" tabIndex={0} role="region" aria-label={label}>
          <Rows columns={columns} rows={rows()} />
        </div>
      )}
    </details>
  )
}

const Rows = ({ columns, rows }: { readonly columns: readonly string[]; readonly rows: readonly (readonly (string | number)[])[] }) => (
  <>
    <table class="table compact">
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, rowsMax).map((row, index) => (
          <tr key={index}>
            {row.map((cell, at) => (
              <td key={at} class={typeof cell === 'number' ? 'number' : ''}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
    {rows.length > rowsMax && <p class="muted">{rows.length - rowsMax} more rows</p>}
  </>
)

/** A drawing: what it is in words, what beside it explains it, and its numbers. */
export const Figure = ({
  label,
  table,
  children,
}: {
  readonly label: string
  readonly table: FigureTable
  readonly children: ComponentChildren
}) => (
  <figure class="figure">
    {children}
    <AsTable label={label} {...table} />
  </figure>
)
