/**
 * Claim: from a CSV file to a model and its metrics sooner than pandas with XGBoost or scikit-learn, and as good a model.
 *
 *   node benchmarks/training-against-peers.ts --file FILE [--file FILE …] [--rounds 3] [--threads 2]
 *     [--algorithms GRADIENT_BOOSTING,…] [--targets label,amount] [--python python3] [--peer-script training-peers.py]
 *
 * FILE has a target of two texts, `label`, and one of numbers, `amount`; the one is no feature of the other. Each model is
 * trained in a process of its own, ours and the peers' by turns, each from the CSV file; medians of the rounds, and their
 * ranges. "fit" is, of ours, all between the table in memory and the fitted model: dividing the rows, preparing, binning,
 * fitting; of the peers the fit alone, but with preparation (medians, scaling, 0/1 columns) for LINEAR. "s of cores" are the
 * seconds of all cores together for the same; other work on the machine stretches them less. "file to metrics" is from the
 * start of the process to its end; of ours it includes the profile and issues of the file, the table file, and the model
 * file, from which the metrics are taken, and in "evaluate" what no peer does: permutation importances (about half of it), the
 * baseline, the profile of the training rows, their hashes, and the rows of each leaf; in "fit" the warnings of rows that stand on
 * both sides of the split. The tree of ours chooses among the bounds of 255 bins, the peer's among all. Memory is the most that the process had resident. Ratios are the peer's figure by
 * ours: above 1 ours is the better. Scores are of the rows whose 0-based number i has i % 5 == 4: log-loss of `label` (may be
 * 0.5 % above the peer's), R2 of `amount` (may be 0.5 % below). Exit code 1 if a bar is missed.
 *
 * Parameters; all others are the defaults of each side.
 *   GRADIENT_BOOSTING  trees 100, maxDepth 6, learningRate 0.1,  XGBoost: the same, tree_method hist
 *                      all columns and rows for each tree
 *                                                                HistGradientBoosting: max_iter 100, 31 leaves, no max_depth
 *   RANDOM_FOREST      trees 100, minSamplesLeaf 5               n_estimators 100, min_samples_leaf 5; for `amount` it tries
 *                                                                all features at each split, ours two thirds of them
 *   DECISION_TREE      maxDepth 8, minSamplesLeaf 5              max_depth 8, min_samples_leaf 5
 *   LINEAR             l2 1                                      LogisticRegression(max_iter=1000), Ridge(alpha=1)
 * Texts, dates among them, are codes in text order to the peers' trees, and 0/1 columns to their linear models; ours has
 * sets of categories, and dates as numbers.
 *
 * Build first: npm run build. The machine should have nothing else to do: the peers' threads wait for each other, and
 * where one of them has to share its core, all of them become many times slower.
 */
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runChild } from './support/child.ts';
import { median } from './support/median.ts';
import type { TrainingInput, TrainingReport } from './support/train-from-file.ts';

interface Contest {
  readonly algorithm: TrainingInput['algorithm'];
  /** Where they differ from the defaults. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly peer: string;
  /** The peer's name in the script. */
  readonly model: string;
  /** How many times as fast ours has to be, and to metrics from the file; null where nothing is promised. */
  readonly bars: { readonly fit: number; readonly total: number | null; readonly memory: number | null };
  readonly goals: { readonly fit: number | null; readonly total: number | null };
  /** Whether the preparation of the peer counts as a part of its fit. */
  readonly isPreparationCounted: boolean;
}

/** One training, by whomever. Seconds; megabytes; the score is a log-loss or an R2. */
interface Training {
  readonly steps: Readonly<Record<string, number>>;
  readonly fit: number;
  /** Seconds of all cores together for the fit. */
  readonly cpu: number;
  readonly total: number;
  readonly megabytes: number;
  readonly score: number;
}

interface PeerLine {
  readonly step: string;
  readonly seconds: number;
  readonly cpu_seconds?: number;
  readonly peak_rss_mb: number;
  readonly score_seconds?: number;
  readonly score?: { readonly log_loss?: number; readonly r2?: number };
  readonly versions?: Readonly<Record<string, string>>;
}

const BOOSTING = {
  algorithm: 'GRADIENT_BOOSTING',
  parameters: { trees: 100, maxDepth: 6, learningRate: 0.1, featureFraction: 1, rowFraction: 1 },
  isPreparationCounted: false,
} as const;
const NO_BARS = { total: null, memory: null };
const NO_GOALS = { fit: null, total: null };

const CONTESTS: readonly Contest[] = [
  {
    ...BOOSTING,
    peer: 'XGBoost',
    model: 'xgboost',
    bars: { fit: 1, total: 1.5, memory: 1 },
    goals: { fit: 1.5, total: 2 },
  },
  {
    ...BOOSTING,
    peer: 'HistGradientBoosting',
    model: 'boosting',
    bars: { ...NO_BARS, fit: 1.5 },
    goals: NO_GOALS,
  },
  {
    algorithm: 'RANDOM_FOREST',
    parameters: { trees: 100, minSamplesLeaf: 5 },
    peer: 'RandomForest',
    model: 'forest',
    bars: { ...NO_BARS, fit: 5 },
    goals: NO_GOALS,
    isPreparationCounted: false,
  },
  {
    algorithm: 'DECISION_TREE',
    parameters: { maxDepth: 8, minSamplesLeaf: 5 },
    peer: 'DecisionTree',
    model: 'tree',
    bars: { ...NO_BARS, fit: 10 },
    goals: NO_GOALS,
    isPreparationCounted: false,
  },
  {
    algorithm: 'LINEAR',
    parameters: {},
    peer: 'LogisticRegression or Ridge',
    model: 'linear',
    bars: { ...NO_BARS, fit: 1 },
    goals: NO_GOALS,
    isPreparationCounted: true,
  },
];

const OTHER_TARGET: Readonly<Record<string, string>> = { label: 'amount', amount: 'label' };

/** A log-loss may be so much above the peer's, an R2 below. */
const SCORE_MARGIN = 0.005;

const { values } = parseArgs({
  options: {
    file: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    algorithms: { type: 'string', default: CONTESTS.map(({ algorithm }) => algorithm).join() },
    targets: { type: 'string', default: 'label,amount' },
    python: { type: 'string', default: 'python3' },
    'peer-script': { type: 'string', default: fileURLToPath(new URL('training-peers.py', import.meta.url)) },
  },
});
if (values.file.length === 0) throw new Error('usage: node benchmarks/training-against-peers.ts --file FILE');
const [load = 0] = loadavg();
const algorithms = values.algorithms.split(',');
const contests = CONTESTS.filter(({ algorithm }) => algorithms.includes(algorithm));
const versions = new Map<string, string>();
let ownThreads = 0;
let missed = 0;

for (const file of values.file) for (const target of values.targets.split(',')) compete(file, target);
console.log(
  `\nnode ${process.version}, ${[...versions].flat().join(' ')}; threads of training: ours ${ownThreads}, theirs ${values.threads}; ${values.rounds} rounds; load of the machine before: ${load.toFixed(1)}`,
);
console.log(missed === 0 ? 'All bars hold.' : `Bars that do not hold: ${missed}`);
process.exitCode = missed === 0 ? 0 : 1;

/** Trains all of them by turns, and prints how they compare. */
function compete(file: string, target: string): void {
  const own = new Map<string, Training[]>();
  const theirs = new Map<string, Training[]>();
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const contest of contests) {
      const { algorithm, model } = contest;
      // Two peers may have the same opponent, which trains once in a round.
      if ((own.get(algorithm)?.length ?? 0) <= round) keep(own, algorithm, trainOwn(contest, file, target));
      keep(theirs, model, trainPeer(contest, file, target));
    }
  }
  console.log(`\n${basename(file)}, target ${target}`);
  print('algorithm', 'peer', 'measure', 'ours', 'range', 'peer', 'range', 'ratio', 'bar', '', 'goal');
  for (const contest of contests) {
    printContest(contest, target, own.get(contest.algorithm) ?? [], theirs.get(contest.model) ?? []);
  }
  console.log('\nseconds of each step, medians');
  for (const [name, trainings] of [...own, ...theirs]) console.log(`${name.padEnd(18)} ${stepsOf(trainings)}`);
}

function keep(all: Map<string, Training[]>, name: string, training: Training): void {
  all.set(name, [...(all.get(name) ?? []), training]);
}

function trainOwn({ algorithm, parameters }: Contest, file: string, target: string): Training {
  const outcome = runChild<TrainingReport>(new URL('support/train-from-file.ts', import.meta.url), {
    file,
    target,
    drop: [OTHER_TARGET[target] ?? ''],
    algorithm,
    parameters,
    threads: Number(values.threads),
  } satisfies TrainingInput);
  if (outcome.kind !== 'REPORTED') throw new Error(`${algorithm} failed: ${JSON.stringify(outcome)}`);
  const { start, read, load, fit, cpu, evaluate, metrics, peakMegabytes, threads } = outcome.report;
  ownThreads = threads;
  const score = metrics.task === 'CLASSIFICATION' ? metrics.logLoss : metrics.r2;
  return {
    steps: { start, read, load, fit, evaluate },
    fit,
    cpu,
    total: outcome.seconds,
    megabytes: peakMegabytes,
    score: score ?? Number.NaN,
  };
}

function trainPeer({ model, isPreparationCounted }: Contest, file: string, target: string): Training {
  const startedAt = performance.now();
  const output = execFileSync(
    values.python,
    [
      ...[values['peer-script'], file, target, '--drop', OTHER_TARGET[target] ?? ''],
      ...['--threads', values.threads, '--models', model],
    ],
    // Numerical libraries that are not told otherwise take all cores.
    {
      encoding: 'utf8',
      env: { ...process.env, OMP_NUM_THREADS: values.threads, OPENBLAS_NUM_THREADS: values.threads },
    },
  );
  const total = (performance.now() - startedAt) / 1000;
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as PeerLine);
  const seconds = (step: string): number => lines.find((line) => line.step === step)?.seconds ?? 0;
  const cpu = (step: string): number => lines.find((line) => line.step === step)?.cpu_seconds ?? Number.NaN;
  for (const { versions: found } of lines) {
    for (const [name, version] of Object.entries(found ?? {})) versions.set(name, version);
  }
  const fitted = lines.find(({ step }) => step === 'fit');
  return {
    steps: {
      import: seconds('import'),
      read: seconds('read'),
      prepare: seconds('prepare'),
      fit: seconds('fit'),
      score: fitted?.score_seconds ?? 0,
    },
    fit: seconds('fit') + (isPreparationCounted ? seconds('prepare') : 0),
    cpu: cpu('fit') + (isPreparationCounted ? cpu('prepare') : 0),
    total,
    megabytes: lines.at(-1)?.peak_rss_mb ?? Number.NaN,
    score: fitted?.score?.log_loss ?? fitted?.score?.r2 ?? Number.NaN,
  };
}

function printContest(contest: Contest, target: string, own: readonly Training[], theirs: readonly Training[]): void {
  const { algorithm, peer, bars, goals } = contest;
  const compare = (
    measure: string,
    of: (training: Training) => number,
    digits: number,
    bar: number | null,
    goal: number | null,
  ): void => {
    const [ours, other] = [own.map(of), theirs.map(of)];
    const ratio = median(other) / median(ours);
    const sides = [ours, other].flatMap((all) => [median(all).toFixed(digits), rangeOf(all, digits)]);
    const verdict = bar === null ? ['-', ''] : [`${bar} x`, verdictOf(ratio >= bar)];
    const reached = goal === null ? '' : `${goal} x ${ratio >= goal ? 'reached' : 'not reached'}`;
    print(algorithm, peer, measure, ...sides, `${ratio.toFixed(2)} x`, ...verdict, reached);
  };
  compare('fit, s', ({ fit }) => fit, 2, bars.fit, goals.fit);
  compare('fit, s of cores', (training) => training.cpu, 2, null, null);
  compare('file to metrics, s', ({ total }) => total, 2, bars.total, goals.total);
  compare('memory, MB', ({ megabytes }) => megabytes, 0, bars.memory, null);
  const [ours, other] = [own[0]?.score ?? Number.NaN, theirs[0]?.score ?? Number.NaN];
  const isLoss = target === 'label';
  const holds = isLoss ? ours <= other * (1 + SCORE_MARGIN) : ours >= other * (1 - SCORE_MARGIN);
  const difference = `${ours < other ? '' : '+'}${(100 * (ours / other - 1)).toFixed(2)} %`;
  const scores = [ours.toFixed(4), '', other.toFixed(4), '', difference];
  print(algorithm, peer, isLoss ? 'log-loss' : 'R2', ...scores, isLoss ? '+0.5 %' : '-0.5 %', verdictOf(holds));
}

function verdictOf(holds: boolean): string {
  if (!holds) missed += 1;
  return holds ? 'holds' : 'MISSED';
}

function rangeOf(all: readonly number[], digits: number): string {
  return `${Math.min(...all).toFixed(digits)}-${Math.max(...all).toFixed(digits)}`;
}

function stepsOf(trainings: readonly Training[]): string {
  return Object.keys(trainings[0]?.steps ?? {})
    .map((step) => `${step} ${median(trainings.map(({ steps }) => steps[step] ?? 0)).toFixed(2)}`)
    .join('  ');
}

function print(...cells: readonly string[]): void {
  const widths = [17, 27, 18, 8, 13, 8, 13, 9, 6, 6, 16];
  const isText = (i: number): boolean => i < 3 || i >= 9;
  const line = cells.map((cell, i) => (isText(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
  console.log(line.join(' ').trimEnd());
}
