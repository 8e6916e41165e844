import { leftOfExpected } from '../progress/eta.ts';
import { GroupQueue } from './group-queue.ts';

/** A job of the queue, as the forecast needs it. */
export interface ForecastJob {
  readonly id: string;
  /** The number of jobs of one group that run at once is limited. */
  readonly group: string;
  /** Seconds from its start to its end; null if unknown. */
  readonly expectedSeconds: number | null;
  /** Seconds since a worker started it; null while it waits. */
  readonly runningSeconds: number | null;
}

/** The forecast for a queued job. */
export interface QueueForecast {
  /** 1 is next. */
  readonly queuePosition: number;
  /** Seconds until its end: waiting and training time; null if unknown. */
  readonly etaSeconds: number | null;
}

/** The capacity of the workers. */
export interface QueueCapacity {
  /** Number of live workers; workers with a job always count. */
  readonly workers: number;
  /** Maximum number of concurrent jobs of one group. */
  readonly maxOfGroup: number;
}

/**
 * Simulates the queue: each free worker takes the first job that may run (list scheduling). `jobs`: waiting jobs in queue
 * order, and running jobs in any order. A job of unknown duration occupies its worker for ever.
 * Cost: O(jobs × (workers + log groups)).
 */
export function forecastQueue(jobs: readonly ForecastJob[], capacity: QueueCapacity): Map<string, QueueForecast> {
  const waiting = jobs.filter(({ runningSeconds }) => runningSeconds === null);
  const ends = estimateEnds(jobs, waiting, capacity);
  return new Map(waiting.map(({ id }, index) => [id, { queuePosition: index + 1, etaSeconds: ends.get(id) ?? null }]));
}

/** A job that occupies a worker in the simulation. */
interface Occupied {
  readonly group: string;
  readonly until: number;
}

/** Seconds until each waiting job ends, as far as known. */
function estimateEnds(
  jobs: readonly ForecastJob[],
  waiting: readonly ForecastJob[],
  { workers, maxOfGroup }: QueueCapacity,
): Map<string, number> {
  const occupied: Occupied[] = jobs.flatMap((job) =>
    job.runningSeconds === null ? [] : [{ group: job.group, until: secondsLeft(job, job.runningSeconds) }],
  );
  let free = Math.max(0, workers - occupied.length);
  let now = 0;
  const groups = new GroupQueue(waiting, occupied, maxOfGroup);
  const ends = new Map<string, number>();
  while (ends.size < waiting.length) {
    const next = free > 0 ? groups.takeFirst() : null;
    if (next === null) {
      // No worker is free, or all waiting jobs belong to groups at their limit.
      const ended = occupied.splice(indexOfFirst(occupied), 1)[0];
      if (ended === undefined || ended.until === Number.POSITIVE_INFINITY) break;
      groups.release(ended.group);
      now = ended.until;
      free++;
      continue;
    }
    free--;
    const until = now + (next.expectedSeconds ?? Number.POSITIVE_INFINITY);
    occupied.push({ group: next.group, until });
    if (until < Number.POSITIVE_INFINITY) ends.set(next.id, until);
  }
  return ends;
}

function secondsLeft({ expectedSeconds }: ForecastJob, runningSeconds: number): number {
  return expectedSeconds === null ? Number.POSITIVE_INFINITY : leftOfExpected(expectedSeconds, runningSeconds);
}

/** Index of the job that ends first. */
function indexOfFirst(occupied: readonly Occupied[]): number {
  let first = 0;
  for (let i = 1; i < occupied.length; i++) if (occupied[i]!.until < occupied[first]!.until) first = i;
  return first;
}
