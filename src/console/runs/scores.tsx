import type { ScoresFragment } from '../gql/graphql.ts';
import { Facts } from '../ui/facts.tsx';
import { counted, metric, metricTitle, percent } from '../ui/format.ts';
import { Notice } from '../ui/notice.tsx';
import { Table } from '../ui/table.tsx';
import type { Run } from './use-run.ts';

/** The metrics of a run beside those of a model that knows nothing. */
export function Scores({ run: { metrics, baseline, warnings, split } }: { readonly run: Run }) {
  if (metrics === null) return <p className="muted">There is no model, so there are no metrics.</p>;
  const { primary } = metrics;
  return (
    <section className="section">
      {primary && (
        <dl className="score">
          <dt className="eyebrow">{metricTitle(primary.name)} on test rows</dt>
          <dd>{metric(primary.value)}</dd>
          <dd className="against" style={{ font: 'inherit' }}>
            {primary.low !== null &&
              primary.high !== null &&
              `between ${metric(primary.low)} and ${metric(primary.high)} at 95 %; `}
            {baseline?.primary && `guessing gets ${metric(baseline.primary.value)}`}
          </dd>
        </dl>
      )}
      <ScoreTable metrics={metrics} baseline={baseline} />
      <Facts
        facts={[
          ['Training rows', split.trainRows === null ? null : counted(split.trainRows, 'row')],
          [
            'Test rows',
            `${counted(metrics.nSamples, 'row')}${split.strategy === 'COLUMN' ? '' : `, ${percent(split.testFraction)}`}`,
          ],
          ['Features', String(metrics.nFeatures)],
        ]}
      />
      {warnings.map((warning) => (
        <Notice key={warning} tone="warn">
          <p>{warning}</p>
        </Notice>
      ))}
    </section>
  );
}

const TITLES = {
  accuracy: 'Accuracy',
  f1: 'F1 (macro)',
  precision: 'Precision (macro)',
  recall: 'Recall (macro)',
  rocAuc: 'ROC AUC',
  averagePrecision: 'Average precision',
  logLoss: 'Log-loss, lower is better',
  brier: 'Brier score, lower is better',
  r2: 'R²',
  rmse: 'RMSE, lower is better',
  mae: 'MAE, lower is better',
  mape: 'MAPE, lower is better',
} as const;

function ScoreTable({
  metrics,
  baseline,
}: {
  readonly metrics: ScoresFragment;
  readonly baseline: ScoresFragment | null;
}) {
  const [own, base] = [valuesOf(metrics), baseline === null ? {} : valuesOf(baseline)];
  return (
    <Table label="Metrics">
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col" className="number">
            This model
          </th>
          <th scope="col" className="number">
            Baseline
          </th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(TITLES).map(([name, title]) => {
          const value = own[name];
          if (typeof value !== 'number') return null;
          const other = base[name];
          return (
            <tr key={name}>
              <th scope="row">{title}</th>
              <td className="number">{metric(value)}</td>
              <td className="number muted">{typeof other === 'number' ? metric(other) : '–'}</td>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}

function valuesOf(scores: ScoresFragment): Readonly<Record<string, unknown>> {
  return scores as Readonly<Record<string, unknown>>;
}
