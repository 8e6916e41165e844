import type { ColumnKind, ReportFieldsFragment } from '../../../client/core/index.ts';
import { count, percent, words } from '../../ui/format.ts';
import { Table } from '../../ui/table.tsx';
import { ColumnWindow } from '../column-window.tsx';
import { OtherColumn } from './other-column.tsx';
import type { ReadOptions } from './read-options.ts';

const KINDS: readonly ColumnKind[] = ['NUMERIC', 'CATEGORICAL', 'BOOLEAN', 'DATETIME', 'TEXT', 'IDENTIFIER'];

const MAX_EXAMPLES = 3;
const PAGE_SIZE = 50;

interface ColumnKindsProps {
  readonly report: ReportFieldsFragment;
  readonly options: ReadOptions;
  readonly onChange: (options: ReadOptions) => void;
}

/** What each column was taken for; another kind can be asked for. */
export function ColumnKinds({ report: { columns, columnCount, preview }, options, onChange }: ColumnKindsProps) {
  const change = (name: string, kind: string) => {
    const { [name]: _, ...others } = options.kinds;
    onChange({ ...options, kinds: kind === '' ? others : { ...others, [name]: kind as ColumnKind } });
  };
  return (
    <div className="stack">
      <ColumnWindow columns={columns} pageSize={PAGE_SIZE}>
        {(shown) => (
          <Table label="Columns of the file">
            <thead>
              <tr>
                <th scope="col">Column</th>
                <th scope="col">Kind</th>
                <th scope="col" className="number">
                  Missing
                </th>
                <th scope="col" className="number">
                  Distinct
                </th>
                <th scope="col">Such as</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ index, name, kind, missingRatio, distinct }) => (
                <tr key={index}>
                  <th scope="row">{name}</th>
                  <td>
                    <select
                      aria-label={`Kind of ${name}`}
                      value={options.kinds[name] ?? ''}
                      onChange={(event) => change(name, event.target.value)}
                    >
                      <option value="">{words(kind)}</option>
                      {KINDS.filter((each) => each !== kind || options.kinds[name] === kind).map((each) => (
                        <option key={each} value={each}>
                          Read as {words(each).toLowerCase()}
                        </option>
                      ))}
                    </select>
                  </td>
                  <td className="number">{percent(missingRatio)}</td>
                  <td className="number">{count(distinct)}</td>
                  <td className="muted">{examplesOf(preview, index)}</td>
                </tr>
              ))}
            </tbody>
          </Table>
        )}
      </ColumnWindow>
      {(columnCount ?? 0) > columns.length && <OtherColumn kinds={KINDS} chosen={options.kinds} onChoose={change} />}
    </div>
  );
}

/** Different values of a column, from the first rows. */
function examplesOf(preview: ReportFieldsFragment['preview'], index: number): string {
  const values = preview.flatMap(({ cells }) => cells[index] ?? []);
  return [...new Set(values)].slice(0, MAX_EXAMPLES).join(', ');
}
