import { LineChart } from '../../charts/line-chart.tsx';
import type { RunEvaluationQuery } from '../../gql/graphql.ts';
import { useAddress } from '../../ui/address.ts';
import { TextField } from '../../ui/field.tsx';
import { count, decimal, metric } from '../../ui/format.ts';
import { Table } from '../../ui/table.tsx';

type Evaluation = NonNullable<NonNullable<RunEvaluationQuery['trainingRun']>['evaluation']>;
type Point = NonNullable<Evaluation['thresholds']>[number];

interface ThresholdsProps {
  readonly points: readonly Point[];
  readonly positiveClass: string | null;
}

/** What each probability from which a row counts as positive would cost, by what one error of each kind costs. */
export function Thresholds({ points, positiveClass }: ThresholdsProps) {
  const [missed, setMissed] = useAddress('missed', '1');
  const [alarm, setAlarm] = useAddress('alarm', '1');
  const costOf = ({ falseNegatives, falsePositives }: Point) =>
    falseNegatives * costIn(missed) + falsePositives * costIn(alarm);
  const cheapest = points.reduce((best, point) => (costOf(point) < costOf(best) ? point : best), points[0]!);
  return (
    <section className="section">
      <h2>From which probability a row counts as “{positiveClass}”</h2>
      <p className="muted">By training rows that folds have predicted; the test rows have no say in it.</p>
      <div className="form-row">
        <TextField
          label={`Cost of a missed “${positiveClass}”`}
          type="number"
          min={0}
          value={missed}
          onChange={setMissed}
        />
        <TextField label="Cost of a false alarm" type="number" min={0} value={alarm} onChange={setAlarm} />
      </div>
      <LineChart
        label="Cost of all errors by threshold"
        series={[{ title: 'Cost', tone: 'series-1', points: points.map((point) => [point.threshold, costOf(point)]) }]}
        xTitle="Threshold"
        yTitle="Cost of all errors"
        xDomain={[0, 1]}
      />
      <Table label="The cheapest threshold, and a half">
        <thead>
          <tr>
            {['Threshold', 'Cost', 'Precision', 'Recall', 'F1', 'Missed', 'False alarms'].map((title) => (
              <th key={title} scope="col" className="number">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...new Set([cheapest, nearestTo(0.5, points)])].map((point) => (
            <tr key={point.threshold}>
              <td className="number">
                {point === cheapest && 'cheapest: '}
                {metric(point.threshold)}
              </td>
              <td className="number">{decimal(costOf(point))}</td>
              <td className="number">{metric(point.precision)}</td>
              <td className="number">{metric(point.recall)}</td>
              <td className="number">{metric(point.f1)}</td>
              <td className="number">{count(point.falseNegatives)}</td>
              <td className="number">{count(point.falsePositives)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  );
}

/** No cost for what is no number. */
function costIn(text: string): number {
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? value : 0;
}

function nearestTo(threshold: number, points: readonly Point[]): Point {
  const distance = (point: Point) => Math.abs(point.threshold - threshold);
  return points.reduce((best, point) => (distance(point) < distance(best) ? point : best), points[0]!);
}
