import { isUuid } from '../../platform/ids.ts';
import type { JobDefinition, QueuedJob } from '../../platform/jobs/jobs.ts';
import { trainModelJob } from '../worker/train-model.job.ts';
import { type ForecastJob, forecastQueue, type QueueCapacity, type QueueForecast } from './queue-forecast.ts';

/** Estimates the ends of runs that wait. */
export interface QueueForecaster {
  /** Of those of the runs that wait in the queue, and are not thousands of places away. */
  forecast(runIds: readonly string[]): Promise<ReadonlyMap<string, QueueForecast>>;
}

/** Where the queue is read. */
interface QueueReader {
  queue(job: Pick<JobDefinition<unknown>, 'name'>): Promise<readonly QueuedJob[]>;
}

/** All who ask within so long are answered from one look at the queue. */
const FRESH_MILLISECONDS = 500;

const MAX_ABSENT = 10_000;

interface Look {
  readonly at: number;
  readonly forecasts: Promise<ReadonlyMap<string, QueueForecast>>;
}

/**
 * Estimates from the jobs themselves: the queue is the whole server's, and a workspace does not see the runs of the others
 * that are before its own. So a job carries what its run is expected to take.
 */
export class JobQueueForecaster implements QueueForecaster {
  readonly #jobs: QueueReader;
  readonly #liveWorkers: () => Promise<number>;
  readonly #maxOfGroup: number;
  #look: Look | null = null;
  /** Runs that were in no queue when one was looked at for them; forgotten now and then. */
  #absent = new Set<string>();

  /** `liveWorkers`: how many worker processes there are. `maxOfGroup`: how many runs of a workspace train at once. */
  constructor(jobs: QueueReader, liveWorkers: () => Promise<number>, maxOfGroup = Number.POSITIVE_INFINITY) {
    this.#jobs = jobs;
    this.#liveWorkers = liveWorkers;
    this.#maxOfGroup = maxOfGroup;
  }

  async forecast(runIds: readonly string[]): Promise<ReadonlyMap<string, QueueForecast>> {
    const askedAt = performance.now();
    const recent = await this.#lookSince(askedAt - FRESH_MILLISECONDS);
    // A run that is not there may have been queued since: that is looked at once.
    const absent = runIds.filter((id) => !recent.has(id) && !this.#absent.has(id));
    const all = absent.length === 0 ? recent : await this.#lookSince(askedAt);
    this.#noteAbsent(absent.filter((id) => !all.has(id)));
    return new Map(
      runIds.flatMap((runId) => {
        const forecast = all.get(runId);
        return forecast === undefined ? [] : [[runId, forecast] as const];
      }),
    );
  }

  #noteAbsent(runIds: readonly string[]): void {
    if (this.#absent.size > MAX_ABSENT) this.#absent = new Set();
    for (const id of runIds) this.#absent.add(id);
  }

  /** The latest look if it began at the moment or after it, else a new one. */
  #lookSince(moment: number): Look['forecasts'] {
    if (this.#look !== null && this.#look.at >= moment) return this.#look.forecasts;
    const look = { at: performance.now(), forecasts: this.#read() };
    this.#look = look;
    // A look that failed is nobody else's answer.
    look.forecasts.catch(() => {
      if (this.#look === look) this.#look = null;
    });
    return look.forecasts;
  }

  async #read(): Promise<ReadonlyMap<string, QueueForecast>> {
    const [jobs, workers] = await Promise.all([this.#jobs.queue(trainModelJob), this.#liveWorkers()]);
    const capacity: QueueCapacity = { workers, maxOfGroup: this.#maxOfGroup };
    return forecastQueue(jobs.flatMap(toForecastJob), capacity);
  }
}

/** None for a job that is none of ours to judge: its payload names no run. */
function toForecastJob({ payload, group, runningSeconds }: QueuedJob): ForecastJob[] {
  const { runId, expectedSeconds } = (payload ?? {}) as Partial<Record<string, unknown>>;
  if (typeof runId !== 'string' || !isUuid(runId)) return [];
  const known = typeof expectedSeconds === 'number' ? expectedSeconds : null;
  return [{ runId, group, expectedSeconds: known, runningSeconds }];
}
