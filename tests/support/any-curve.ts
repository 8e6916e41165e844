import fc from 'fast-check';
import type { CurvePoint } from '../../src/ml/train-model.ts';

/** What a point is judged by. */
export function lossOf({ trainLoss, validationLoss }: CurvePoint): number {
  return validationLoss ?? trainLoss ?? Number.POSITIVE_INFINITY;
}

/** Any curve: gaps between iterations, equal losses, points without one, those of versions that took no times. */
export function anyCurve(maxLength: number): fc.Arbitrary<CurvePoint[]> {
  const loss = fc.option(fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8));
  const seconds = fc.option(fc.integer({ min: 0, max: 8 }));
  const point = fc.record({ step: fc.integer({ min: 1, max: 3 }), seconds, trainLoss: loss, validationLoss: loss });
  return fc.array(point, { maxLength, size: 'max' }).map((points) => {
    let iteration = 0;
    return points.map(({ step, ...rest }) => {
      iteration += step;
      return { iteration, ...rest };
    });
  });
}
