import { isUuid } from '../../platform/ids.ts';
import type { JobDefinition, QueuedJob } from '../../platform/jobs/jobs.ts';
import { type ForecastJob, forecastQueue, type QueueCapacity, type QueueForecast } from './queue-forecast.ts';

/** Forecasts queued jobs. */
export interface QueueForecaster {
  /** The forecasts of those runs that are queued, and not thousands of positions away. */
  forecast(ids: readonly string[]): Promise<ReadonlyMap<string, QueueForecast>>;
}

/** A kind of jobs whose queue is forecast. */
export interface ForecastKind {
  readonly job: Pick<JobDefinition<unknown>, 'name'>;
  /** The field of its payload that names the row that users know. */
  readonly idField: string;
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
  readonly #kind: ForecastKind;
  readonly #jobs: QueueReader;
  readonly #liveWorkers: () => Promise<number>;
  readonly #maxOfGroup: number;
  #snapshot: Snapshot | null = null;
  /** Runs that were not found in the queue; cleared now and then. */
  #absent = new Set<string>();

  /** `liveWorkers`: number of worker processes. `maxOfGroup`: maximum number of concurrent runs of a workspace. */
  constructor(
    kind: ForecastKind,
    jobs: QueueReader,
    liveWorkers: () => Promise<number>,
    maxOfGroup = Number.POSITIVE_INFINITY,
  ) {
    this.#kind = kind;
    this.#jobs = jobs;
    this.#liveWorkers = liveWorkers;
    this.#maxOfGroup = maxOfGroup;
  }

  async forecast(ids: readonly string[]): Promise<ReadonlyMap<string, QueueForecast>> {
    const requestedAt = performance.now();
    const recent = await this.#snapshotSince(requestedAt - FRESH_MILLISECONDS);
    // A run that is missing may have been queued since the snapshot: that is checked once.
    const absent = ids.filter((id) => !recent.has(id) && !this.#absent.has(id));
    const all = absent.length === 0 ? recent : await this.#snapshotSince(requestedAt);
    this.#rememberAbsent(absent.filter((id) => !all.has(id)));
    return new Map(
      ids.flatMap((id) => {
        const forecast = all.get(id);
        return forecast === undefined ? [] : [[id, forecast] as const];
      }),
    );
  }

  #rememberAbsent(ids: readonly string[]): void {
    if (this.#absent.size > MAX_ABSENT) this.#absent = new Set();
    for (const id of ids) this.#absent.add(id);
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
    const [jobs, workers] = await Promise.all([this.#jobs.queue(this.#kind.job), this.#liveWorkers()]);
    const capacity: QueueCapacity = { workers, maxOfGroup: this.#maxOfGroup };
    return forecastQueue(
      jobs.flatMap((job) => toForecastJob(job, this.#kind.idField)),
      capacity,
    );
  }
}

/** Empty for a job whose payload names nothing. */
function toForecastJob({ payload, group, runningSeconds }: QueuedJob, idField: string): ForecastJob[] {
  const fields = (payload ?? {}) as Partial<Record<string, unknown>>;
  const { [idField]: id, expectedSeconds } = fields;
  if (typeof id !== 'string' || !isUuid(id)) return [];
  const known = typeof expectedSeconds === 'number' ? expectedSeconds : null;
  return [{ id, group, expectedSeconds: known, runningSeconds }];
}
