/**
 * Claim: the models are as good as those of scikit-learn and XGBoost on real files.
 *
 *   OMP_NUM_THREADS=1 python3 benchmarks/quality-peers.py --data DIR --out FILE
 *   node benchmarks/quality.ts --data DIR --peers FILE [--only FILE,FILE] [--algorithms LINEAR,GRADIENT_BOOSTING]
 *
 * DIR holds CSV files and a MANIFEST.json that lists them: file, target, task, `read` (of which only the texts that stand for
 * "missing" are told to the reader) and `ignore` (columns that are no features). Each file is divided five times: at
 * offset k the rows whose 0-based number i has i % 5 == k are the test rows. Bars for each file, over the five: accuracy not
 * below the peer's by more than 0.5 points, or R2 by more than 0.01, or by two standard errors of the difference where that
 * is more; log-loss not above the peer's by more than 2 %. Over all files, accuracy and R2 are level or ahead.
 *
 * Boosting is measured in two shapes, each with the same parameters for all files: GRADIENT_BOOSTING with the default
 * penalties and XGBoost's shape (depth 6), against both peers; BOOSTING_31_LEAVES with HistGradientBoosting's own settings
 * (31 leaves, any depth, at least 20 rows a leaf, no penalty), against that alone.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { resolveParameters } from '../src/ml/parameters/parameters.ts';
import { ALGORITHM_NAMES, type AlgorithmName } from '../src/ml/registry.ts';
import { trainModel } from '../src/ml/train-model.ts';
import { inspectCsv } from '../src/tabular/inspect-csv.ts';
import type { Table } from '../src/tabular/types/column.ts';
import { type ManifestEntry, readManifest } from './support/manifest.ts';
import { type Comparison, compare, mean, type Scores } from './support/quality-bars.ts';

/** What quality-peers.py writes: for each file and offset, the scores of each model. */
interface PeerScores {
  readonly versions: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, readonly Readonly<Record<string, Scores>>[]>>;
}

interface Contest {
  /** What the output calls it. */
  readonly name: string;
  readonly algorithm: AlgorithmName;
  /** Where they differ from the defaults. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly peers: readonly string[];
}

interface Outcome {
  readonly file: string;
  readonly contest: string;
  readonly peer: string;
  readonly comparison: Comparison;
}

const OFFSETS = [0, 1, 2, 3, 4];

/** Each tree of the peers sees all columns and all rows. */
const ALL_CELLS = { featureFraction: 1, rowFraction: 1 } as const;

const CONTESTS: readonly Contest[] = [
  { name: 'LINEAR', algorithm: 'LINEAR', parameters: {}, peers: ['LogisticRegression', 'LinearRegression', 'Ridge'] },
  {
    name: 'DECISION_TREE',
    algorithm: 'DECISION_TREE',
    parameters: { maxDepth: 8, minSamplesLeaf: 5 },
    peers: ['DecisionTree'],
  },
  {
    name: 'RANDOM_FOREST',
    algorithm: 'RANDOM_FOREST',
    parameters: { trees: 100, minSamplesLeaf: 5 },
    peers: ['RandomForest'],
  },
  {
    name: 'EXTRA_TREES',
    algorithm: 'EXTRA_TREES',
    parameters: { trees: 100, minSamplesLeaf: 5 },
    peers: ['ExtraTrees'],
  },
  {
    name: 'GRADIENT_BOOSTING',
    algorithm: 'GRADIENT_BOOSTING',
    parameters: { trees: 100, maxDepth: 6, learningRate: 0.1, ...ALL_CELLS },
    peers: ['HistGradientBoosting', 'XGBoost'],
  },
  {
    name: 'BOOSTING_31_LEAVES',
    algorithm: 'GRADIENT_BOOSTING',
    parameters: { trees: 100, maxLeaves: 31, maxDepth: 32, minSamplesLeaf: 20, l2: 0, learningRate: 0.1, ...ALL_CELLS },
    peers: ['HistGradientBoosting'],
  },
];

/** Over all files a mean difference that rounds to 0.000 still is level. */
const LEVEL = -0.0005;

/** Where the peer's loss is next to nothing, so is the meaning of a percentage. */
const LARGEST_PERCENT = 999;

/** A column that names the part of each row; no file has one of this name. */
const PART = 'part of the benchmark';

const FEATURE_KINDS = ['NUMERIC', 'CATEGORICAL', 'BOOLEAN', 'DATETIME'];

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    peers: { type: 'string' },
    only: { type: 'string' },
    algorithms: { type: 'string', default: ALGORITHM_NAMES.join() },
  },
});
if (values.data === undefined || values.peers === undefined) {
  throw new Error('usage: node benchmarks/quality.ts --data DIR --peers FILE');
}
const directory = values.data;
const algorithms = values.algorithms.split(',');
const peers = JSON.parse(await readFile(values.peers, 'utf8')) as PeerScores;

console.log(`peers: ${Object.entries(peers.versions).flat().join(' ')}; node ${process.version}\n`);
print('file', 'contest', 'peer', 'score', '+-', 'peer', 'ahead', '+-', 'bar', 'loss', 'peer', 'above', 'bar');
const outcomes = readManifest(directory, values.only)
  .filter(({ file }) => file in peers.files)
  .flatMap(measureFile);
const missed = outcomes.flatMap(missedBars);
console.log('\nover all files: accuracy and R2 ahead by (mean), log-loss above by (of the means)');
const levels = CONTESTS.flatMap(({ name, peers: ofContest }) => ofContest.map((peer) => summarise(name, peer)));
console.log(missed.length === 0 ? '\nAll bars of the files hold.' : `\nBars that do not hold:\n${missed.join('\n')}`);
process.exitCode = missed.length === 0 && levels.every((isLevel) => isLevel) ? 0 : 1;

function measureFile(entry: ManifestEntry): Outcome[] {
  const { table } = inspectCsv(
    join(directory, entry.file),
    { missingTokens: entry.read.missing },
    { minDataRows: 1, maxEmptyRatio: 1 },
  );
  if (table === null) throw new Error(`${entry.file} was refused`);
  return CONTESTS.filter(({ algorithm }) => algorithms.includes(algorithm)).flatMap((contest) => {
    const startedAt = performance.now();
    const own = OFFSETS.map((offset) => train(table, entry, contest, offset));
    const seconds = (performance.now() - startedAt) / 1000;
    const found = contest.peers.flatMap((peer) => {
      const theirs = peers.files[entry.file]?.flatMap((scores) => scores[peer] ?? []) ?? [];
      if (theirs.length !== OFFSETS.length) return [];
      return [{ file: entry.file, contest: contest.name, peer, comparison: compare(own, theirs) }];
    });
    for (const outcome of found) printOutcome(outcome);
    process.stderr.write(`${entry.file} ${contest.name} ${seconds.toFixed(1)} s\n`);
    return found;
  });
}

/** Trains on the rows outside the offset, scores those at it. */
function train(table: Table, entry: ManifestEntry, { algorithm, parameters }: Contest, offset: number): Scores {
  const codes = Int32Array.from({ length: table.rowCount }, (_, row) => (row % OFFSETS.length === offset ? 0 : 1));
  const parts = { storage: 'label', name: PART, kind: 'CATEGORICAL', codes, labels: ['test', 'train'] } as const;
  const training = trainModel({
    table: { ...table, columns: [...table.columns, parts] },
    target: entry.target,
    task: entry.task === 'classification' ? 'CLASSIFICATION' : 'REGRESSION',
    features: table.columns
      .filter(({ name, kind }) => name !== entry.target && !(name in entry.ignore) && FEATURE_KINDS.includes(kind))
      .map(({ name }) => name),
    algorithm,
    parameters: resolveParameters(algorithm, parameters),
    split: { strategy: 'COLUMN', testFraction: 0, column: PART, seed: 0 },
  });
  let step = training.next();
  while (step.done !== true) step = training.next();
  const { metrics } = step.value;
  if (metrics.task === 'REGRESSION') return metrics.r2 === null ? {} : { r2: metrics.r2 };
  return { accuracy: metrics.accuracy, ...(metrics.logLoss === null ? {} : { logLoss: metrics.logLoss }) };
}

function printOutcome({ file, contest, peer, comparison }: Outcome): void {
  const { own, ownError, difference, differenceError, holds, logLoss } = comparison;
  const scores = [own, ownError, comparison.peer].map((value) => value.toFixed(4));
  const ahead = [signed(difference), differenceError.toFixed(4), holds ? 'holds' : 'MISSED'];
  print(file, contest, peer, ...scores, ...ahead, ...(logLoss === null ? [] : lossCells(logLoss)));
}

function lossCells({ own, peer, excess, holds, isWithinNoise }: NonNullable<Comparison['logLoss']>): string[] {
  const bar = holds ? 'holds' : isWithinNoise ? 'MISSED, within 2 errors' : 'MISSED';
  return [own.toFixed(4), peer.toFixed(4), percent(excess), bar];
}

function missedBars({ file, contest, peer, comparison }: Outcome): string[] {
  const { measure, difference, differenceError, holds, logLoss } = comparison;
  const name = `  ${file} ${contest} against ${peer}:`;
  const bars: string[] = [];
  if (!holds) bars.push(`${name} ${measure} ${signed(difference)}, standard error ${differenceError.toFixed(4)}`);
  if (logLoss?.holds === false) {
    bars.push(
      `${name} log-loss ${percent(logLoss.excess)}${logLoss.isWithinNoise ? ', within 2 standard errors' : ''}`,
    );
  }
  return bars;
}

/** Prints how a contest and a peer compare over all files; false if it is behind in accuracy or R2. */
function summarise(contest: string, peer: string): boolean {
  const comparisons = outcomes
    .filter((outcome) => outcome.contest === contest && outcome.peer === peer)
    .map(({ comparison }) => comparison);
  if (comparisons.length === 0) return true;
  const differences = (measure: Comparison['measure']): readonly number[] =>
    comparisons.filter((comparison) => comparison.measure === measure).map(({ difference }) => difference);
  const means = (['accuracy', 'R2'] as const).flatMap((measure) => {
    const all = differences(measure);
    return all.length === 0 ? [] : [{ measure, files: all.length, ahead: mean(all) }];
  });
  const isLevel = means.every(({ ahead }) => ahead >= LEVEL);
  const losses = comparisons.flatMap(({ logLoss }) => logLoss ?? []);
  const cells = means.map(({ measure, files, ahead }) => `${measure} ${signed(ahead)} (${files} files)`);
  if (losses.length > 0) {
    cells.push(`log-loss ${percent(mean(losses.map(({ own }) => own)) / mean(losses.map((loss) => loss.peer)) - 1)}`);
  }
  console.log(`${contest.padEnd(18)} ${peer.padEnd(21)} ${cells.join(', ')}: ${isLevel ? 'level or ahead' : 'BEHIND'}`);
  return isLevel;
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(4)}`;
}

function percent(share: number): string {
  if (100 * share > LARGEST_PERCENT) return `> ${LARGEST_PERCENT} %`;
  return `${share < 0 ? '-' : '+'}${(100 * Math.abs(share)).toFixed(1)} %`;
}

function print(...cells: readonly string[]): void {
  const widths = [26, 18, 21, 7, 7, 7, 8, 7, 7, 8, 8, 9];
  const line = cells.map((cell, i) => (i < 3 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
  console.log(line.join(' ').trimEnd());
}
