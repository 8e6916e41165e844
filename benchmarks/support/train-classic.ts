/** A process that benchmarks/classic.ts starts: one trainer on one table. */

import { evaluateClasses } from '../../src/ml/evaluation/evaluate-classes.ts';
import { SINGLE_THREAD } from '../../src/ml/parallel/pool-jobs.ts';
import { float64ArrayFrom, int32ArrayFrom } from '../../src/ml/parallel/typed-arrays.ts';
import { resolveParameters } from '../../src/ml/parameters/parameters.ts';
import type { AlgorithmName } from '../../src/ml/registry.ts';
import { type TrainingRequest, trainModel } from '../../src/ml/train-model.ts';
import { peakMegabytes, report } from './child.ts';
import { CLASSIC_PEERS } from './classic-peers.ts';
import { type MadeTable, madeTable } from './made-table.ts';
import { timeTraining } from './timed-training.ts';

export interface ClassicOrder {
  readonly trainRows: number;
  /** Ours, null for a peer or for the best that there can be. */
  readonly algorithm: AlgorithmName | null;
  readonly parameters: Readonly<Record<string, number>>;
  /** The name of a peer, or null. */
  readonly peer: string | null;
}

export interface ClassicReport {
  /** Of training alone. */
  readonly seconds: number;
  readonly accuracy: number;
  readonly auc: number;
  readonly megabytes: number;
}

type Scores = Pick<ClassicReport, 'accuracy' | 'auc'>;

/** Every fifth row is a test row, but for small tables these are too few to tell trainers apart. */
const MIN_TEST_ROWS = 20_000;
const NUMBER_COUNT = 10;

const order = JSON.parse(process.argv[2] ?? '') as ClassicOrder;
const testCount = Math.max(MIN_TEST_ROWS, order.trainRows / 4);
const rowCount = order.trainRows + testCount;
const made = madeTable({ rowCount, numberCount: NUMBER_COUNT, categoryCount: 0, missingShare: 0, seed: 1 });
const trainRows = int32ArrayFrom(order.trainRows, (i) => i);
const testRows = int32ArrayFrom(testCount, (i) => order.trainRows + i);
const outcome =
  order.algorithm !== null
    ? trainOwn(made, order.algorithm)
    : order.peer !== null
      ? await trainPeer(order.peer)
      : best();
report({ ...outcome, megabytes: peakMegabytes() } satisfies ClassicReport);

function trainOwn({ table, features }: MadeTable, algorithm: AlgorithmName): Scores & { readonly seconds: number } {
  const request: TrainingRequest = {
    table,
    target: 'label',
    task: 'CLASSIFICATION',
    features,
    algorithm,
    parameters: resolveParameters(algorithm, order.parameters),
    split: { strategy: 'LAST', testFraction: testCount / rowCount, column: null, seed: 0 },
  };
  // The others have one thread.
  const { fit, metrics } = timeTraining(trainModel, request, SINGLE_THREAD);
  if (metrics.task !== 'CLASSIFICATION') throw new Error('labels were asked for');
  return { seconds: fit, accuracy: metrics.accuracy, auc: metrics.rocAuc ?? Number.NaN };
}

async function trainPeer(name: string): Promise<Scores & { readonly seconds: number }> {
  const peer = CLASSIC_PEERS.find((candidate) => candidate.name === name);
  if (peer === undefined) throw new Error(`there is no ${name}`);
  const prepared = await peer.prepare(made.table, trainRows, testRows);
  const startedAt = performance.now();
  prepared.train();
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, ...scoresOf(prepared.predict()) };
}

/** What a model would score that knows from which probabilities the labels were drawn. */
function best(): Scores & { readonly seconds: number } {
  return { seconds: 0, ...scoresOf(made.probabilities.subarray(order.trainRows)) };
}

/** Of the test rows, from the probability of "yes" for each. */
function scoresOf(probabilities: ArrayLike<number>): Scores {
  const label = made.table.columns.at(-1);
  if (label?.storage !== 'label') throw new Error('the last column is the label');
  const actual = int32ArrayFrom(testCount, (i) => label.codes[testRows[i]!]!);
  const chosen = int32ArrayFrom(testCount, (i) => (probabilities[i]! > 0.5 ? 1 : 0));
  const both = float64ArrayFrom(2 * testCount, (i) =>
    i % 2 === 1 ? probabilities[i >> 1]! : 1 - probabilities[i >> 1]!,
  );
  const answers = { actual, predicted: chosen, probabilities: both, labelCount: 2 };
  const scoring = evaluateClasses(answers, label.labels, NUMBER_COUNT);
  let step = scoring.next();
  while (step.done !== true) step = scoring.next();
  const { accuracy, rocAuc } = step.value.metrics;
  return { accuracy, auc: rocAuc ?? Number.NaN };
}
