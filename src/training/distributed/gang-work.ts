import type { TrainingInput } from '../worker/train-model.thread.ts';
import type { FitCheckpoint } from './fit-checkpoint.ts';
import type { GangWork } from './gangs/gang-order.ts';
import { toXgboostParameters } from './rank/xgboost-parameters.ts';

/** What all ranks are told alike, after what was prepared and what earlier attempts have fitted. */
export function gangWork(
  { task, parameters: wanted }: TrainingInput['request'],
  { manifest, preparation, rounds: resume, check }: FitCheckpoint,
): GangWork {
  const { weightOfLabels, targetMean: mean, directions } = preparation;
  const target = { task, weightOfLabels, mean, directions };
  const { parameters, rounds, earlyStoppingRounds } = toXgboostParameters(wanted, target);
  return {
    ...{ parameters, rounds, resume, check },
    // Too few rows to hold any out.
    earlyStoppingRounds: manifest.totals.VALIDATION.rows === 0 ? null : earlyStoppingRounds,
    features: manifest.features.length,
  };
}
