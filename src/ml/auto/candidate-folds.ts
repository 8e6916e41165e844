import type { EstimatorModel } from '../../runtime/model.ts';
import type { FitCheckpoint, FitConditions, FitStep } from '../estimator.ts';
import type { FoldSource } from '../folds/fold-source.ts';
import { type PreparedFold, predictHeld } from '../folds/prepared-fold.ts';
import { LEARNERS } from '../learners/learners.ts';
import { optionalNumberParameter, seedOf } from '../parameters/parameter-spec.ts';
import { createRandom } from '../random.ts';
import { mapSteps } from '../steps.ts';
import type { Candidate } from './candidate.ts';
import type { FoldOutcome } from './candidate-record.ts';
import type { HeldOutputs, SearchRows } from './search-rows.ts';

/** The share of a fold's steps that fitting takes; the rest is predicting. */
const FITTING_SHARE = 0.95;

/** A fold to fit a candidate to. */
export interface FoldWork {
  readonly source: FoldSource;
  readonly candidate: Candidate;
  readonly prepared: PreparedFold;
  readonly fold: number;
  readonly rows: SearchRows;
  readonly clock: () => number;
  readonly pool: FitConditions['pool'];
  readonly checkpoint: FitCheckpoint | null;
}

/** Fits a candidate to a fold and predicts the rows held back. Throws TrainingDataError where the algorithm refuses the rows. */
export function* candidateFold(work: FoldWork): Generator<FitStep, FoldOutcome> {
  const { source, candidate, prepared, fold, rows, clock, pool, checkpoint } = work;
  const { algorithm, parameters } = candidate;
  const begin = clock();
  const conditions = { pool, checkpoint, stopReason: () => null };
  const fitting = LEARNERS[algorithm].fitSteps(prepared.data, parameters, createRandom(seedOf(parameters)), conditions);
  const { estimator, found = {} } = yield* mapSteps(
    fitting,
    (step): FitStep => ({ ...step, point: null, progress: FITTING_SHARE * step.progress }),
  );
  const fitted = clock();
  const predictions = yield* mapSteps(
    predictHeld(source, prepared, algorithm, estimator),
    (share): FitStep => ({ point: null, progress: FITTING_SHARE + (1 - FITTING_SHARE) * share }),
  );
  const predictSeconds = clock() - fitted;
  const outputs = rows.keep(predictions);
  return {
    outputs,
    ...sumsOf(rows, fold, outputs, predictions.predicted),
    fitSeconds: fitted - begin,
    predictSeconds,
    rounds: algorithm === 'GRADIENT_BOOSTING' ? roundsOf(estimator) : null,
    temperature: optionalNumberParameter(found, 'temperature'),
  };
}

/** Sums over the rows of a fold, each as often as it counts. */
function sumsOf(
  rows: SearchRows,
  fold: number,
  outputs: HeldOutputs,
  predicted: Int32Array,
): Pick<FoldOutcome, 'rows' | 'loss' | 'lossSquares' | 'hits'> {
  const begin = rows.begin(fold);
  const sums = { rows: 0, loss: 0, lossSquares: 0, hits: 0 };
  for (const [i, loss] of rows.losses(rows.scores(fold, outputs), begin).entries()) {
    const weight = rows.weight(begin + i);
    sums.rows += weight;
    sums.loss += loss;
    sums.lossSquares += (loss * loss) / weight;
    if (rows.labels > 0 && predicted[i] === rows.actual[begin + i]) sums.hits += weight;
  }
  return sums;
}

/** The rounds of a boosting: each has a tree for each margin, or one for all of them. */
export function roundsOf(estimator: EstimatorModel): number | null {
  if (estimator.kind !== 'TREES') return null;
  const { roots, leafSize, startMargins } = estimator;
  return (roots.length * leafSize) / startMargins.length;
}
