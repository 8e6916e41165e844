import { GroupQueue } from './group-queue.ts';

/** A job of the queue, as far as its end depends on it. */
export interface ForecastJob {
  readonly runId: string;
  /** Whose it is: of the jobs of one group only so many run at once. */
  readonly group: string;
  /** Seconds from the moment a worker takes the run up to its end; null where nobody knows. */
  readonly expectedSeconds: number | null;
  /** How long ago a worker took it up; null while it waits. */
  readonly runningSeconds: number | null;
}

/** What is estimated of a run that waits. */
export interface QueueForecast {
  /** 1 is next. */
  readonly queuePosition: number;
  /** Seconds until its end: the wait, and its own training; null where that is not known. */
  readonly etaSeconds: number | null;
}

/** Who does the work. */
export interface QueueCapacity {
  /** How many workers live; those that have a job live in any case. */
  readonly workers: number;
  /** How many jobs of one group run at once at the most. */
  readonly maxOfGroup: number;
}

/** A run that takes longer than was expected is expected to take this share of its time so far on top. */
const OVERTIME_SHARE = 0.1;

/**
 * What comes of the queue when each worker that gets free takes the first job that may run (list scheduling). `jobs`: those
 * that wait in the order in which they are taken, and those that run, in any. A job of which nothing is known keeps its
 * worker for ever.
 * Cost: jobs times the number of workers, and the logarithm of that of the groups.
 */
export function forecastQueue(jobs: readonly ForecastJob[], capacity: QueueCapacity): Map<string, QueueForecast> {
  const waiting = jobs.filter(({ runningSeconds }) => runningSeconds === null);
  const ends = estimateEnds(jobs, waiting, capacity);
  return new Map(
    waiting.map(({ runId }, index) => [runId, { queuePosition: index + 1, etaSeconds: ends.get(runId) ?? null }]),
  );
}

/** A job that runs in the forecast, until its worker is free again. */
interface Occupied {
  readonly group: string;
  readonly until: number;
}

/** In how many seconds each waiting run ends, as far as that can be known. */
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
      // Nobody is free, or all that wait belong to groups that have enough.
      const ended = occupied.splice(indexOfFirst(occupied), 1)[0];
      if (ended === undefined || ended.until === Number.POSITIVE_INFINITY) break;
      groups.noteEnd(ended.group);
      now = ended.until;
      free++;
      continue;
    }
    free--;
    const until = now + (next.expectedSeconds ?? Number.POSITIVE_INFINITY);
    occupied.push({ group: next.group, until });
    if (until < Number.POSITIVE_INFINITY) ends.set(next.runId, until);
  }
  return ends;
}

function secondsLeft({ expectedSeconds }: ForecastJob, runningSeconds: number): number {
  if (expectedSeconds === null) return Number.POSITIVE_INFINITY;
  return Math.max(expectedSeconds - runningSeconds, OVERTIME_SHARE * runningSeconds);
}

/** Which job ends first. */
function indexOfFirst(occupied: readonly Occupied[]): number {
  let first = 0;
  for (let i = 1; i < occupied.length; i++) if (occupied[i]!.until < occupied[first]!.until) first = i;
  return first;
}
