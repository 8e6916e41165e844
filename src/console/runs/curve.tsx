import type { CurvePoint } from '../../client/core/index.ts';
import { useTrainingCurve } from '../../client/react/index.ts';
import { LineChart, type Series } from '../charts/line-chart.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import type { Run } from './use-run.ts';

/** More points than pixels show nothing more. */
const MAX_POINTS = 300;

/** Where it is no loss on rows that were set aside. */
const LOSS_TITLES: Readonly<Partial<Record<Run['algorithm'], string>>> = {
  RANDOM_FOREST: 'Out-of-bag loss',
  EXTRA_TREES: 'Out-of-bag loss',
  AUTO: 'Loss of the best so far',
};

/** The loss by iteration, or of AUTO by seconds; it grows while the run trains. */
export function Curve({ run: { id, algorithm } }: { readonly run: Run }) {
  const { points, isOver, error } = useTrainingCurve(id, MAX_POINTS);
  const known = points ?? [];
  // Candidates differ in what they cost; iterations of one model do not.
  const isAuto = algorithm === 'AUTO';
  const abscissaOf = ({ iteration, seconds }: CurvePoint) => (isAuto ? (seconds ?? iteration) : iteration);
  const train = known.flatMap((point) =>
    point.trainLoss === null ? [] : [[abscissaOf(point), point.trainLoss] as const],
  );
  const validation = known.flatMap((point) =>
    point.validationLoss === null ? [] : [[abscissaOf(point), point.validationLoss] as const],
  );
  const other = LOSS_TITLES[algorithm] ?? 'Validation loss';
  const series: Series[] = [
    ...(train.length > 0 ? [{ title: 'Training loss', tone: 'series-1' as const, points: train }] : []),
    ...(validation.length > 0 ? [{ title: other, tone: 'series-2' as const, points: validation }] : []),
  ];
  if (isOver && series.length === 0) return null;
  return (
    <section className="section">
      <h2>Loss</h2>
      <ErrorNotice error={error} />
      {isAuto ? (
        <LineChart label="Loss by seconds" series={series} xTitle="Seconds" yTitle="Loss" />
      ) : (
        <LineChart label="Loss by iteration" series={series} xTitle="Iteration" yTitle="Loss" isCounted />
      )}
    </section>
  );
}
