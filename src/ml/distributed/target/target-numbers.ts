import type { Parameters } from '../../parameters/parameter-spec.ts';
import { negativeCount, noCounts } from '../../tree/boosting/regression-loss.ts';
import { type TrainingRows, trainingPass } from '../training-pass.ts';

/** The numbers to predict, and how shards have them: (number - shift) / scale. */
export interface TargetNumbers {
  /** Of all training rows, by weight. */
  readonly mean: number;
  readonly shift: number;
  /** A power of 2, so that dividing by it rounds nothing. */
  readonly scale: number;
}

/**
 * Goes through the numbers to predict once. Squared errors are fitted to distances from the mean, in units of about their standard
 * deviation: ranks compute with numbers of 32 bits, which far from 0 are coarse, and XGBoost makes no split that gains less than 0.000001.
 * Counts stay as they are. Throws TrainingDataError where the loss is not defined for a number, as regressionLoss does.
 */
export function targetNumbers(rows: TrainingRows, parameters: Parameters): TargetNumbers {
  const areCounts = parameters['loss'] === 'POISSON';
  let [mean, squares, total, first] = [0, 0, 0, 0];
  for (const { batch, rows: places, targets, weights } of trainingPass(rows)) {
    for (let i = 0; i < targets.length; i++) {
      const value = targets[i]!;
      if (areCounts && value < 0) throw negativeCount(first + places[i]!, value);
      // The mean and the squared distances from it, updated number by number (West 1979).
      const weight = weights?.[i] ?? 1;
      total += weight;
      const distance = value - mean;
      mean += (distance * weight) / total;
      squares += weight * distance * (value - mean);
    }
    first += rows.stream.batches[batch]!;
  }
  if (areCounts && mean === 0) throw noCounts();
  return areCounts ? { mean, shift: 0, scale: 1 } : { mean, shift: mean, scale: unitOf(Math.sqrt(squares / total)) };
}

/** The largest power of 2 up to a standard deviation. */
function unitOf(deviation: number): number {
  if (!(deviation > 0 && deviation < Number.POSITIVE_INFINITY)) return 1;
  return 2 ** Math.floor(Math.log2(deviation));
}

/** The numbers as shards have them. */
export function scaledNumbers(targets: Float64Array, { shift, scale }: TargetNumbers): Float64Array {
  return targets.map((value) => (value - shift) / scale);
}
