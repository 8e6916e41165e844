import { useTrainingCurve } from '../../client/react/index.ts';
import { LineChart, type Series } from '../charts/line-chart.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import type { Run } from './use-run.ts';

/** More points than pixels show nothing more. */
const MAX_POINTS = 300;

/** The loss by iteration, which grows while the run trains. */
export function Curve({ run: { id, algorithm } }: { readonly run: Run }) {
  const { points, isOver, error } = useTrainingCurve(id, MAX_POINTS);
  const known = points ?? [];
  const train = known.flatMap(({ iteration, trainLoss }) =>
    trainLoss === null ? [] : [[iteration, trainLoss] as const],
  );
  const validation = known.flatMap(({ iteration, validationLoss }) =>
    validationLoss === null ? [] : [[iteration, validationLoss] as const],
  );
  const other = algorithm === 'RANDOM_FOREST' || algorithm === 'EXTRA_TREES' ? 'Out-of-bag loss' : 'Validation loss';
  const series: Series[] = [
    ...(train.length > 0 ? [{ title: 'Training loss', tone: 'series-1' as const, points: train }] : []),
    ...(validation.length > 0 ? [{ title: other, tone: 'series-2' as const, points: validation }] : []),
  ];
  if (isOver && series.length === 0) return null;
  return (
    <section className="section">
      <h2>Loss</h2>
      <ErrorNotice error={error} />
      <LineChart label="Loss by iteration" series={series} xTitle="Iteration" yTitle="Loss" isCounted />
    </section>
  );
}
