import type { RunEvaluationQuery } from '../../gql/graphql.ts';
import { count } from '../../ui/format.ts';
import { Table } from '../../ui/table.tsx';

type Matrix = NonNullable<NonNullable<NonNullable<RunEvaluationQuery['trainingRun']>['evaluation']>['confusionMatrix']>;

/** More labels than this make a matrix that nobody can read; the table by class has all. */
const MAX_LABELS = 20;

export function Confusion({ matrix: { labels, counts } }: { readonly matrix: Matrix }) {
  if (labels.length > MAX_LABELS) return <p>With {count(labels.length)} classes, see the table by class.</p>;
  return (
    <section className="section">
      <h2>Confusion matrix</h2>
      <Table label="Confusion matrix" className="confusion">
        <thead>
          <tr>
            <th scope="col">Actual, and predicted as</th>
            {labels.map((label) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {labels.map((label, row) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {(counts[row] ?? []).map((cell, column) => (
                <td key={labels[column]} style={{ background: shade(cell, counts[row] ?? [], row === column) }}>
                  {count(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  );
}

/** The share of a row's cell: right ones in the colour of what is good, wrong ones in that of what is bad. */
function shade(cell: number, row: readonly number[], isRight: boolean): string {
  const total = row.reduce((sum, each) => sum + each, 0);
  const share = total === 0 ? 0 : Math.round((cell / total) * 100);
  return `color-mix(in srgb, var(${isRight ? '--good-soft' : '--bad-soft'}) ${share}%, var(--surface))`;
}
