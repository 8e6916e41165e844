/**
 * Claim: of the intervals of R2, which are to hold the R2 of all rows of the kind in 95 % of tests, 90 % and more do with normal
 * errors and with those of heavy tails, of 10 rows 87 %; where few rows make up most of the truth's spread too, 84 %.
 *
 *   node benchmarks/r2-interval-coverage.ts [--tests 1000]
 *
 * Made-up tests of so many rows: a truth, and a prediction that explains some of it. The R2 of the kind is that of two million
 * rows. Errors: normal; Student's t of 5 degrees; a truth of the exponential of a normal number (as incomes are), whose errors
 * grow with it. Beside them the percentile bootstrap, which these intervals were before. Exit code 1 if one covers less.
 */
import { parseArgs } from 'node:util';
import { r2Interval } from '../src/ml/evaluation/r2-interval.ts';
import { createRandom, type Random } from '../src/ml/random.ts';
import { runToEnd } from '../src/ml/steps.ts';

const ROWS = [10, 30, 100, 1000];
const OF_ALL = 2_000_000;

const { values } = parseArgs({ options: { tests: { type: 'string', default: '1000' } } });
const testCount = Number(values.tests);

type Row = readonly [actual: number, predicted: number];

const KINDS: Readonly<Record<string, (random: Random) => Row>> = {
  normal: (random) => {
    const predicted = normal(random);
    return [predicted + 0.7 * normal(random), predicted];
  },
  'Student 5': (random) => {
    const predicted = normal(random);
    return [predicted + 0.5 * student(random, 5), predicted];
  },
  'log-normal': (random) => {
    const known = 0.5 * normal(random);
    return [Math.exp(known + 0.3 * normal(random)), Math.exp(known)];
  },
};

let holds = true;
console.log(
  ['kind', 'rows', 'R2', 'held', 'below', 'above', 'none', 'percentile'].map((cell) => cell.padEnd(12)).join(''),
);
for (const [kind, draw] of Object.entries(KINDS)) {
  const real = r2Of(rowsOf(createRandom(1), OF_ALL, draw));
  for (const rowCount of ROWS) {
    const random = createRandom(rowCount);
    let [held, below, above, none, byPercentile] = [0, 0, 0, 0, 0];
    for (let test = 0; test < testCount; test++) {
      const rows = rowsOf(random, rowCount, draw);
      const [actual, predicted] = rows;
      const r2 = r2Of(rows);
      const interval = runToEnd(r2Interval(actual, predicted, r2));
      if (interval === null) none++;
      else if (real < interval.low) below++;
      else if (real > interval.high) above++;
      else held++;
      if (test % 4 === 0 && isWithinPercentiles(rows, real, random)) byPercentile++;
    }
    holds &&= held / testCount >= (kind === 'log-normal' ? 0.84 : rowCount < 30 ? 0.87 : 0.9);
    const shares = [held, below, above, none].map((count) => percent(count / testCount));
    const cells = [kind, rowCount, real.toFixed(3), ...shares, percent(byPercentile / Math.ceil(testCount / 4))];
    console.log(cells.map((cell) => String(cell).padEnd(12)).join(''));
  }
}
console.log(holds ? '\nThe claim holds.' : '\nThe claim does NOT hold.');
if (!holds) process.exitCode = 1;

function rowsOf(random: Random, count: number, draw: (random: Random) => Row): readonly [Float64Array, Float64Array] {
  const actual = new Float64Array(count);
  const predicted = new Float64Array(count);
  for (let i = 0; i < count; i++) [actual[i], predicted[i]] = draw(random);
  return [actual, predicted];
}

function r2Of([actual, predicted]: readonly [Float64Array, Float64Array]): number {
  const mean = actual.reduce((sum, value) => sum + value, 0) / actual.length;
  const spread = actual.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return 1 - actual.reduce((sum, value, i) => sum + (value - (predicted[i] ?? 0)) ** 2, 0) / spread;
}

/** Whether the 2.5th and the 97.5th percentile of R2 over 400 draws of the rows hold a value. */
function isWithinPercentiles(
  [actual, predicted]: readonly [Float64Array, Float64Array],
  real: number,
  random: Random,
): boolean {
  const drawn = Float64Array.from({ length: 400 }, () => {
    const places = Int32Array.from(actual, () => random.below(actual.length));
    return r2Of([
      Float64Array.from(places, (i) => actual[i] ?? 0),
      Float64Array.from(places, (i) => predicted[i] ?? 0),
    ]);
  }).sort();
  return real >= (drawn[10] ?? 0) && real <= (drawn[389] ?? 0);
}

/** Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

function student(random: Random, degrees: number): number {
  let squares = 0;
  for (let i = 0; i < degrees; i++) squares += normal(random) ** 2;
  return normal(random) / Math.sqrt(squares / degrees);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
