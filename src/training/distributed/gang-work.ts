import { fittedWeightOfLabels } from '../../ml/distributed/target/label-weighting.ts';
import type { TrainingInput } from '../worker/train-model.thread.ts';
import type { FitCheckpoint } from './fit-checkpoint.ts';
import type { GangWork } from './gangs/gang-order.ts';
import { toXgboostParameters } from './rank/xgboost-parameters.ts';

/** What all ranks are told alike, after what was prepared and what earlier attempts have fitted. */
export function gangWork(
  { task, parameters: wanted }: TrainingInput['request'],
  { manifest, preparation, rounds: resume, check }: FitCheckpoint,
): GangWork {
  const { numbers, directions } = preparation;
  const { length: features } = manifest.features;
  const target = { task, weightOfLabels: fittedWeightOfLabels(preparation), numbers, features, directions };
  const { parameters, startMargins, rounds, earlyStoppingRounds } = toXgboostParameters(wanted, target);
  return {
    ...{ parameters, startMargins, rounds, resume, check },
    // Too few rows to hold any out.
    earlyStoppingRounds: manifest.totals.VALIDATION.rows === 0 ? null : earlyStoppingRounds,
    features,
  };
}
