import { LineChart, type Series } from '../charts/line-chart.tsx';
import { isActive } from './run-status.tsx';
import type { History } from './use-events.ts';
import type { Run } from './use-run.ts';

interface CurveProps {
  readonly run: Run;
  /** Those of the events, which may be ahead of the curve that was read. */
  readonly points: History['points'];
}

/** The loss by iteration: what was read of it, and what has come since. */
export function Curve({ run, points }: CurveProps) {
  const merged = new Map(run.curve.map((point) => [point.iteration, point]));
  if (isActive(run)) for (const [iteration, point] of points) merged.set(iteration, point);
  const sorted = [...merged.values()].sort((a, b) => a.iteration - b.iteration);
  const train = sorted.flatMap(({ iteration, trainLoss }) =>
    trainLoss === null ? [] : [[iteration, trainLoss] as const],
  );
  const validation = sorted.flatMap(({ iteration, validationLoss }) =>
    validationLoss === null ? [] : [[iteration, validationLoss] as const],
  );
  const other =
    run.algorithm === 'RANDOM_FOREST' || run.algorithm === 'EXTRA_TREES' ? 'Out-of-bag loss' : 'Validation loss';
  const series: Series[] = [
    ...(train.length > 0 ? [{ title: 'Training loss', tone: 'series-1' as const, points: train }] : []),
    ...(validation.length > 0 ? [{ title: other, tone: 'series-2' as const, points: validation }] : []),
  ];
  if (!isActive(run) && series.length === 0) return null;
  return (
    <section className="section">
      <h2>Loss</h2>
      <LineChart label="Loss by iteration" series={series} xTitle="Iteration" yTitle="Loss" />
    </section>
  );
}
