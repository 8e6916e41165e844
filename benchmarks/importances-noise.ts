/**
 * Claim: of columns that tell nothing less than one in a hundred passes for more than noise, and a standard error is as large as
 * what other rows and another seed move an importance by.
 *
 *   node benchmarks/importances-noise.ts [--tables 60] [--rows 2000]
 *
 * Made-up tables of two columns that count and twenty that do not, each from a seed of its own. Targets: a label of about as
 * many yes as no, a rare label (3 %), four labels, a number, and a number with heavy tails (Student's t of 2 degrees). Two
 * importances are compared that different test rows gave, in standard errors of their difference: of a right error 95 % are
 * within 2. Exit code 1 if a claim does not hold.
 */
import { parseArgs } from 'node:util';
import { resolveParameters } from '../src/ml/parameters/parameters.ts';
import { createRandom, type Random } from '../src/ml/random.ts';
import { ALGORITHM_NAMES } from '../src/ml/registry.ts';
import { trainModel } from '../src/ml/train-model.ts';
import type { Column, Table } from '../src/tabular/types/column.ts';

const NOISE_COLUMNS = 20;
const MAX_FALSE = 0.01;

const { values } = parseArgs({
  options: { tables: { type: 'string', default: '60' }, rows: { type: 'string', default: '2000' } },
});
const tableCount = Number(values.tables);
const rowCount = Number(values.rows);

const TARGETS = [
  ['halves', 'CLASSIFICATION'],
  ['rare', 'CLASSIFICATION'],
  ['four', 'CLASSIFICATION'],
  ['number', 'REGRESSION'],
  ['heavy', 'REGRESSION'],
] as const;

let holds = true;
let [allFalse, all] = [0, 0];
print('algorithm', 'target', 'false alarms', 'of', 'told', 'within 2 errors');
for (const algorithm of ALGORITHM_NAMES.filter((name) => name !== 'BASELINE')) {
  const isEnsemble = algorithm === 'RANDOM_FOREST' || algorithm === 'GRADIENT_BOOSTING';
  const parameters = resolveParameters(algorithm, isEnsemble ? { trees: 30 } : {});
  for (const [target, task] of TARGETS) {
    let [alarms, detected, within] = [0, 0, 0];
    for (let seed = 0; seed < tableCount; seed++) {
      const table = madeTable(seed);
      const features = table.columns.map(({ name }) => name).filter((name) => name.includes(' '));
      const request = { table, features, algorithm, parameters, target, task };
      // A test on one quarter of the rows, and on another.
      const [first, second] = ['part1', 'part2'].map((column) => {
        const split = { strategy: 'COLUMN', testFraction: 0.5, column, seed: 0 } as const;
        const training = trainModel({ ...request, split });
        let step = training.next();
        while (!step.done) step = training.next();
        return new Map(step.value.featureImportances.map((found) => [found.feature, found]));
      });
      for (const feature of features) {
        const [one, other] = [first?.get(feature), second?.get(feature)];
        if (one === undefined || other === undefined) continue;
        if (feature.startsWith('noise')) alarms += [one, other].filter(({ isNoise }) => isNoise === false).length;
        else {
          detected += [one, other].filter(({ isNoise }) => isNoise === false).length;
          const error = Math.hypot(one.stddev ?? 0, other.stddev ?? 0);
          if (Math.abs(one.importance - other.importance) <= 2 * error) within++;
        }
      }
    }
    const noise = 2 * NOISE_COLUMNS * tableCount;
    allFalse += alarms;
    all += noise;
    holds &&= alarms / noise < MAX_FALSE;
    print(algorithm, target, alarms, noise, percent(detected / (4 * tableCount)), percent(within / (2 * tableCount)));
  }
}
console.log(`\nFalse alarms: ${allFalse} of ${all}, ${percent(allFalse / all)}.`);
console.log(holds ? 'The claim holds.' : 'The claim does NOT hold.');
if (!holds) process.exitCode = 1;

function madeTable(seed: number): Table {
  const random = createRandom(seed);
  const draw = () => Float64Array.from({ length: rowCount }, () => random.uniform());
  const [strong, weak] = [draw(), draw()];
  const signal = strong.map((value, i) => 2 * value + 0.7 * (weak[i] ?? 0));
  const noisy = signal.map((value) => value + 0.5 * normal(random));
  const sorted = noisy.toSorted();
  const cut = (share: number) => sorted[Math.floor(share * rowCount)] ?? 0;
  const grade = (value: number) => [0.25, 0.5, 0.75].filter((share) => value > cut(share)).length;
  const heavy = signal.map((value) => value + (0.3 * normal(random)) / Math.sqrt(-Math.log(1 - random.uniform())));
  // Of the two trainings three quarters of the rows are trained on, the last one tested on.
  const parts = Array.from({ length: rowCount }, (_, i) => i % 4);
  return {
    rowCount,
    columns: [
      ...Array.from({ length: NOISE_COLUMNS }, (_, c) => number(`noise ${c}`, draw())),
      number('strong column', strong),
      number('weak column', weak),
      label(
        'halves',
        Array.from(noisy, (value) => (value > cut(0.5) ? 'yes' : 'no')),
      ),
      label(
        'rare',
        Array.from(noisy, (value) => (value > cut(0.97) ? 'yes' : 'no')),
      ),
      label(
        'four',
        Array.from(noisy, (value) => `grade ${grade(value)}`),
      ),
      number('number', noisy),
      number('heavy', heavy),
      label(
        'part1',
        parts.map((part) => (part === 2 ? 'test' : 'train')),
      ),
      label(
        'part2',
        parts.map((part) => (part === 3 ? 'test' : 'train')),
      ),
    ],
  };
}

/** Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

function number(name: string, numbers: Float64Array): Column {
  return { storage: 'number', name, kind: 'NUMERIC', values: numbers };
}

function label(name: string, cells: readonly string[]): Column {
  const labels = [...new Set(cells)];
  return {
    storage: 'label',
    name,
    kind: 'CATEGORICAL',
    labels,
    codes: Int32Array.from(cells, (cell) => labels.indexOf(cell)),
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function print(...cells: readonly (string | number)[]): void {
  console.log(cells.map((cell) => String(cell).padEnd(18)).join(''));
}
