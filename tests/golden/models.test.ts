import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { LEARNER_NAMES, type LearnerName } from '../../src/ml/learners/learner-names.ts';
import { readTarget } from '../../src/ml/preprocessing/target.ts';
import { SPLIT_STRATEGIES, type SplitRequest, splitRows } from '../../src/ml/split/split.ts';
import type { Task } from '../../src/ml/task.ts';
import type { TrainedModel, TrainingRequest } from '../../src/ml/train-model.ts';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import { predictTable } from '../../src/runtime/predict/predict.ts';
import { MIXED_FEATURES, mixedTable, numbers, request, table, texts, train } from '../ml/made-tables.ts';
import { goldenPlan, PLAN_NAME } from './golden-plan.ts';

const WHAT_TO_DO =
  'What is trained, or predicted, from the same rows, parameters and seed has changed. If that is meant: ' +
  'vitest run tests/golden --update, commit tests/golden/models.txt, and say in CHANGELOG.md what changed. ' +
  'If it is not: a change is silent that users would see as other models.';

const data = mixedTable(300);

const TARGETS = [
  { target: 'yes', task: 'CLASSIFICATION' },
  { target: 'size', task: 'CLASSIFICATION' },
  { target: 'amount', task: 'REGRESSION' },
] as const;

/** What is trained beside the defaults, with few trees: every random part, and every way to stop. */
const VARIANTS: Readonly<Record<LearnerName, readonly Readonly<Record<string, unknown>>[]>> = {
  BASELINE: [{}],
  LINEAR: [{}, { l2: 0, maxIterations: 3, classWeight: 'BALANCED' }],
  DECISION_TREE: [{}, { minSamplesLeaf: 1, maxLeaves: 12, pruningAlpha: 0.001, maxBins: 16 }],
  RANDOM_FOREST: [{ trees: 8 }, { trees: 8, rowFraction: 0.7, featureFraction: 0.5, classWeight: 'BALANCED', seed: 5 }],
  EXTRA_TREES: [{ trees: 8 }, { trees: 8, rowFraction: 0.7, featureFraction: 0.5, classWeight: 'BALANCED', seed: 5 }],
  GRADIENT_BOOSTING: [
    { trees: 8 },
    { trees: 40, learningRate: 0.5, rowFraction: 0.7, featureFraction: 0.6, earlyStoppingRounds: 3, seed: 5 },
    { trees: 8, l1: 0.5, randomThresholds: true },
    { trees: 8, sharedTrees: true },
    { trees: 8, loss: 'QUANTILE', quantile: 0.8 },
    { trees: 8, linearLeaves: true },
  ],
};

function hashOf(bytes: NodeJS.ArrayBufferView): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** The figure that tells most of the model: it says whether a change is one of rounding, or of substance. */
function scoreOf({ metrics }: TrainedModel): string {
  return metrics.task === 'CLASSIFICATION' ? `logLoss ${metrics.logLoss?.toFixed(6)}` : `R2 ${metrics.r2?.toFixed(6)}`;
}

function modelLine(
  algorithm: LearnerName,
  target: string,
  task: Task,
  parameters: Readonly<Record<string, unknown>>,
): string {
  const wanted = request(data, target, task, algorithm, MIXED_FEATURES, parameters);
  return lineOf(`${algorithm} of ${target} ${JSON.stringify(parameters)}`, wanted);
}

/** Of AUTO by a plan: what it finds by itself depends on what is tried, which may well be changed. */
function plannedLine(target: string, task: Task): string {
  const wanted = request(data, target, task, 'AUTO', MIXED_FEATURES);
  return lineOf(`AUTO of ${target} by ${PLAN_NAME}`, { ...wanted, plan: goldenPlan() });
}

function lineOf(title: string, wanted: TrainingRequest): string {
  const { trained } = train(wanted);
  const predictions = predictTable(parseModel(trained.modelBytes), data);
  const outputs = predictions.task === 'CLASSIFICATION' ? predictions.probabilities : predictions.values;
  return [
    `${title}:`,
    `${trained.modelBytes.length} bytes`,
    `model ${hashOf(trained.modelBytes)}`,
    `predictions ${hashOf(outputs)}`,
    scoreOf(trained),
  ].join(' ');
}

/** Which rows are test rows, by each strategy. */
function splitLines(): string[] {
  const column = data.columns.find(({ name }) => name === 'size')!;
  const parts = texts(
    'part',
    Array.from({ length: 300 }, (_, row) => (row % 7 === 2 ? 'test' : 'train')),
  );
  const groups = texts(
    'group',
    Array.from({ length: 300 }, (_, row) => (row % 50 === 7 ? null : `group ${(row * 7) % 43}`)),
  );
  const times = numbers(
    'time',
    Array.from({ length: 300 }, (_, row) => (row % 50 === 7 ? null : (row * 7) % 90)),
  );
  const columns: Partial<Record<SplitRequest['strategy'], string>> = { COLUMN: 'part', GROUP: 'group', TIME: 'time' };
  return SPLIT_STRATEGIES.map((strategy) => {
    const split = { strategy, testFraction: 0.2, column: columns[strategy] ?? null, seed: 3 };
    const { test: tested } = splitRows(
      split,
      table(column, parts, groups, times),
      readTarget(column, 'CLASSIFICATION'),
    );
    return `${strategy}: ${tested.length} test rows ${hashOf(tested)}`;
  });
}

test('the same rows, parameters and seed give the models that they gave before', async () => {
  const models = LEARNER_NAMES.flatMap((algorithm) =>
    TARGETS.flatMap(({ target, task }) =>
      VARIANTS[algorithm]
        .filter((parameters) => !('loss' in parameters || 'linearLeaves' in parameters) || task === 'REGRESSION')
        .map((parameters) => modelLine(algorithm, target, task, parameters)),
    ),
  );
  const planned = TARGETS.map(({ target, task }) => plannedLine(target, task));
  const lines = ['Hashes are the first 16 digits of SHA-256.', ...splitLines(), ...models, ...planned];
  await expect(`${lines.join('\n')}\n`, WHAT_TO_DO).toMatchFileSnapshot('models.txt');
});
