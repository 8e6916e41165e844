import { CLASS_WEIGHT_PARAMETER, classWeights } from '../../class-weights.ts';
import type { Estimator, FitConditions, FitStep, Fitted, StopReason } from '../../estimator.ts';
import { TrainingWasm } from '../../parallel/training-wasm.ts';
import {
  numberParameter,
  optionalNumberParameter,
  type Parameters,
  TIME_BUDGET_PARAMETER,
} from '../../parameters/parameter-spec.ts';
import type { Random, RandomState } from '../../random.ts';
import { mapSteps } from '../../steps.ts';
import type { TrainingSet } from '../../training-set.ts';
import { binningSteps } from '../binning/binning-steps.ts';
import {
  growthLimits,
  MAX_BINS_PARAMETER,
  MAX_LEAVES_PARAMETER,
  maxDepthParameter,
  minSamplesLeafParameter,
  SEED_PARAMETER,
} from '../tree-parameters.ts';
import { boostingCost } from './boosting-cost.ts';
import { BoostingRounds, type RoundsCheckpoint } from './boosting-rounds.ts';
import { type BestRound, EarlyStopping, splitValidation } from './early-stopping.ts';

/** Binning costs about as much as the histograms of this many rounds. */
const BINNING_ROUNDS = 4;

/** A boosting after some rounds. */
export interface BoostingCheckpoint extends RoundsCheckpoint {
  readonly algorithm: 'GRADIENT_BOOSTING';
  readonly rounds: number;
  readonly random: RandomState;
  /** Undefined without early stopping. */
  readonly best: BestRound | null;
}

/** Gradient boosted trees. */
export const gradientBoosting: Estimator<'GRADIENT_BOOSTING'> = {
  name: 'GRADIENT_BOOSTING',
  tasks: ['CLASSIFICATION', 'REGRESSION'],
  description:
    'Gradient-boosted trees, each correcting the errors of the previous ones. Usually the most accurate on tables; handles numbers, categories and missing values without preparation.',
  isDefault: true,
  parameters: [
    {
      name: 'trees',
      kind: 'INT',
      default: 200,
      min: 1,
      max: 10_000,
      choices: [],
      description: 'The number of boosting rounds. Each adds one tree, or one per class if there are more than two.',
    },
    {
      name: 'learningRate',
      kind: 'FLOAT',
      default: 0.1,
      min: 0.001,
      max: 1,
      choices: [],
      description: 'The weight of each tree; smaller values need more trees and often predict better.',
    },
    maxDepthParameter(6),
    MAX_LEAVES_PARAMETER,
    minSamplesLeafParameter(5),
    {
      name: 'l2',
      kind: 'FLOAT',
      default: 1,
      min: 0,
      max: 1_000_000,
      choices: [],
      description: 'L2 regularization of the leaf values. 0: none.',
    },
    {
      name: 'minLeafHessian',
      kind: 'FLOAT',
      default: 1,
      min: 0,
      max: 1_000_000,
      choices: [],
      description:
        'The minimum sum of the hessians of a leaf, which are p(1 − p) per row for labels and 1 for numbers. Smaller values allow further splits of leaves with rare labels and of rows that are already predicted well; 0 means 0.001.',
    },
    {
      name: 'featureFraction',
      kind: 'FLOAT',
      default: 1,
      min: 0.01,
      max: 1,
      choices: [],
      description: 'The share of the features that each tree may use, drawn at random for each tree.',
    },
    {
      name: 'rowFraction',
      kind: 'FLOAT',
      default: null,
      min: 0.01,
      max: 1,
      choices: [],
      description:
        'The share of the training rows that the splits of each round are chosen on, drawn at random for each round; leaf values are computed from all rows. Not set: 1 up to 250,000 rows, 0.5 beyond.',
    },
    {
      name: 'earlyStoppingRounds',
      kind: 'INT',
      default: null,
      min: 1,
      max: 1000,
      choices: [],
      description:
        'Holds out a tenth of the training rows for validation, stops when their loss has not improved for this many rounds, and keeps the best round. Not set: off.',
    },
    MAX_BINS_PARAMETER,
    CLASS_WEIGHT_PARAMETER,
    SEED_PARAMETER,
    TIME_BUDGET_PARAMETER,
  ],
  cost: boostingCost,
  fitSteps,
};

function* fitSteps(
  data: TrainingSet,
  parameters: Parameters,
  random: Random,
  { pool, stopReason, checkpoint }: FitConditions,
): Generator<FitStep, Fitted> {
  const roundLimit = numberParameter(parameters, 'trees');
  const binningFraction = BINNING_ROUNDS / (roundLimit + BINNING_ROUNDS);
  using wasm = TrainingWasm.take();
  const matrix = yield* binningSteps(data, parameters, random, wasm, binningFraction);

  const earlyStoppingRounds = optionalNumberParameter(parameters, 'earlyStoppingRounds');
  const parts = splitValidation(data.target, earlyStoppingRounds !== null, random);
  const settings = {
    learningRate: numberParameter(parameters, 'learningRate'),
    featureFraction: numberParameter(parameters, 'featureFraction'),
    rowFraction: optionalNumberParameter(parameters, 'rowFraction'),
    limits: growthLimits(parameters),
    l2: numberParameter(parameters, 'l2'),
    // Runs of before it was a parameter had that of l2.
    minLeafHessian: optionalNumberParameter(parameters, 'minLeafHessian') ?? numberParameter(parameters, 'l2'),
    minSamplesLeaf: numberParameter(parameters, 'minSamplesLeaf'),
    weights: classWeights(data.target, parameters),
  };
  const from = boostingCheckpoint(checkpoint);
  const rounds = new BoostingRounds(matrix, data.target, parts, settings, pool, from);
  if (from !== null) random.setState(from.random);
  const stopping =
    earlyStoppingRounds === null ? null : new EarlyStopping(earlyStoppingRounds, from?.best ?? undefined);
  let stopped: StopReason | null = null;
  for (let iteration = (from?.rounds ?? 0) + 1; iteration <= roundLimit; iteration++) {
    if (stopping?.isOver || stopped !== null) break;
    yield* mapSteps(rounds.run(random), (done): FitStep => {
      const share = (iteration - 1 + done) / roundLimit;
      return { progress: binningFraction + (1 - binningFraction) * share, point: null };
    });
    const validationLoss = parts.validation.length === 0 ? null : rounds.loss(1);
    stopping?.record(iteration, validationLoss);
    yield {
      progress: binningFraction + ((1 - binningFraction) * iteration) / roundLimit,
      point: { iteration, trainLoss: rounds.loss(0), validationLoss },
      checkpoint: () => ({
        algorithm: 'GRADIENT_BOOSTING',
        rounds: iteration,
        random: random.getState(),
        best: stopping?.best ?? null,
        ...rounds.checkpoint(),
      }),
    };
    if (iteration < roundLimit) stopped = stopReason();
  }
  if (stopping !== null) rounds.truncate(stopping.bestIteration);
  return Object.freeze({
    estimator: rounds.toModel(),
    featureWeights: rounds.gains,
    endReason: stopping?.isOver ? 'EARLY_STOPPING' : (stopped ?? 'COMPLETED'),
    warnings: [],
  });
}

function boostingCheckpoint(checkpoint: FitConditions['checkpoint']): BoostingCheckpoint | null {
  // No other algorithm gives its checkpoints this name.
  if (checkpoint === null || checkpoint.algorithm === 'GRADIENT_BOOSTING') {
    return checkpoint as BoostingCheckpoint | null;
  }
  throw new Error(`A checkpoint of ${checkpoint.algorithm} is none of GRADIENT_BOOSTING.`);
}
