/**
 * Claim: of what trains such models in JavaScript, ours is the quickest, and finishes where others do not.
 *
 *   npm ci --prefix benchmarks
 *   node benchmarks/classic.ts [--rows 1000,10000,100000] [--limit 120] [--only ml-cart,DECISION_TREE]
 *
 * In the manner of github.com/szilard/benchm-ml: one table of numbers, two labels, the same rows for everybody, more and more
 * of them. Ten numbers are given, of which four tell something of the label (made-table.ts); "best" is what a model
 * would score that knows from which probabilities the labels were drawn. Each trainer runs in a process of its own,
 * one after the other, and is killed after the limit, in which it has to load, train and predict. "seconds" are of training
 * alone, from the library's own form of the rows in memory; accuracy and AUC are of 20,000 further rows, or a quarter of the
 * training rows if that is more; memory is the most that the process had resident. An AUC from labels alone, which is all
 * that ml-cart predicts, is lower than one from probabilities.
 */
import { parseArgs } from 'node:util';
import type { AlgorithmName } from '../src/ml/registry.ts';
import { type ChildOutcome, runChild } from './support/child.ts';
import { CLASSIC_PEERS } from './support/classic-peers.ts';
import type { ClassicOrder, ClassicReport } from './support/train-classic.ts';

const OWN: readonly {
  readonly algorithm: AlgorithmName;
  readonly parameters: Readonly<Record<string, number>>;
  readonly settings: string;
}[] = [
  {
    algorithm: 'DECISION_TREE',
    parameters: { maxDepth: 8, minSamplesLeaf: 5 },
    settings: 'maxDepth 8, minSamplesLeaf 5',
  },
  {
    algorithm: 'RANDOM_FOREST',
    parameters: { trees: 300, minSamplesLeaf: 5 },
    settings: '300 trees, minSamplesLeaf 5',
  },
  { algorithm: 'LINEAR', parameters: {}, settings: 'its defaults' },
  {
    algorithm: 'GRADIENT_BOOSTING',
    parameters: { trees: 300, maxDepth: 6, learningRate: 0.1, earlyStoppingRounds: 30 },
    settings: 'up to 300 trees, maxDepth 6, learningRate 0.1, earlyStoppingRounds 30',
  },
];

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000,10000,100000' },
    limit: { type: 'string', default: '120' },
    only: { type: 'string' },
  },
});
const limitSeconds = Number(values.limit);
const only = values.only?.split(',');
const isWanted = (name: string): boolean => only === undefined || only.includes(name);

console.log('settings');
for (const { algorithm, settings } of OWN) console.log(`  ${algorithm.padEnd(34)} ${settings}`);
for (const { name, settings } of CLASSIC_PEERS) console.log(`  ${name.padEnd(34)} ${settings}`);
for (const rows of values.rows.split(',').map(Number)) measure(rows);
console.log(`\nnode ${process.version}, each killed after ${limitSeconds} s`);

function measure(trainRows: number): void {
  console.log(`\n${trainRows} rows to train on`);
  print('', 'seconds', 'accuracy', 'AUC', 'MB');
  const order = { trainRows, algorithm: null, parameters: {}, peer: null };
  const best = run(order);
  if (best.kind === 'REPORTED') print('best', '', best.report.accuracy.toFixed(4), best.report.auc.toFixed(4), '');
  for (const { algorithm, parameters } of OWN) {
    if (isWanted(algorithm)) printOutcome(algorithm, run({ ...order, algorithm, parameters }));
    for (const { name } of CLASSIC_PEERS.filter(({ own }) => own === algorithm)) {
      if (isWanted(name)) printOutcome(`  ${name}`, run({ ...order, peer: name }));
    }
  }
}

function run(order: ClassicOrder): ChildOutcome<ClassicReport> {
  return runChild<ClassicReport>(new URL('support/train-classic.ts', import.meta.url), order, { limitSeconds });
}

function printOutcome(name: string, outcome: ChildOutcome<ClassicReport>): void {
  if (outcome.kind === 'TIMED_OUT') print(name, `did not finish in ${limitSeconds} s`);
  else if (outcome.kind === 'FAILED') print(name, `failed: ${outcome.message}`);
  else {
    const { seconds, accuracy, auc, megabytes } = outcome.report;
    print(name, seconds.toFixed(3), accuracy.toFixed(4), auc.toFixed(4), megabytes.toFixed(0));
  }
}

function print(name: string, ...cells: readonly string[]): void {
  console.log(`${name.padEnd(42)} ${cells.map((cell) => cell.padStart(9)).join(' ')}`.trimEnd());
}
