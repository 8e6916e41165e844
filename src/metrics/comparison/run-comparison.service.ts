import type { Viewer } from '../../auth/viewer.ts';
import { badInput, notFound } from '../../errors.ts';
import { isSignificant } from '../../ml/comparison/paired-test.ts';
import type { MetricName } from '../../ml/evaluation/metrics.ts';
import { isUuid } from '../../platform/ids.ts';
import type { TrainingRunService } from '../../training/runs/training-run.service.ts';
import type { TrainingRunRow } from '../../training/runs/training-run.store.ts';
import { type ComparedMetric, compareMetrics } from './compared-metrics.ts';
import { type ComparedParameter, compareParameters } from './compared-parameters.ts';
import { comparisonWarnings, MAX_NAMES } from './comparison-warnings.ts';
import type { PredictionComparer } from './prediction-comparer.ts';

const MAX_RUNS = 20;

export interface RunComparison {
  readonly runs: readonly TrainingRunRow[];
  readonly metrics: readonly ComparedMetric[];
  readonly parameters: readonly ComparedParameter[];
  readonly warnings: readonly string[];
  /** Hashes of their test rows, by run id. */
  readonly testRows: ReadonlyMap<string, string>;
}

/** For each metric that can be tested: whether the best run differs from the next one beyond chance. */
export type Significance = ReadonlyMap<MetricName, boolean>;

/** Two runs, and the metrics to compare them by. */
interface RunPair {
  readonly ids: readonly [string, string];
  readonly metrics: MetricName[];
}

/** Compares runs side by side. */
export class RunComparisonService {
  readonly #runs: TrainingRunService;
  readonly #comparer: PredictionComparer;

  constructor(runs: TrainingRunService, comparer: PredictionComparer) {
    this.#runs = runs;
    this.#comparer = comparer;
  }

  /** Compares 1 to 20 different runs, in the given order. Throws BAD_USER_INPUT, and NOT_FOUND for the first unknown id. */
  async compare(viewer: Viewer, ids: readonly string[]): Promise<RunComparison> {
    checkIds(ids);
    // In the notation of the database, which accepts capital letters too.
    const known = ids.filter(isUuid).map((id) => id.toLowerCase());
    const [found, testRows, features] = await Promise.all([
      this.#runs.findMany(viewer, known),
      this.#runs.testRows(viewer, known),
      this.#runs.featureDifferences(viewer, known, MAX_NAMES),
    ]);
    const byId = new Map(found.flatMap((run) => (run === null ? [] : [[run.id, run] as const])));
    const runs = ids.map((id) => byId.get(id.toLowerCase()) ?? missing(id));
    return {
      runs,
      metrics: compareMetrics(runs),
      parameters: compareParameters(runs, features.count > 0),
      warnings: comparisonWarnings(runs, testRows, features),
      testRows,
    };
  }

  /** Tests the best run of each metric against the next one, reading the predictions of only these pairs. */
  async significance(viewer: Viewer, { runs, metrics, testRows }: RunComparison): Promise<Significance> {
    const significance = new Map<MetricName, boolean>();
    // Sequentially, so that one request occupies one thread.
    for (const pair of pairsOf(runs, metrics, testRows)) {
      const comparison = { workspaceId: viewer.workspaceId, runIds: pair.ids, metrics: pair.metrics };
      const tests = await this.#comparer.compare(comparison, () => this.#runs.predictionsOfTwo(viewer, pair.ids));
      for (const [ordinal, test] of (tests ?? []).entries()) {
        const name = pair.metrics[ordinal];
        if (name !== undefined && test.isTested) significance.set(name, isSignificant(test));
      }
    }
    return significance;
  }
}

function checkIds(ids: readonly string[]): void {
  if (ids.length < 1 || ids.length > MAX_RUNS) {
    throw badInput('ids', `1 to ${MAX_RUNS} runs can be compared; got ${ids.length}.`);
  }
  const twice = ids.find((id, ordinal) => ids.findIndex((other) => other.toLowerCase() === id.toLowerCase()) < ordinal);
  if (twice !== undefined) {
    throw badInput('ids', `The run ${twice.slice(0, 60)} is listed twice.`, 'Name each run once.');
  }
}

function missing(id: string): never {
  throw notFound('training run', id);
}

/** The best and the next run of each metric, if both were tested on the same rows; each pair once. */
function pairsOf(
  runs: readonly TrainingRunRow[],
  metrics: readonly ComparedMetric[],
  testRows: ReadonlyMap<string, string>,
): readonly RunPair[] {
  const pairs = new Map<string, RunPair>();
  for (const { name, ranking } of metrics) {
    const [best, next] = ranking.slice(0, 2).map((ordinal) => runs[ordinal]?.id);
    if (best === undefined || next === undefined) continue;
    const rows = testRows.get(best);
    if (rows === undefined || rows !== testRows.get(next)) continue;
    // The order does not matter: the test only asks whether they differ.
    const key = [best, next].sort().join();
    const pair = pairs.get(key) ?? { ids: [best, next], metrics: [] };
    pair.metrics.push(name);
    pairs.set(key, pair);
  }
  return [...pairs.values()];
}
