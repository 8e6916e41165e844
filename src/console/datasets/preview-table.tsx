import { count } from '../ui/format.ts';
import { Table } from '../ui/table.tsx';

/** More columns than anybody looks at; the profile has all. */
const MAX_PREVIEW_COLUMNS = 40;

interface PreviewTableProps {
  readonly columns: readonly { readonly index: number; readonly name: string }[];
  readonly rows: readonly { readonly line: number; readonly cells: readonly (string | null)[] }[];
}

/** The first rows of a file. */
export function PreviewTable({ columns, rows }: PreviewTableProps) {
  const shown = columns.slice(0, MAX_PREVIEW_COLUMNS);
  return (
    <Table label="First rows" className="preview">
      <thead>
        <tr>
          <th scope="col">Line</th>
          {shown.map(({ index, name }) => (
            <th key={index} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ line, cells }) => (
          <tr key={line}>
            <td className="muted number">{count(line)}</td>
            {shown.map(({ index }) => (
              <td key={index} title={cells[index] ?? undefined}>
                {cells[index] ?? <span className="muted">missing</span>}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
