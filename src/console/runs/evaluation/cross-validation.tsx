import type { RunEvaluationQuery } from '../../gql/graphql.ts';
import { metric, metricTitle } from '../../ui/format.ts';
import { Table } from '../../ui/table.tsx';

type Evaluation = NonNullable<NonNullable<RunEvaluationQuery['trainingRun']>['evaluation']>;

/** How models by the same parameters did, fold by fold. */
export function CrossValidation({ folds }: { readonly folds: NonNullable<Evaluation['crossValidation']> }) {
  return (
    <section className="section">
      <h2>Cross-validation</h2>
      <p className="muted">
        {folds.foldsDone === folds.folds ? `${folds.folds} folds` : `${folds.foldsDone} of ${folds.folds} folds`} of the
        training rows, each predicted by a model that did not see it.
      </p>
      <Table label="Metrics over the folds">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col" className="number">
              Mean
            </th>
            <th scope="col" className="number">
              Deviation
            </th>
          </tr>
        </thead>
        <tbody>
          {folds.scores.map(({ name, mean, stddev, higherIsBetter }) => (
            <tr key={name}>
              <th scope="row">
                {metricTitle(name)} {!higherIsBetter && <span className="muted">lower is better</span>}
              </th>
              <td className="number">{mean === null ? '–' : metric(mean)}</td>
              <td className="number">{stddev === null ? '–' : metric(stddev)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  );
}
