import type { CurvePoint } from '../../ml/train-model.ts';

/** The loss by which points are compared: the validation loss if there is one. */
function lossOf({ trainLoss, validationLoss }: CurvePoint): number {
  return validationLoss ?? trainLoss ?? Number.POSITIVE_INFINITY;
}

/**
 * Downsamples a curve evenly to at most `maxPoints` (2 or more); the first, the last and the best point are kept.
 *
 * @example downsampleCurve([1, 2, 3, 4].map((iteration) => ({ iteration, trainLoss: 1 / iteration, validationLoss: null })), 2)
 *   // => the points of iterations 1 and 4
 */
export function downsampleCurve(curve: readonly CurvePoint[], maxPoints: number): readonly CurvePoint[] {
  if (curve.length <= maxPoints) return curve;
  const last = curve.length - 1;
  const kept = new Set(Array.from({ length: maxPoints }, (_, index) => Math.round((index * last) / (maxPoints - 1))));
  const best = curve.reduce(
    (found, point, index) => (lossOf(point) < lossOf(curve[found] ?? point) ? index : found),
    0,
  );
  if (!kept.has(best)) {
    // The best point replaces its nearest inner neighbour; with only two points, the ends are kept.
    const inner = [...kept].filter((index) => index !== 0 && index !== last);
    const [nearest] = inner.sort((a, b) => Math.abs(a - best) - Math.abs(b - best));
    if (nearest !== undefined) {
      kept.delete(nearest);
      kept.add(best);
    }
  }
  return curve.filter((_, index) => kept.has(index));
}
