/**
 * Claim: what depends on the day of the year, the day of the month or the days between two dates is learned by every algorithm.
 *
 *   node benchmarks/dates.ts
 *
 * Made-up tables of 4,000 rows over four years; every fifth row is a test row. Prints R2. benchmarks/dates.txt has what it printed.
 */
import { resolveParameters } from '../src/ml/parameters/parameters.ts';
import { createRandom, type Random } from '../src/ml/random.ts';
import { ALGORITHM_NAMES } from '../src/ml/registry.ts';
import { runToEnd } from '../src/ml/steps.ts';
import { trainModel } from '../src/ml/train-model.ts';
import type { Column, Table } from '../src/tabular/types/column.ts';

const ROWS = 4_000;
const DAY = 86_400_000;
const FIRST = Date.UTC(2021, 0, 1);

/** Timestamps, and how far something is along from each to the target. */
interface Drawn {
  readonly first: number;
  readonly second: number;
  readonly target: number;
}

const TABLES: Readonly<Record<string, (random: Random) => Drawn>> = {
  'a season, smooth over the year, and its peak of three weeks in December': (random) => {
    const first = drawDay(random);
    const day = (first - Date.UTC(new Date(first).getUTCFullYear(), 0, 1)) / DAY;
    const peak = 12 * Math.exp(-(((day - 357) / 6) ** 2));
    return { first, second: first, target: 10 * Math.sin((2 * Math.PI * day) / 365) + peak + noise(random, 3) };
  },
  'paydays: the 25th to the 28th of the month': (random) => {
    const first = drawDay(random);
    const day = new Date(first).getUTCDate();
    return { first, second: first, target: (day >= 25 && day <= 28 ? 6 : 0) + noise(random, 3) };
  },
  'the days from an order to its delivery': (random) => {
    const first = drawDay(random);
    const days = Math.floor(-12 * Math.log(1 - random.uniform()));
    return { first, second: first + days * DAY, target: -Math.min(days, 40) / 2 + noise(random, 4) };
  },
  'no dates: noise': (random) => {
    return { first: drawDay(random), second: drawDay(random), target: noise(random, 3) };
  },
};

for (const [title, draw] of Object.entries(TABLES)) {
  console.log(`\n${title}`);
  const table = madeTable(draw);
  for (const algorithm of ALGORITHM_NAMES) {
    const names = table.columns.map(({ name }) => name).filter((name) => name !== 'target');
    const size = { trainRows: (ROWS * 4) / 5, features: names.length, labels: 0 };
    const before = performance.now();
    const { metrics } = runToEnd(
      trainModel({
        ...{ table, target: 'target', task: 'REGRESSION', features: names, algorithm },
        parameters: resolveParameters(algorithm, {}, size),
        split: { strategy: 'INTERLEAVED', testFraction: 0.2, column: null, seed: 0 },
      }),
    );
    const score = metrics.task === 'REGRESSION' ? metrics.r2?.toFixed(3) : null;
    console.log(`  ${algorithm.padEnd(18)} R2 ${score}  ${((performance.now() - before) / 1000).toFixed(1)} s`);
  }
}

function madeTable(draw: (random: Random) => Drawn): Table {
  const random = createRandom(7);
  const rows = Array.from({ length: ROWS }, () => draw(random));
  const column = (name: string, kind: Column['kind'], numberOf: (row: Drawn) => number): Column => {
    return { storage: 'number', name, kind, values: Float64Array.from(rows, numberOf) };
  };
  const second = column('second', 'DATETIME', ({ second: timestamp }) => timestamp);
  return {
    rowCount: ROWS,
    columns: [
      column('first', 'DATETIME', ({ first }) => first),
      ...(rows.some((row) => row.first !== row.second) ? [second] : []),
      column('target', 'NUMERIC', ({ target }) => target),
    ],
  };
}

function drawDay(random: Random): number {
  return FIRST + random.below(4 * 365) * DAY;
}

/** About normal: the sum of twelve uniform numbers. */
function noise(random: Random, deviation: number): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.uniform();
  return sum * deviation;
}
