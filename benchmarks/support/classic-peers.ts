import { createRequire } from 'node:module';
import type { Table } from '../../src/tabular/types/column.ts';

/** A trainer of another library: trains on some rows of a table of numbers, then tells for others how probable "yes" is. */
export interface ClassicPeer {
  readonly name: string;
  /** What differs from its defaults, or what they are where they cannot be changed. */
  readonly settings: string;
  /** Ours to compare it with. */
  readonly own: string;
  /**
   * Loads the library and brings the rows into its form, which is not measured; `train` is. `predict` gives the
   * probability of "yes", or 0 and 1 where the library gives labels only.
   */
  prepare(table: Table, trainRows: Int32Array, testRows: Int32Array): Promise<PreparedPeer>;
}

export interface PreparedPeer {
  train(): void;
  predict(): ArrayLike<number>;
}

/** What of ml-cart, ml-random-forest, ml-logistic-regression and ml-matrix is used here. */
interface MlTree {
  train(rows: number[][], labels: number[]): void;
  predict(rows: number[][]): number[];
}
interface MlForest extends MlTree {
  predictProbability(rows: number[][], label: number): number[];
}
interface MlMatrix {
  readonly rows: number;
}
interface MlLogistic {
  readonly classifiers: readonly { testScores(rows: MlMatrix): number[] }[];
  train(rows: MlMatrix, labels: MlMatrix): void;
}

/** What of ydf-training is used here. */
interface Ydf {
  readonly CartLearner: YdfLearner;
  readonly RandomForestLearner: YdfLearner;
  readonly GradientBoostedTreesLearner: YdfLearner;
}
type YdfLearner = new (label: string, task: 'CLASSIFICATION') => { train(data: YdfData): YdfModel };
type YdfData = Readonly<Record<string, readonly (number | string)[]>>;
interface YdfModel {
  predict(data: YdfData): number[];
  getLabelClasses(): string[];
}

/** The libraries are those of benchmarks/package.json, which the project itself does not have. */
const load = createRequire(new URL('../package.json', import.meta.url));

/** Steps of gradient descent: the number in its documentation's example. */
const LOGISTIC_STEPS = 1000;

/**
 * The library adds up the gradient of all rows, so that its fixed default, 0.0005, is too much from some thousand rows on.
 * Features are standardised: 4 over the rows is then about the largest step that still descends.
 */
const LOGISTIC_STEP_OF_ROWS = 4;

export const CLASSIC_PEERS: readonly ClassicPeer[] = [
  {
    name: 'ml-cart',
    settings: 'maxDepth 8, minNumSamples 10; labels only',
    own: 'DECISION_TREE',
    async prepare(table, trainRows, testRows) {
      const { DecisionTreeClassifier } = load('ml-cart') as { DecisionTreeClassifier: new (options: object) => MlTree };
      const tree = new DecisionTreeClassifier({ maxDepth: 8, minNumSamples: 10 });
      const [rows, labels, tested] = [
        matrixOf(table, trainRows),
        labelsOf(table, trainRows),
        matrixOf(table, testRows),
      ];
      return { train: () => tree.train(rows, labels), predict: () => tree.predict(tested) };
    },
  },
  {
    name: 'ml-random-forest',
    settings: '100 trees, minNumSamples 10, no out-of-bag estimate',
    own: 'RANDOM_FOREST',
    async prepare(table, trainRows, testRows) {
      const { RandomForestClassifier } = load('ml-random-forest') as {
        RandomForestClassifier: new (options: object) => MlForest;
      };
      const options = { nEstimators: 100, seed: 1, noOOB: true };
      const forest = new RandomForestClassifier({ ...options, treeOptions: { minNumSamples: 10 } });
      const [rows, labels, tested] = [
        matrixOf(table, trainRows),
        labelsOf(table, trainRows),
        matrixOf(table, testRows),
      ];
      return { train: () => forest.train(rows, labels), predict: () => forest.predictProbability(tested, 1) };
    },
  },
  {
    name: 'ml-logistic-regression',
    settings: `${LOGISTIC_STEPS} steps of 4 over the rows, standardised, with a column of ones: it has no intercept`,
    own: 'LINEAR',
    async prepare(table, trainRows, testRows) {
      const LogisticRegression = load('ml-logistic-regression') as new (options: object) => MlLogistic;
      const { Matrix } = load('ml-matrix') as {
        Matrix: (new (rows: number[][]) => MlMatrix) & { columnVector(values: number[]): MlMatrix };
      };
      const learningRate = LOGISTIC_STEP_OF_ROWS / trainRows.length;
      const regression = new LogisticRegression({ numSteps: LOGISTIC_STEPS, learningRate });
      const withOnes = (rows: Int32Array): number[][] => standardised(table, trainRows, rows).map((row) => [1, ...row]);
      const [train, tested] = [new Matrix(withOnes(trainRows)), new Matrix(withOnes(testRows))];
      const labels = Matrix.columnVector(labelsOf(table, trainRows));
      return {
        train: () => regression.train(train, labels),
        // One against the rest: the classifier of label 0 gives the probability of the others.
        predict: () => regression.classifiers[0]?.testScores(tested) ?? [],
      };
    },
  },
  ydfPeer(
    'CartLearner',
    'its own: depth 16, at least 5 rows in a leaf, pruned on a tenth of the rows',
    'DECISION_TREE',
  ),
  ydfPeer('RandomForestLearner', 'its own: 300 trees of depth 16, at least 5 rows in a leaf', 'RANDOM_FOREST'),
  ydfPeer(
    'GradientBoostedTreesLearner',
    'its own: up to 300 trees of depth 6, learning rate 0.1, early stopping on a tenth of the rows',
    'GRADIENT_BOOSTING',
  ),
];

/** A trainer of ydf-training, Google's Yggdrasil Decision Forests as WebAssembly: its parameters cannot be chosen. */
function ydfPeer(learner: keyof Ydf, settings: string, own: string): ClassicPeer {
  return {
    name: `ydf-training ${learner.replace('Learner', '')}`,
    settings,
    own,
    async prepare(table, trainRows, testRows) {
      const ydf = await (load('ydf-training') as () => Promise<Ydf>)();
      const [train, tested] = [ydfData(table, trainRows), ydfData(table, testRows)];
      let model: YdfModel | null = null;
      return {
        train() {
          model = new ydf[learner]('label', 'CLASSIFICATION').train(train);
        },
        predict() {
          const probabilities = model?.predict(tested) ?? [];
          return model?.getLabelClasses()[1] === 'yes' ? probabilities : probabilities.map((value) => 1 - value);
        },
      };
    },
  };
}

function numbersOf(table: Table): Float64Array[] {
  return table.columns.flatMap((column) => (column.storage === 'number' ? [column.values] : []));
}

function matrixOf(table: Table, rows: Int32Array): number[][] {
  const columns = numbersOf(table);
  return Array.from(rows, (row) => columns.map((values) => values[row]!));
}

/** 1 for "yes", else 0. */
function labelsOf(table: Table, rows: Int32Array): number[] {
  const label = table.columns.at(-1);
  if (label?.storage !== 'label') throw new Error('the last column is the label');
  return Array.from(rows, (row) => (label.labels[label.codes[row]!] === 'yes' ? 1 : 0));
}

/** The numbers of `rows`, less the mean of the training rows and over their standard deviation. */
function standardised(table: Table, trainRows: Int32Array, rows: Int32Array): number[][] {
  const scales = numbersOf(table).map((values) => {
    const mean = trainRows.reduce((sum, row) => sum + values[row]!, 0) / trainRows.length;
    const variance = trainRows.reduce((sum, row) => sum + (values[row]! - mean) ** 2, 0) / trainRows.length;
    return { mean, deviation: Math.sqrt(variance) };
  });
  return matrixOf(table, rows).map((row) =>
    row.map((value, j) => (value - (scales[j]?.mean ?? 0)) / (scales[j]?.deviation ?? 1)),
  );
}

function ydfData(table: Table, rows: Int32Array): YdfData {
  return Object.fromEntries(
    table.columns.map((column) => [
      column.name,
      Array.from(rows, (row) =>
        column.storage === 'number' ? column.values[row]! : (column.labels[column.codes[row]!] ?? ''),
      ),
    ]),
  );
}
