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
  /** Groups below the limit with waiting jobs: a heap, with the earliest position on top. */
  readonly #ready: WaitingGroup<Job>[] = [];

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
    for (const [group, { jobs, positions }] of members)
      this.#groups.set(group, { jobs, positions, next: 0, running: 0 });
    for (const { group } of running) {
      const known = this.#groups.get(group);
      if (known !== undefined) known.running++;
    }
    for (const group of this.#groups.values()) if (group.running < maxOfGroup) this.#push(group);
  }

  /** Takes the first job that may start; null if there is none. */
  takeFirst(): Job | null {
    const [group] = this.#ready;
    if (group === undefined) return null;
    const job = group.jobs[group.next++] ?? null;
    group.running++;
    if (group.next === group.jobs.length || group.running >= this.#maxOfGroup) this.#dropFirst();
    else this.#sink();
    return job;
  }

  /** A job of the group has ended. */
  release(name: string): void {
    const group = this.#groups.get(name);
    if (group === undefined) return;
    group.running--;
    if (group.running === this.#maxOfGroup - 1 && group.next < group.jobs.length) this.#push(group);
  }

  #push(group: WaitingGroup<Job>): void {
    let at = this.#ready.push(group) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#positionAt(parent) <= this.#positionAt(at)) return;
      this.#swap(parent, at);
      at = parent;
    }
  }

  #dropFirst(): void {
    const last = this.#ready.pop();
    if (last === undefined || this.#ready.length === 0) return;
    this.#ready[0] = last;
    this.#sink();
  }

  /** Restores the heap after the position of the top group has changed. */
  #sink(): void {
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const child = this.#positionAt(left + 1) < this.#positionAt(left) ? left + 1 : left;
      if (this.#positionAt(at) <= this.#positionAt(child)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  /** Infinity beyond the heap. */
  #positionAt(index: number): number {
    const group = this.#ready[index];
    return group?.positions[group.next] ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    // Both are indices of the heap.
    [this.#ready[a], this.#ready[b]] = [this.#ready[b]!, this.#ready[a]!];
  }
}
