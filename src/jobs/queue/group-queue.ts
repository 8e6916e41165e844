import TinyQueue from 'tinyqueue';

/** A job with the group whose concurrency is limited. */
interface GroupedJob {
  readonly group: string;
}

/** The waiting jobs of one group. */
interface WaitingGroup<Job> {
  readonly jobs: readonly Job[];
  /** Queue position of each job, ascending. */
  readonly positions: readonly number[];
  next: number;
  running: number;
}

/** A queue that hands out the first job whose group is below its concurrency limit. */
export class GroupQueue<Job extends GroupedJob> {
  readonly #maxOfGroup: number;
  readonly #groups = new Map<string, WaitingGroup<Job>>();
  /** Groups below the limit with waiting jobs: that of the earliest position first. */
  readonly #ready: TinyQueue<WaitingGroup<Job>>;

  /** `waiting`: in queue order. `running`: the jobs in progress. */
  constructor(waiting: readonly Job[], running: readonly GroupedJob[], maxOfGroup: number) {
    this.#maxOfGroup = maxOfGroup;
    const members = new Map<string, { readonly jobs: Job[]; readonly positions: number[] }>();
    for (const [position, job] of waiting.entries()) {
      const known = members.get(job.group);
      if (known === undefined) members.set(job.group, { jobs: [job], positions: [position] });
      else {
        known.jobs.push(job);
        known.positions.push(position);
      }
    }
    for (const [group, { jobs, positions }] of members) {
      this.#groups.set(group, { jobs, positions, next: 0, running: 0 });
    }
    for (const { group } of running) {
      const known = this.#groups.get(group);
      if (known !== undefined) known.running++;
    }
    const ready = [...this.#groups.values()].filter((group) => group.running < maxOfGroup);
    this.#ready = new TinyQueue(ready, (a, b) => nextPosition(a) - nextPosition(b));
  }

  /** Takes the first job that may start; null if there is none. */
  takeFirst(): Job | null {
    const group = this.#ready.pop();
    if (group === undefined) return null;
    const job = group.jobs[group.next++] ?? null;
    group.running++;
    if (group.running < this.#maxOfGroup) this.#addWaiting(group);
    return job;
  }

  /** A job of the group has ended. */
  release(name: string): void {
    const group = this.#groups.get(name);
    if (group === undefined) return;
    group.running--;
    if (group.running === this.#maxOfGroup - 1) this.#addWaiting(group);
  }

  #addWaiting(group: WaitingGroup<Job>): void {
    if (group.next < group.jobs.length) this.#ready.push(group);
  }
}

/** Queue position of the group's next job. */
function nextPosition(group: WaitingGroup<unknown>): number {
  return group.positions[group.next] ?? Number.POSITIVE_INFINITY;
}
