import { MAX_FEATURES, type ModelFeature } from '../../runtime/model.ts';
import type { AlgorithmName } from '../registry.ts';
import { TrainingDataError } from '../training-data-error.ts';

/** Columns of dates are several features each, so that more may come of them than were asked for. */
export function checkFeatures({ length }: readonly ModelFeature[], algorithm: AlgorithmName): void {
  if (length > MAX_FEATURES) {
    throw new TrainingDataError(
      'MODEL_TOO_LARGE',
      `the columns come to ${length} features, and a model takes at most ${MAX_FEATURES}`,
      'choose fewer columns',
    );
  }
  if (length > 0 || algorithm === 'BASELINE') return;
  throw new TrainingDataError(
    'NO_USABLE_FEATURE',
    'no feature tells the training rows apart',
    'choose columns that have more than one value',
  );
}
