/**
 * Claim: a column of many categories is worth what it tells, to every algorithm.
 *
 *   node benchmarks/many-categories.ts
 *
 * Made-up tables of stores, each with a level of its own, a number x, and noise; every fifth row is a test row. Prints R2 of the
 * sales, and accuracy and log-loss of whether they are above 0.5. benchmarks/defaults.txt has what it printed.
 */
import { resolveParameters } from '../src/ml/parameters/parameters.ts';
import { createRandom, type Random } from '../src/ml/random.ts';
import { ALGORITHM_NAMES } from '../src/ml/registry.ts';
import { runToEnd } from '../src/ml/steps.ts';
import { trainModel } from '../src/ml/train-model.ts';
import type { Table } from '../src/tabular/types/column.ts';

/** How many stores, how many rows of each, and the standard deviation of noise; the levels' own is 2. */
const TABLES = [
  { stores: 600, rowsOfStore: 50, noise: 1 },
  { stores: 2_000, rowsOfStore: 8, noise: 1 },
  { stores: 300, rowsOfStore: 5, noise: 2 },
] as const;

const TARGETS = [
  { target: 'sales', task: 'REGRESSION', labels: 0 },
  { target: 'good', task: 'CLASSIFICATION', labels: 2 },
] as const;

for (const made of TABLES) {
  const table = storesTable(made);
  for (const { target, task, labels } of TARGETS) {
    for (const algorithm of ALGORITHM_NAMES) {
      const size = { trainRows: 0.8 * table.rowCount, features: 2, labels };
      const { metrics } = runToEnd(
        trainModel({
          ...{ table, target, task, algorithm, features: ['store', 'x'] },
          parameters: resolveParameters(algorithm, {}, size),
          split: { strategy: 'INTERLEAVED', testFraction: 0.2, column: null, seed: 0 },
        }),
      );
      const scores =
        metrics.task === 'REGRESSION'
          ? [['R2', metrics.r2]]
          : [
              ['accuracy', metrics.accuracy],
              ['loss', metrics.logLoss],
            ];
      const written = scores.map(([name, score]) => `${name} ${Number(score).toFixed(3)}`);
      console.log(
        `${made.stores} x ${made.rowsOfStore}, noise ${made.noise}: ${algorithm}, ${target}: ${written.join(', ')}`,
      );
    }
  }
}

function storesTable({ stores, rowsOfStore, noise }: (typeof TABLES)[number]): Table {
  const random = createRandom(7);
  const rowCount = stores * rowsOfStore;
  const levels = Float64Array.from({ length: stores }, () => normal(random));
  const codes = shuffled(
    Int32Array.from({ length: rowCount }, (_, row) => row % stores),
    random,
  );
  const x = Float64Array.from({ length: rowCount }, () => random.uniform());
  const sales = Float64Array.from(x, (value, row) => 2 * levels[codes[row]!]! + value + noise * normal(random));
  const labels = Array.from({ length: stores }, (_, store) => `store ${store}`);
  return {
    rowCount,
    columns: [
      { storage: 'label', name: 'store', kind: 'CATEGORICAL', codes, labels },
      { storage: 'number', name: 'x', kind: 'NUMERIC', values: x },
      { storage: 'number', name: 'sales', kind: 'NUMERIC', values: sales },
      {
        ...{ storage: 'label', name: 'good', kind: 'CATEGORICAL', labels: ['no', 'yes'] },
        codes: Int32Array.from(sales, (value) => (value > 0.5 ? 1 : 0)),
      },
    ],
  };
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

function shuffled(values: Int32Array, random: Random): Int32Array {
  for (let last = values.length - 1; last > 0; last--) {
    const drawn = random.below(last + 1);
    [values[last], values[drawn]] = [values[drawn]!, values[last]!];
  }
  return values;
}
