/** What the order of a queue depends on. */
interface GroupedJob {
  readonly group: string;
}

/** The jobs of one group that are still to be taken. */
interface WaitingGroup<Job> {
  readonly jobs: readonly Job[];
  /** Where each of them stands in the queue; rising. */
  readonly places: readonly number[];
  next: number;
  running: number;
}

/** A queue of which the first job is taken whose group may have one more at work. */
export class GroupQueue<Job extends GroupedJob> {
  readonly #maxOfGroup: number;
  readonly #groups = new Map<string, WaitingGroup<Job>>();
  /** Groups that have a job waiting and may have one more at work: a heap, the one with the first place on top. */
  readonly #ready: WaitingGroup<Job>[] = [];

  /** `waiting`: in the order in which they are taken. `running`: those at work. */
  constructor(waiting: readonly Job[], running: readonly GroupedJob[], maxOfGroup: number) {
    this.#maxOfGroup = maxOfGroup;
    const members = new Map<string, { readonly jobs: Job[]; readonly places: number[] }>();
    for (const [place, job] of waiting.entries()) {
      const known = members.get(job.group);
      if (known === undefined) members.set(job.group, { jobs: [job], places: [place] });
      else {
        known.jobs.push(job);
        known.places.push(place);
      }
    }
    for (const [group, { jobs, places }] of members) this.#groups.set(group, { jobs, places, next: 0, running: 0 });
    for (const { group } of running) {
      const known = this.#groups.get(group);
      if (known !== undefined) known.running++;
    }
    for (const group of this.#groups.values()) if (group.running < maxOfGroup) this.#push(group);
  }

  /** Takes the first job that may be worked on; null where there is none. */
  takeFirst(): Job | null {
    const [group] = this.#ready;
    if (group === undefined) return null;
    const job = group.jobs[group.next++] ?? null;
    group.running++;
    if (group.next === group.jobs.length || group.running >= this.#maxOfGroup) this.#dropFirst();
    else this.#sink();
    return job;
  }

  /** Takes note that a job of the group has ended. */
  noteEnd(name: string): void {
    const group = this.#groups.get(name);
    if (group === undefined) return;
    group.running--;
    if (group.running === this.#maxOfGroup - 1 && group.next < group.jobs.length) this.#push(group);
  }

  #push(group: WaitingGroup<Job>): void {
    let at = this.#ready.push(group) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#placeAt(parent) <= this.#placeAt(at)) return;
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

  /** The group on top has another first place: it goes down to where it belongs. */
  #sink(): void {
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const child = this.#placeAt(left + 1) < this.#placeAt(left) ? left + 1 : left;
      if (this.#placeAt(at) <= this.#placeAt(child)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  /** Infinity beyond the heap. */
  #placeAt(index: number): number {
    const group = this.#ready[index];
    return group?.places[group.next] ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    // Both are indices of the heap.
    [this.#ready[a], this.#ready[b]] = [this.#ready[b]!, this.#ready[a]!];
  }
}
