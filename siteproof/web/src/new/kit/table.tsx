import type { ReactElement, ReactNode } from "react"
import "./table.css"

/** One column: how it is called and how a row shows in it. */
export interface Column<Row> {
  readonly key: string
  readonly title: string
  readonly cell: (row: Row) => ReactNode
  /** Left out on phones, where the row becomes a block. */
  readonly wideOnly?: boolean
  readonly numeric?: boolean
}

export interface TableProps<Row> {
  /** Read out before the table. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
}

/** A table on wide pages, a list of blocks on phones. The first column names the row. */
export function Table<Row>({ caption, columns, rows, rowKey }: TableProps<Row>): ReactElement {
  return (
    <table className="s2-table">
      <caption className="s2-hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.key} scope="col" data-numeric={column.numeric || undefined}>
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map((column, index) =>
              index === 0 ? (
                <th key={column.key} scope="row">
                  {column.cell(row)}
                </th>
              ) : (
                <td
                  key={column.key}
                  data-title={column.title}
                  data-wide-only={column.wideOnly || undefined}
                  data-numeric={column.numeric || undefined}
                >
                  {column.cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
