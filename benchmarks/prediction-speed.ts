/**
 * Claim: on one thread, from typed columns to probabilities, a GRADIENT_BOOSTING model of 100 trees (depth 6, 20 features)
 * predicts at least 1,000,000 rows a second, and one row from a JavaScript object in less than 50 microseconds.
 *
 *   node benchmarks/prediction-speed.ts [--rows 50000]
 *
 * The other algorithms and more classes are shown without a bar. The table is made up by a generator with a seed: 20
 * columns, of which four are categories, two have missing values, one is a date; in the first model they are all numbers.
 * Each figure is the best of 20 runs, in time on the clock and in time of the processor, which other programs on the
 * machine stretch less.
 */
import { parseArgs } from 'node:util';
import { resolveParameters } from '../src/ml/parameters/parameters.ts';
import { createRandom } from '../src/ml/random.ts';
import type { AlgorithmName } from '../src/ml/registry.ts';
import { trainModel } from '../src/ml/train-model.ts';
import { parseModel } from '../src/runtime/format/model-file-schema.ts';
import type { Model } from '../src/runtime/model.ts';
import { predictTable } from '../src/runtime/predict/predict.ts';
import { createRowPredictor } from '../src/runtime/predict/predict-row.ts';
import type { Column, Table } from '../src/tabular/types/column.ts';

const { values: options } = parseArgs({ options: { rows: { type: 'string', default: '50000' } } });
const ROWS = Number(options.rows);
const TRAINING_ROWS = 10_000;
const FEATURES = Array.from({ length: 20 }, (_, f) => `x${f}`);

/** Columns x0 to x19, and what is to be predicted of them: two labels, 26 labels, a number. */
function madeUpTable(rowCount: number, mixed: boolean, seed: number): Table {
  const random = createRandom(seed);
  const columns = FEATURES.map((name, f): Column => {
    if (mixed && f % 5 === 1) {
      const labels = Array.from({ length: 3 * (f + 1) }, (_, code) => `label ${code}`);
      const codes = Int32Array.from({ length: rowCount }, () => random.below(labels.length));
      return { storage: 'label', name, kind: 'CATEGORICAL', codes, labels };
    }
    const lack = mixed && f % 10 === 2 ? 0.1 : 0;
    const kind = mixed && f === 3 ? 'DATETIME' : 'NUMERIC';
    const scale = kind === 'DATETIME' ? 1e12 : 1;
    const values = Float64Array.from({ length: rowCount }, () =>
      random.uniform() < lack ? Number.NaN : random.uniform() * scale,
    );
    return { storage: 'number', name, kind, values };
  });
  const level = Float64Array.from({ length: rowCount }, (_, row) => {
    const at = (f: number): number => {
      const column = columns[f]!;
      if (column.storage === 'label') return column.codes[row]! / column.labels.length;
      const value = column.values[row]! / (column.kind === 'DATETIME' ? 1e12 : 1);
      return Number.isNaN(value) ? 0.5 : value;
    };
    let sum = 2 * Math.sin(6 * at(0)) + 3 * at(1) * at(2) + random.uniform();
    for (let f = 3; f < FEATURES.length; f++) sum += at(f) * ((f % 3) - 1);
    return sum;
  });
  const labelled = (name: string, count: number): Column => {
    const sorted = level.slice().sort();
    const bounds = Array.from({ length: count - 1 }, (_, k) => sorted[Math.floor(((k + 1) * rowCount) / count)]!);
    const codes = Int32Array.from(level, (value) => bounds.filter((bound) => bound < value).length);
    const labels = Array.from({ length: count }, (_, k) => String.fromCharCode(97 + k));
    return { storage: 'label', name, kind: 'CATEGORICAL', codes, labels };
  };
  const amount: Column = { storage: 'number', name: 'amount', kind: 'NUMERIC', values: level };
  return { rowCount, columns: [...columns, labelled('two', 2), labelled('many', 26), amount] };
}

interface Contest {
  readonly algorithm: AlgorithmName;
  readonly target: 'two' | 'many' | 'amount';
  readonly isMixed: boolean;
  readonly parameters: Readonly<Record<string, number>>;
}

const BOOSTED = { trees: 100, maxDepth: 6 };

const CONTESTS: readonly Contest[] = [
  { algorithm: 'GRADIENT_BOOSTING', target: 'two', isMixed: false, parameters: BOOSTED },
  { algorithm: 'GRADIENT_BOOSTING', target: 'two', isMixed: true, parameters: BOOSTED },
  { algorithm: 'GRADIENT_BOOSTING', target: 'amount', isMixed: true, parameters: BOOSTED },
  { algorithm: 'GRADIENT_BOOSTING', target: 'many', isMixed: true, parameters: { trees: 10, maxDepth: 6 } },
  { algorithm: 'DECISION_TREE', target: 'two', isMixed: true, parameters: {} },
  { algorithm: 'RANDOM_FOREST', target: 'two', isMixed: true, parameters: {} },
  { algorithm: 'RANDOM_FOREST', target: 'many', isMixed: true, parameters: {} },
  { algorithm: 'LINEAR', target: 'two', isMixed: true, parameters: {} },
  { algorithm: 'LINEAR', target: 'many', isMixed: true, parameters: {} },
];

function train({ algorithm, target, isMixed, parameters }: Contest): Model {
  const training = trainModel({
    table: madeUpTable(TRAINING_ROWS, isMixed, 1),
    target,
    task: target === 'amount' ? 'REGRESSION' : 'CLASSIFICATION',
    features: FEATURES,
    algorithm,
    parameters: resolveParameters(algorithm, parameters),
    split: { strategy: 'INTERLEAVED', testFraction: 0.2, column: null, seed: 0 },
  });
  for (;;) {
    const step = training.next();
    if (step.done === true) return parseModel(step.value.modelBytes);
  }
}

/** The shortest of 20 runs, in milliseconds. */
function best(run: () => void): { readonly clock: number; readonly processor: number } {
  const times = Array.from({ length: 20 }, () => {
    const start = performance.now();
    const used = process.cpuUsage();
    run();
    return { clock: performance.now() - start, processor: process.cpuUsage(used).user / 1000 };
  });
  return {
    clock: Math.min(...times.map(({ clock }) => clock)),
    processor: Math.min(...times.map(({ processor }) => processor)),
  };
}

/** The table's rows as an application would have them. */
function objectsOf(table: Table, count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(
      FEATURES.map((name, f) => {
        const column = table.columns[f]!;
        return [name, column.storage === 'label' ? column.labels[column.codes[row]!]! : column.values[row]!];
      }),
    ),
  );
}

function perSecond(milliseconds: number): string {
  return Math.round((ROWS * 1000) / milliseconds).toLocaleString('en-US');
}

const tables = { mixed: madeUpTable(ROWS, true, 2), numbers: madeUpTable(ROWS, false, 2) };
console.log(`${ROWS.toLocaleString('en-US')} rows, 20 features, one thread`);
console.log(`${'model'.padEnd(38)}    rows/s (clock)    rows/s (processor)   µs for one row from an object`);
for (const contest of CONTESTS) {
  const model = train(contest);
  const table = contest.isMixed ? tables.mixed : tables.numbers;
  const batch = best(() => predictTable(model, table));
  const objects = objectsOf(table, 1000);
  const predictRow = createRowPredictor(model);
  const single = best(() => {
    for (const row of objects) predictRow(row);
  });
  const { estimator } = model;
  const trees = 'roots' in estimator ? `, ${estimator.roots.length} trees` : '';
  const labels = model.labels === null ? 'a number' : `${model.labels.length} labels`;
  const name = `${contest.algorithm}, ${labels}${trees}${contest.isMixed ? '' : ' *'}`;
  // A thousand rows in milliseconds are microseconds for one.
  const cells = [perSecond(batch.clock).padStart(14), perSecond(batch.processor).padStart(21), single.clock.toFixed(1)];
  console.log(`${name.padEnd(44)}${cells.join('  ').padEnd(40)}`.trimEnd());
}
console.log('* numbers only; the others have four categories, two columns with missing values, one date');
