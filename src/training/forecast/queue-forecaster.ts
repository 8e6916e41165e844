import { isUuid } from '../../platform/ids.ts';
import type { JobDefinition, QueuedJob } from '../../platform/jobs/jobs.ts';
import { trainModelJob } from '../worker/train-model.job.ts';
import { type ForecastJob, forecastQueue, type QueueCapacity, type QueueForecast } from './queue-forecast.ts';

/** Forecasts queued runs. */
export interface QueueForecaster {
  /** The forecasts of those runs that are queued, and not thousands of positions away. */
  forecast(runIds: readonly string[]): Promise<ReadonlyMap<string, QueueForecast>>;
}

/** Reads the queue. */
interface QueueReader {
  queue(job: Pick<JobDefinition<unknown>, 'name'>): Promise<readonly QueuedJob[]>;
}

/** Requests within this time share one snapshot of the queue. */
const FRESH_MILLISECONDS = 500;

const MAX_ABSENT = 10_000;

interface Snapshot {
  readonly at: number;
  readonly forecasts: Promise<ReadonlyMap<string, QueueForecast>>;
}

/**
 * Forecasts from the jobs alone: the queue is shared by all workspaces, and a workspace cannot read the runs of others that
 * are ahead of its own. So each job carries the expected duration of its run.
 */
export class JobQueueForecaster implements QueueForecaster {
  readonly #jobs: QueueReader;
  readonly #liveWorkers: () => Promise<number>;
  readonly #maxOfGroup: number;
  #snapshot: Snapshot | null = null;
  /** Runs that were not found in the queue; cleared now and then. */
  #absent = new Set<string>();

  /** `liveWorkers`: number of worker processes. `maxOfGroup`: maximum number of concurrent runs of a workspace. */
  constructor(jobs: QueueReader, liveWorkers: () => Promise<number>, maxOfGroup = Number.POSITIVE_INFINITY) {
    this.#jobs = jobs;
    this.#liveWorkers = liveWorkers;
    this.#maxOfGroup = maxOfGroup;
  }

  async forecast(runIds: readonly string[]): Promise<ReadonlyMap<string, QueueForecast>> {
    const requestedAt = performance.now();
    const recent = await this.#snapshotSince(requestedAt - FRESH_MILLISECONDS);
    // A run that is missing may have been queued since the snapshot: that is checked once.
    const absent = runIds.filter((id) => !recent.has(id) && !this.#absent.has(id));
    const all = absent.length === 0 ? recent : await this.#snapshotSince(requestedAt);
    this.#rememberAbsent(absent.filter((id) => !all.has(id)));
    return new Map(
      runIds.flatMap((runId) => {
        const forecast = all.get(runId);
        return forecast === undefined ? [] : [[runId, forecast] as const];
      }),
    );
  }

  #rememberAbsent(runIds: readonly string[]): void {
    if (this.#absent.size > MAX_ABSENT) this.#absent = new Set();
    for (const id of runIds) this.#absent.add(id);
  }

  /** The latest snapshot if it was started at `since` or later, else a new one. */
  #snapshotSince(since: number): Snapshot['forecasts'] {
    if (this.#snapshot !== null && this.#snapshot.at >= since) return this.#snapshot.forecasts;
    const snapshot = { at: performance.now(), forecasts: this.#read() };
    this.#snapshot = snapshot;
    // A failed snapshot is not shared.
    snapshot.forecasts.catch(() => {
      if (this.#snapshot === snapshot) this.#snapshot = null;
    });
    return snapshot.forecasts;
  }

  async #read(): Promise<ReadonlyMap<string, QueueForecast>> {
    const [jobs, workers] = await Promise.all([this.#jobs.queue(trainModelJob), this.#liveWorkers()]);
    const capacity: QueueCapacity = { workers, maxOfGroup: this.#maxOfGroup };
    return forecastQueue(jobs.flatMap(toForecastJob), capacity);
  }
}

/** Empty for a job whose payload names no run. */
function toForecastJob({ payload, group, runningSeconds }: QueuedJob): ForecastJob[] {
  const { runId, expectedSeconds } = (payload ?? {}) as Partial<Record<string, unknown>>;
  if (typeof runId !== 'string' || !isUuid(runId)) return [];
  const known = typeof expectedSeconds === 'number' ? expectedSeconds : null;
  return [{ runId, group, expectedSeconds: known, runningSeconds }];
}
