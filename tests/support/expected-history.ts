import { mean } from 'simple-statistics';
import type { MadeRun } from './made-runs.ts';

/** What MetricStats says, computed here in the plainest way. */
export interface ExpectedStats {
  readonly count: number;
  readonly mean: number;
  readonly best: number;
  readonly worst: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly latest: number;
}

const HIGHER = {
  CLASSIFICATION: [
    ...['accuracy', 'precision', 'recall', 'f1', 'weightedPrecision', 'weightedRecall', 'weightedF1'],
    ...['rocAuc', 'averagePrecision'],
  ],
  REGRESSION: ['r2'],
} as const;

const LOWER = { CLASSIFICATION: ['logLoss', 'brier'], REGRESSION: ['mse', 'rmse', 'mae', 'mape'] } as const;

/** Every metric that a summary has. */
export const SUMMARY_METRICS = [
  ...HIGHER.CLASSIFICATION,
  ...LOWER.CLASSIFICATION,
  ...HIGHER.REGRESSION,
  ...LOWER.REGRESSION,
];

export interface MadeFilter {
  readonly task?: string | null;
  readonly datasetName?: string | null;
  readonly algorithm?: string | null;
}

/** Of made-up runs those that the history has, newest first. */
export function newestOf(runs: readonly MadeRun[], filter: MadeFilter, limit: number): MadeRun[] {
  return runs
    .filter(({ status, isArchived }) => status === 'SUCCEEDED' && !isArchived)
    .filter(({ task }) => (filter.task ?? null) === null || task === filter.task)
    .filter(({ datasetName }) => (filter.datasetName ?? null) === null || datasetName === filter.datasetName)
    .filter(({ algorithm }) => (filter.algorithm ?? null) === null || algorithm === filter.algorithm)
    .toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime() || (one.id < other.id ? 1 : -1))
    .slice(0, limit);
}

/** The stats of every figure of a summary of these runs, newest first. */
export function statsOf(newest: readonly MadeRun[]): Record<string, ExpectedStats | null> {
  const stats: [string, ExpectedStats | null][] = [];
  for (const task of ['CLASSIFICATION', 'REGRESSION'] as const) {
    const ofTask = newest.filter((run) => run.task === task);
    const valuesOf = (field: string) => ofTask.flatMap(({ metrics }) => metrics[field] ?? []);
    for (const field of HIGHER[task]) stats.push([field, describe(valuesOf(field), Math.max, Math.min)]);
    for (const field of LOWER[task]) stats.push([field, describe(valuesOf(field), Math.min, Math.max)]);
  }
  const durations = newest.map((run) => (run.finishedAt.getTime() - run.startedAt.getTime()) / 1000);
  stats.push(['durationSeconds', describe(durations, Math.min, Math.max)]);
  return Object.fromEntries(stats);
}

type Extreme = (...values: number[]) => number;

function describe(values: readonly number[], best: Extreme, worst: Extreme): ExpectedStats | null {
  const [latest] = values;
  if (latest === undefined) return null;
  const sorted = values.toSorted((one, other) => one - other);
  return {
    count: values.length,
    mean: meanOf(values),
    best: best(...values),
    worst: worst(...values),
    p25: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    p75: quantile(sorted, 0.75),
    latest,
  };
}

/** Where the sum is no finite number, that of the shares. */
function meanOf(values: readonly number[]): number {
  const found = mean([...values]);
  return Number.isFinite(found) ? found : values.reduce((sum, value) => sum + value / values.length, 0);
}

/** On the straight line between the two values next to the place, as numpy.quantile has it; simple-statistics takes the nearer. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const [low, high] = [sorted[below] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return low * (1 - (place - below)) + high * (place - below);
}
