import { CLASS_WEIGHT_PARAMETER, trainingWeights } from '../../class-weights.ts';
import type { Estimator, FitConditions, FitStep, Fitted, StopReason } from '../../estimator.ts';
import { TrainingWasm } from '../../parallel/training-wasm.ts';
import { float64ArrayFrom } from '../../parallel/typed-arrays.ts';
import {
  booleanParameter,
  numberParameter,
  optionalNumberParameter,
  type Parameters,
  TIME_BUDGET_PARAMETER,
} from '../../parameters/parameter-spec.ts';
import type { Random, RandomState } from '../../random.ts';
import { mapSteps } from '../../steps.ts';
import { findTemperature, mayHaveTemperature, withTemperature } from '../../temperature.ts';
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
import {
  defaultEarlyStoppingRounds,
  defaultFeatureFraction,
  defaultLearningRate,
  defaultLinearLeaves,
  defaultRowFraction,
  defaultSharedTrees,
  defaultTrees,
} from './boosting-defaults.ts';
import { BoostingRounds, type BoostingSettings, type RoundsCheckpoint } from './boosting-rounds.ts';
import { type BestRound, EarlyStopping, entropyOf, splitValidation, type ValidationSplit } from './early-stopping.ts';
import { LOSS_PARAMETER, QUANTILE_PARAMETER, regressionLoss } from './regression-loss.ts';
import { EXPECTED_ROUNDS, RoundProgress } from './round-progress.ts';

/** Binning costs about as much as the histograms of this many rounds. */
const BINNING_ROUNDS = 4;

/** Where replay begins on the scale of progress: a round of it takes about a quarter of the time of growing one. */
const REPLAY_BEGINS = 0.85;

/** A boosting after some rounds. */
export interface BoostingCheckpoint extends RoundsCheckpoint {
  readonly algorithm: 'GRADIENT_BOOSTING';
  readonly rounds: number;
  readonly random: RandomState;
  /** Null without early stopping. */
  readonly best: BestRound | null;
  /** On the scale of a FitStep; left out by earlier versions. */
  readonly progress?: number;
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
      default: null,
      min: 1,
      max: 10_000,
      choices: [],
      description:
        'The number of boosting rounds. Each adds one tree, or without sharedTrees one for each of more than two labels. Not set: 200 with less than 500 training rows (at a learningRate of 0.05), else 2,000 at most, which early stopping ends; fewer where they would take long.',
      defaultFor: defaultTrees,
    },
    {
      name: 'learningRate',
      kind: 'FLOAT',
      default: null,
      min: 0.001,
      max: 1,
      choices: [],
      description:
        'The weight of each tree; smaller values need more trees and often predict better. Not set: 0.05, or with fewer than 800 trees 40 / trees, at most 0.1.',
      defaultFor: defaultLearningRate,
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
    LOSS_PARAMETER,
    QUANTILE_PARAMETER,
    {
      name: 'l1',
      kind: 'FLOAT',
      default: 0,
      min: 0,
      max: 1_000_000,
      choices: [],
      description:
        'L1 regularization of the leaf values: it is taken off the size of a leaf’s gradient sum, and leaves with less get the value 0. 0: none.',
    },
    {
      name: 'randomThresholds',
      kind: 'BOOLEAN',
      default: false,
      min: null,
      max: null,
      choices: [],
      description:
        'Each split tries one random threshold of each feature instead of all of them (extra_trees in LightGBM): smoother, and faster to search; often needs more trees.',
    },
    {
      name: 'sharedTrees',
      kind: 'BOOLEAN',
      default: null,
      min: null,
      max: null,
      choices: [],
      description:
        'With more than two labels, each round grows one tree for all of them, whose leaves have a value for each, instead of one tree for each label (multi_strategy in XGBoost): smaller and faster steps, which need more rounds and often predict better. Not set: on, unless trees is set and earlyStoppingRounds is not at least 50.',
      defaultFor: defaultSharedTrees,
    },
    {
      name: 'linearLeaves',
      kind: 'BOOLEAN',
      default: null,
      min: null,
      max: null,
      choices: [],
      description:
        'A leaf is a linear function of the numeric features on its path instead of one number (linear_tree in LightGBM): smoother, with fewer rounds, more time for each, and a larger model file. For the loss SQUARED of numbers only, without monotone constraints. Not set: on for these from 500 training rows on.',
      defaultFor: defaultLinearLeaves,
    },
    {
      name: 'minLeafHessian',
      kind: 'FLOAT',
      default: 1,
      min: 0,
      max: 1_000_000,
      choices: [],
      description:
        'The minimum sum of the hessians of a leaf, which are p(1 − p) per row for labels (with sharedTrees summed over them, each times the square of a random weight) and 1 for numbers. Smaller values allow further splits of leaves with rare labels and of rows that are already predicted well; 0 means 0.001.',
    },
    {
      name: 'featureFraction',
      kind: 'FLOAT',
      default: null,
      min: 0.01,
      max: 1,
      choices: [],
      description:
        'The share of the features that each tree may use, drawn at random for each tree. Not set: 0.8, but 0.5 for two labels from 10,000 training rows on.',
      defaultFor: defaultFeatureFraction,
    },
    {
      name: 'rowFraction',
      kind: 'FLOAT',
      default: null,
      min: 0.01,
      max: 1,
      choices: [],
      description:
        'The share of the training rows that the splits of each round are chosen on, drawn at random for each round; leaf values are computed from all rows. Not set: 0.7 up to 250,000 rows, 0.5 beyond.',
      defaultFor: defaultRowFraction,
    },
    {
      name: 'earlyStoppingRounds',
      kind: 'INT',
      default: null,
      min: 0,
      max: 1000,
      choices: [],
      description:
        'Holds out a tenth of the training rows for validation, stops when their loss has not improved for this many rounds, keeps the best round, and then computes the leaves again from all training rows. 0: off. Not set: 7.5 / learningRate, but off if trees is set or with less than 500 training rows.',
      defaultFor: defaultEarlyStoppingRounds,
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
  { pool, stopReason, checkpoint, isFinishedWhenStopped = false }: FitConditions,
): Generator<FitStep, Fitted> {
  const roundLimit = numberParameter(parameters, 'trees');
  const waits = roundsToWait(parameters);
  const binningFraction = BINNING_ROUNDS / (Math.min(roundLimit, EXPECTED_ROUNDS) + BINNING_ROUNDS);
  using wasm = TrainingWasm.take();
  const matrix = yield* binningSteps(data, parameters, random, wasm, pool, binningFraction);

  const parts = splitValidation(data.target, waits !== null, random);
  const from = boostingCheckpoint(checkpoint);
  const settings = settingsOf(data, parameters);
  const rounds = new BoostingRounds(matrix, data.target, parts, settings, pool, from);
  if (from !== null) random.setState(from.random);
  const entropy = entropyOf(data.target, settings.weights);
  const stopping = waits === null ? null : new EarlyStopping(waits, entropy, from?.best ?? undefined);
  const replays = parts.validation.length > 0;
  const progress = new RoundProgress(from?.progress ?? binningFraction, replays ? REPLAY_BEGINS : 1, roundLimit, waits);
  let stopped: StopReason | null = null;
  for (let iteration = (from?.rounds ?? 0) + 1; iteration <= roundLimit; iteration++) {
    if (stopping?.isOver || stopped !== null) break;
    const best = stopping?.best ?? null;
    yield* mapSteps(rounds.run(random), (share): FitStep => {
      return { progress: progress.during(iteration - 1, best, share), point: null };
    });
    progress.advance(iteration - 1, best);
    const validationLoss = parts.validation.length === 0 ? null : rounds.loss(1);
    stopping?.record(iteration, validationLoss);
    yield {
      progress: progress.progress,
      point: { iteration, trainLoss: rounds.loss(0), validationLoss },
      checkpoint: () => ({
        algorithm: 'GRADIENT_BOOSTING',
        rounds: iteration,
        random: random.getState(),
        best: stopping?.best ?? null,
        progress: progress.progress,
        ...rounds.checkpoint(),
      }),
    };
    if (iteration < roundLimit) stopped = stopReason();
  }
  if (stopping !== null) rounds.truncate(stopping.bestIteration);
  const temperature = yield* mapSteps(temperatureSteps(data, parameters, rounds, parts), () => {
    return { progress: progress.progress, point: null };
  });
  if (replays && (stopped === null || isFinishedWhenStopped)) {
    const whileReplaying = isFinishedWhenStopped ? () => null : stopReason;
    stopped = (yield* replaySteps(rounds, progress.progress, whileReplaying)) ?? stopped;
  }
  return Object.freeze({
    estimator: withTemperature(rounds.toModel(), temperature),
    featureWeights: rounds.gains,
    endReason: stopped ?? (stopping?.isOver ? 'EARLY_STOPPING' : 'COMPLETED'),
    ...(stopping === null ? {} : { found: { trees: stopping.bestIteration, earlyStoppingRounds: 0, temperature } }),
    warnings: [],
  });
}

/**
 * The temperature of the probabilities by the rows that were set aside for early stopping, before they are let into the
 * leaves; 1 without any, for numbers and for too few rows. One that an earlier fitting has found is taken as it is.
 */
function* temperatureSteps(
  { target, weights }: TrainingSet,
  parameters: Parameters,
  rounds: BoostingRounds,
  { validation }: ValidationSplit,
): Generator<void, number> {
  const found = optionalNumberParameter(parameters, 'temperature');
  if (found !== null) return found;
  if (target.task === 'REGRESSION' || validation.length === 0) return 1;
  if (!mayHaveTemperature(target.labels.length, target.codes.length)) return 1;
  const margins = yield* rounds.validationMargins();
  return findTemperature({
    margins,
    codes: validation.map((row) => target.codes[row]!),
    weights: weights ? float64ArrayFrom(validation.length, (i) => weights[validation[i]!]!) : null,
  });
}

/** Lets the rows that were set aside for early stopping into the leaves; asked to stop, it leaves all leaves as they were. */
function* replaySteps(
  rounds: BoostingRounds,
  begins: number,
  stopReason: FitConditions['stopReason'],
): Generator<FitStep, StopReason | null> {
  for (const share of rounds.replay()) {
    yield { progress: begins + (1 - begins) * share, point: null };
    const stopped = share < 1 ? stopReason() : null;
    if (stopped !== null) return stopped;
  }
  return null;
}

/** Runs of before 0 was allowed have null for "off". */
function roundsToWait(parameters: Parameters): number | null {
  const rounds = optionalNumberParameter(parameters, 'earlyStoppingRounds');
  return rounds === 0 ? null : rounds;
}

function settingsOf(data: TrainingSet, parameters: Parameters): BoostingSettings {
  return {
    loss: regressionLoss(data, parameters),
    learningRate: numberParameter(parameters, 'learningRate'),
    featureFraction: numberParameter(parameters, 'featureFraction'),
    rowFraction: optionalNumberParameter(parameters, 'rowFraction'),
    limits: growthLimits(parameters),
    // Runs of before it was a parameter had none.
    penalty: { l1: optionalNumberParameter(parameters, 'l1') ?? 0, l2: numberParameter(parameters, 'l2') },
    hasRandomThresholds: booleanParameter(parameters, 'randomThresholds'),
    // Runs of before it was a parameter had a tree for each label.
    sharesTrees: booleanParameter(parameters, 'sharedTrees'),
    // Runs of before it was a parameter had leaves of numbers.
    hasLines: hasLines(data, parameters),
    // Runs of before it was a parameter had that of l2.
    minLeafHessian: optionalNumberParameter(parameters, 'minLeafHessian') ?? numberParameter(parameters, 'l2'),
    minSamplesLeaf: numberParameter(parameters, 'minSamplesLeaf'),
    weights: trainingWeights(data, parameters),
    directions: data.directions ?? null,
  };
}

/** Where they cannot be had, leaves have no slopes: a plan of AUTO may be for either task. */
function hasLines(data: TrainingSet, parameters: Parameters): boolean {
  const isSquared = data.target.task === 'REGRESSION' && regressionLoss(data, parameters).kind === 'SQUARED';
  return booleanParameter(parameters, 'linearLeaves') && isSquared && (data.directions ?? null) === null;
}

function boostingCheckpoint(checkpoint: FitConditions['checkpoint']): BoostingCheckpoint | null {
  // No other algorithm gives its checkpoints this name.
  if (checkpoint === null || checkpoint.algorithm === 'GRADIENT_BOOSTING') {
    return checkpoint as BoostingCheckpoint | null;
  }
  throw new Error(`A checkpoint of ${checkpoint.algorithm} is none of GRADIENT_BOOSTING.`);
}
