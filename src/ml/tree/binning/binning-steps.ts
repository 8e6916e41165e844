import type { FitStep } from '../../estimator.ts';
import type { TrainingWasm } from '../../parallel/training-wasm.ts';
import type { WorkerPool } from '../../parallel/worker-pool.ts';
import { numberParameter, type Parameters } from '../../parameters/parameter-spec.ts';
import type { Random } from '../../random.ts';
import { mapSteps } from '../../steps.ts';
import type { TrainingSet } from '../../training-set.ts';
import { binFeatures } from './bin-features.ts';
import type { BinnedMatrix } from './binned-matrix.ts';

/** Bins the training rows, as the first part of a fit: the share `fraction` of it. */
export function binningSteps(
  data: TrainingSet,
  parameters: Parameters,
  random: Random,
  wasm: TrainingWasm,
  pool: WorkerPool,
  fraction: number,
): Generator<FitStep, BinnedMatrix> {
  const binning = binFeatures(data, numberParameter(parameters, 'maxBins'), random, wasm, pool);
  return mapSteps(binning, (done) => ({ progress: done * fraction, point: null }));
}
