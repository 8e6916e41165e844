import type { LearnerName } from '../../learners/learner-names.ts';
import { LEARNERS } from '../../learners/learners.ts';
import type { DefaultsSize } from '../../parameters/parameter-spec.ts';
import { resolveSpecs } from '../../parameters/resolve-specs.ts';
import { createRandom, type Random } from '../../random.ts';
import type { Candidate } from '../candidate.ts';

/** The name of a boosting by its defaults: usually the best of all models by default. */
const USUAL_MODEL = 'Boosting';

/** The index of that one; of the first candidate where a plan has none of its name. */
export function usualOf(candidates: readonly Pick<Candidate, 'name'>[]): number {
  return Math.max(
    0,
    candidates.findIndex(({ name }) => name === USUAL_MODEL),
  );
}

interface Entry {
  readonly name: string;
  readonly algorithm: LearnerName;
  readonly parameters: Readonly<Record<string, number | boolean>>;
}

/** What a boosting needs to learn, as rounds times learning rate: up to here; early stopping ends most before. */
const MAX_LEARNING = 100;

/** Of tables too small for early stopping. */
const SMALL_TABLE_LEARNING = 10;
const MIN_ROWS_TO_STOP = 500;

/** Rounds without improvement times learning rate, as in the defaults of boosting. */
const LEARNING_TO_WAIT_FOR = 7.5;

const MAX_ROUNDS = 10_000;

/** Leaves limit the trees; the depth does so for degenerate ones alone. */
const DEEPEST = 16;

/** As LightGBM's min_sum_hessian_in_leaf, for which these settings were found. */
const MIN_LEAF_HESSIAN = 0.001;

/** The first forests are there to differ from boosting: in a blend, more trees than these add little to what they take. */
const FIRST_TREES = 100;

/** These settings were found for hours; with larger steps there is time for more of them, which a blend gains more from. */
const FASTER = 2.5;

function boosting(name: string, parameters: Entry['parameters']): Entry {
  return { name, algorithm: 'GRADIENT_BOOSTING', parameters };
}

/** Leaf-wise trees with settings found elsewhere. */
function leafWise(name: string, parameters: Entry['parameters']): Entry {
  const { learningRate, ...others } = parameters;
  const faster = Number((FASTER * Number(learningRate)).toPrecision(2));
  return boosting(name, { maxDepth: DEEPEST, minLeafHessian: MIN_LEAF_HESSIAN, ...others, learningRate: faster });
}

function randomThresholds(name: string, parameters: Entry['parameters']): Entry {
  return leafWise(name, { randomThresholds: true, ...parameters });
}

function extraTrees(name: string, parameters: Entry['parameters']): Entry {
  return { name, algorithm: 'EXTRA_TREES', parameters: { trees: 300, ...parameters } };
}

function randomForest(name: string, parameters: Entry['parameters']): Entry {
  return { name, algorithm: 'RANDOM_FOREST', parameters: { trees: 300, ...parameters } };
}

/**
 * What is tried, in this order: the defaults; then settings of the portfolios for CPUs (of 2023 and of December
 * 2025, rounded) that docs/algorithms.md names, which were chosen on hundreds of tables for what they add to each other in a blend.
 */
const PORTFOLIO: readonly Entry[] = [
  { name: 'Baseline', algorithm: 'BASELINE', parameters: {} },
  boosting(USUAL_MODEL, {}),
  { name: 'Linear', algorithm: 'LINEAR', parameters: {} },
  extraTrees('Extra trees, all features', { trees: FIRST_TREES, featureFraction: 1, minSamplesLeaf: 4 }),
  randomForest('Random forest, leaves of 2', { trees: FIRST_TREES, featureFraction: 0.75, minSamplesLeaf: 2 }),
  leafWise('Boosting, 20 leaves', {
    learningRate: 0.013,
    maxLeaves: 20,
    minSamplesLeaf: 2,
    featureFraction: 0.43,
    rowFraction: 0.71,
  }),
  randomThresholds('Boosting, random thresholds', {
    ...{ learningRate: 0.018, maxLeaves: 39, minSamplesLeaf: 3, featureFraction: 0.46, rowFraction: 0.88 },
    ...{ l1: 0.24, l2: 0.36 },
  }),
  extraTrees('Extra trees, leaves of 20', { featureFraction: 1, minSamplesLeaf: 20 }),
  randomThresholds('Boosting, random thresholds, 64 leaves', {
    ...{ learningRate: 0.019, maxLeaves: 64, minSamplesLeaf: 28, featureFraction: 0.55, l1: 0.91, l2: 1.9 },
  }),
  randomForest('Random forest, leaves of 40', { featureFraction: 0.75, minSamplesLeaf: 40 }),
  randomThresholds('Boosting, random thresholds, 5 leaves', {
    ...{ learningRate: 0.013, maxLeaves: 5, minSamplesLeaf: 12, featureFraction: 0.73 },
  }),
  leafWise('Boosting, 84 leaves', {
    learningRate: 0.011,
    maxLeaves: 84,
    minSamplesLeaf: 3,
    featureFraction: 0.53,
    l2: 0.84,
  }),
  extraTrees('Extra trees', { featureFraction: 0.75, minSamplesLeaf: 1 }),
  randomForest('Random forest', { featureFraction: 0.75, minSamplesLeaf: 1 }),
  randomThresholds('Boosting, random thresholds, 180 leaves', {
    ...{ learningRate: 0.018, maxLeaves: 180, minSamplesLeaf: 12, featureFraction: 0.4, l1: 0.77, l2: 1.6 },
  }),
  leafWise('Boosting, 128 leaves', { learningRate: 0.03, maxLeaves: 128, minSamplesLeaf: 3, featureFraction: 0.9 }),
  randomThresholds('Boosting, random thresholds, 8 leaves', {
    ...{ learningRate: 0.0074, maxLeaves: 8, minSamplesLeaf: 15, featureFraction: 0.42, rowFraction: 0.72 },
  }),
  leafWise('Boosting, stumps', { learningRate: 0.009, maxLeaves: 2, minSamplesLeaf: 17 }),
];

/** Of a LINEAR by default: the factors that its penalty is tried with after all else. */
const PENALTIES = [0.1, 10, 100];
const FEATURES_PER_L2 = 20;

/**
 * The candidates for a table of this size, `count` at most: those of the list, then boosting with settings drawn at random. The
 * first ones are the same whatever `count` is.
 */
export function portfolio(size: DefaultsSize, count: number, seed: number): readonly Candidate[] {
  const base = Math.max(1, size.features / FEATURES_PER_L2);
  const linear = PENALTIES.map(
    (factor): Entry => ({
      name: `Linear, penalty × ${factor}`,
      algorithm: 'LINEAR',
      parameters: { l2: factor * base },
    }),
  );
  const random = createRandom(seed);
  const listed = [...PORTFOLIO, ...linear];
  const drawn = Array.from({ length: Math.max(0, count - listed.length) }, (_, i) => draw(i + 1, random));
  return [...listed, ...drawn].slice(0, count).map((entry) => candidateOf(entry, size, seed));
}

function candidateOf({ name, algorithm, parameters }: Entry, size: DefaultsSize, seed: number): Candidate {
  const { parameters: specs } = LEARNERS[algorithm];
  const takesSeed = specs.some((spec) => spec.name === 'seed');
  const given = { ...parameters, ...roundsFor(parameters, size), ...(takesSeed ? { seed } : {}) };
  return { name, algorithm, parameters: resolveSpecs(specs, given, size) };
}

/** A boosting whose learning rate is given gets its rounds by that. */
function roundsFor({ learningRate, trees }: Entry['parameters'], { trainRows }: DefaultsSize): Entry['parameters'] {
  if (typeof learningRate !== 'number') return {};
  if (trainRows < MIN_ROWS_TO_STOP) {
    const rounds = Math.round(SMALL_TABLE_LEARNING / learningRate);
    return { trees: typeof trees === 'number' ? Math.min(trees, rounds) : rounds, earlyStoppingRounds: 0 };
  }
  if (typeof trees === 'number') return {};
  return {
    trees: Math.min(MAX_ROUNDS, Math.round(MAX_LEARNING / learningRate)),
    earlyStoppingRounds: Math.min(1_000, Math.round(LEARNING_TO_WAIT_FOR / learningRate)),
  };
}

function draw(number: number, random: Random): Entry {
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const byFactors = (low: number, high: number) => low * (high / low) ** random.uniform();
  const rounded = (value: number) => Number(value.toPrecision(3));
  return leafWise(`Boosting, drawn ${number}`, {
    learningRate: rounded(byFactors(0.008, 0.06)),
    featureFraction: rounded(between(0.4, 1)),
    rowFraction: rounded(between(0.7, 1)),
    maxLeaves: Math.round(byFactors(2, 200)),
    minSamplesLeaf: Math.round(byFactors(1, 64)),
    randomThresholds: random.below(2) === 1,
    l1: rounded(byFactors(1e-4, 1)),
    l2: rounded(byFactors(1e-4, 2)),
  });
}
