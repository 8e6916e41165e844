/**
 * Claim: to look for group leakage takes at most 2 % of a training's processor time.
 *
 *   node benchmarks/group-leakage-cost.ts [--rows 100000]
 *
 * One training by GRADIENT_BOOSTING with its default parameters on a made-up table in memory (made-table.ts) of 25 numbers and
 * 5 categories, on one thread; the search for group leakage alone, before it ("cold": nothing is compiled yet) and after it.
 * Seconds of the processor, which other work on the machine hardly stretches. Exit code 1 if the cold search takes more.
 */
import { parseArgs } from 'node:util';
import { resolveParameters } from '../src/ml/parameters/parameters.ts';
import { readTarget } from '../src/ml/preprocessing/target.ts';
import { splitRows } from '../src/ml/split/split.ts';
import { trainModel } from '../src/ml/train-model.ts';
import { groupLeakageWarnings } from '../src/ml/warnings/group-leakage-warnings.ts';
import { madeTable } from './support/made-table.ts';

const MAX_FRACTION = 0.02;

const { values } = parseArgs({ options: { rows: { type: 'string', default: '100000' } } });
const rowCount = Number(values.rows);
const { table, features } = madeTable({ rowCount, numberCount: 25, categoryCount: 5, missingShare: 0.05, seed: 1 });
const split = { strategy: 'RANDOM', testFraction: 0.2, column: null, seed: 0 } as const;
const target = readTarget(table.columns.find(({ name }) => name === 'label')!, 'CLASSIFICATION');
const rows = splitRows(split, table, target);
const columns = table.columns.filter(({ name }) => features.includes(name));

const cold = secondsOf(() => groupLeakageWarnings('RANDOM', columns, target, rows));
const parameters = resolveParameters('GRADIENT_BOOSTING', {});
const training = secondsOf(() => {
  const steps = trainModel({
    ...{ table, features, algorithm: 'GRADIENT_BOOSTING', parameters, target: 'label', task: 'CLASSIFICATION', split },
  });
  while (steps.next().done !== true);
});
const warm = secondsOf(() => groupLeakageWarnings('RANDOM', columns, target, rows));
console.log(
  `${rowCount} rows: training ${training.toFixed(2)} s; group leakage cold ${describe(cold)}, warm ${describe(warm)}`,
);
process.exitCode = cold / training <= MAX_FRACTION ? 0 : 1;

function describe(seconds: number): string {
  return `${seconds.toFixed(3)} s (${((100 * seconds) / training).toFixed(1)} %)`;
}

function secondsOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
