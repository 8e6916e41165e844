import type { Viewer } from '../../auth/viewer.ts';
import { metricValue } from '../../ml/evaluation/metric-fields.ts';
import { HIGHER_IS_BETTER, type MetricName, PRIMARY_METRIC } from '../../ml/evaluation/metrics.ts';
import type { Task } from '../../ml/task.ts';
import type { TrainingRunService } from '../../training/runs/training-run.service.ts';
import type { TrainingRunRow } from '../../training/runs/training-run.store.ts';
import type { PredictionComparer } from './prediction-comparer.ts';
import { type Verdict, verdictByIntervals, verdictByTest } from './verdict.ts';

/** How a run compares with the one before it. */
export interface LatestChange {
  readonly runId: string;
  readonly previousRunId: string;
  /** The primary metric of their task. */
  readonly metric: MetricName;
  readonly value: number | null;
  readonly previousValue: number | null;
  readonly verdict: Verdict;
  /** True: by a paired test on the same test rows; false: by the confidence intervals; null if nothing can be said. */
  readonly paired: boolean | null;
}

/** A run of a list, newest first. */
interface ListedRun {
  readonly runId: string;
  readonly task: Task;
}

/** Compares a run with the one before it, beyond chance. */
export class LatestChangeService {
  readonly #runs: TrainingRunService;
  readonly #comparer: PredictionComparer;

  constructor(runs: TrainingRunService, comparer: PredictionComparer) {
    this.#runs = runs;
    this.#comparer = comparer;
  }

  /**
   * Compares the newest run that has an earlier one of its task with that one; null if there is none. `listed`: successful
   * runs, newest first.
   */
  async latest(viewer: Viewer, listed: readonly ListedRun[]): Promise<LatestChange | null> {
    const pair = newestPair(listed);
    if (pair === null) return null;
    const [latest, previous] = await this.#runs.findMany(viewer, pair);
    // They may have been deleted since they were listed.
    return latest && previous ? await this.between(viewer, latest, previous) : null;
  }

  /** Compares two runs of one task by its primary metric. */
  async between(viewer: Viewer, latest: TrainingRunRow, previous: TrainingRunRow): Promise<LatestChange> {
    const metric = PRIMARY_METRIC[latest.task];
    const value = latest.metrics && metricValue(latest.metrics, metric);
    const previousValue = previous.metrics && metricValue(previous.metrics, metric);
    const known = { runId: latest.id, previousRunId: previous.id, metric, value, previousValue };
    // Metrics of different targets cannot be compared.
    if (value === null || previousValue === null || latest.target !== previous.target) {
      return { ...known, verdict: 'UNKNOWN', paired: null };
    }
    const pairedVerdict = await this.#test(viewer, metric, [latest.id, previous.id]);
    if (pairedVerdict !== null) return { ...known, verdict: pairedVerdict, paired: true };
    const [interval, previousInterval] = [latest.metrics?.interval, previous.metrics?.interval];
    if (!interval || !previousInterval) return { ...known, verdict: 'UNKNOWN', paired: null };
    const verdict = verdictByIntervals(
      { value, interval },
      { value: previousValue, interval: previousInterval },
      HIGHER_IS_BETTER[metric],
    );
    return { ...known, verdict, paired: verdict === 'UNKNOWN' ? null : false };
  }

  /** Null if they were tested on different rows, or cannot be tested. */
  async #test(viewer: Viewer, metric: MetricName, ids: readonly [string, string]): Promise<Verdict | null> {
    const testRows = await this.#runs.testRows(viewer, ids);
    const rows = testRows.get(ids[0]);
    if (rows === undefined || rows !== testRows.get(ids[1])) return null;
    const comparison = { workspaceId: viewer.workspaceId, runIds: ids, metrics: [metric] };
    const tests = await this.#comparer.compare(comparison, () => this.#runs.predictionsOfTwo(viewer, ids));
    const test = tests?.[0];
    return test?.isTested ? verdictByTest(test, HIGHER_IS_BETTER[metric]) : null;
  }
}

function newestPair(listed: readonly ListedRun[]): readonly [string, string] | null {
  for (const [ordinal, { runId, task }] of listed.entries()) {
    const previous = listed.slice(ordinal + 1).find((earlier) => earlier.task === task);
    if (previous !== undefined) return [runId, previous.runId];
  }
  return null;
}
