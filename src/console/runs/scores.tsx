import type { MetricsFieldsFragment } from '../../client/core/index.ts';
import { Facts } from '../ui/facts.tsx';
import { counted, metric, metricTitle, percent, sentence } from '../ui/format.ts';
import { Notice } from '../ui/notice.tsx';
import { Table } from '../ui/table.tsx';
import type { Run } from './use-run.ts';

/** The metrics of a run beside those of a model that knows nothing. */
export function Scores({ run }: { readonly run: Run }) {
  const { metrics, baseline, warnings, split, refitted, importedFrom } = run;
  if (metrics === null) return <p className="muted">{withoutMetrics(run)}</p>;
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
          ['Test rows', `${counted(metrics.nSamples, 'row')}${shareOf(split, importedFrom)}`],
          [
            'The delivered model',
            refitted ? 'was fitted again, to the test rows too: the metrics are of the one before' : null,
          ],
          ['Features', String(metrics.nFeatures)],
        ]}
      />
      {warnings.map((warning) => (
        <Notice key={warning} tone="warn">
          <p>{sentence(warning)}</p>
        </Notice>
      ))}
    </section>
  );
}

function withoutMetrics({ importedFrom, artifact, datasetVersion }: Run): string {
  if (importedFrom === null || artifact === null) return 'There is no model, so there are no metrics.';
  return datasetVersion === 0
    ? 'The model can predict. It has no metrics, because no dataset was named to evaluate it on.'
    : 'The model can predict. It has no metrics, because its evaluation did not come to its end.';
}

function shareOf({ strategy, testFraction }: Run['split'], importedFrom: Run['importedFrom']): string {
  if (importedFrom !== null) return ', all that have a target';
  return strategy === 'COLUMN' ? '' : `, ${percent(testFraction)}`;
}

function ScoreTable({
  metrics,
  baseline,
}: {
  readonly metrics: MetricsFieldsFragment;
  readonly baseline: MetricsFieldsFragment | null;
}) {
  const base = new Map(baseline?.values.map(({ name, value }) => [name, value]));
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
        {metrics.values.map(({ name, value, higherIsBetter }) => {
          const other = base.get(name);
          return (
            <tr key={name}>
              <th scope="row">
                {metricTitle(name)} {!higherIsBetter && <span className="muted">lower is better</span>}
              </th>
              <td className="number">{metric(value)}</td>
              <td className="number muted">{other === undefined ? '–' : metric(other)}</td>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}
