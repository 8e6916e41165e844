import type { Look } from '../platform/live-iterator.ts';
import type { TrainingRunRow } from './training-run.store.ts';

export const CHANGE_KINDS = ['CREATED', 'UPDATED', 'DELETED'] as const;

/** A change of one run of a list. `run` is null for DELETED. */
export interface TrainingRunChange {
  readonly kind: (typeof CHANGE_KINDS)[number];
  readonly runId: string;
  readonly run: TrainingRunRow | null;
}

/** A list needs no more than one change a second of each run. */
const MILLISECONDS_BETWEEN_CHANGES = 1_000;

/** After a gap in the notifications, runs that changed this long before the last look are looked at once more. */
const GAP_MARGIN_MILLISECONDS = 5_000;

/** More runs than a person follows; beyond it the oldest are forgotten, which at worst repeats a change of theirs. */
const MAX_REMEMBERED = 10_000;

/** Where the changes are read. */
export interface RunReader {
  /** The runs with these ids, in their order; null for one that is gone. */
  readonly read: (ids: readonly string[]) => Promise<(TrainingRunRow | null)[]>;
  /** The runs that changed since a moment. */
  readonly readSince: (since: Date) => Promise<TrainingRunRow[]>;
  readonly isWanted: (run: TrainingRunRow) => boolean;
}

/** Gathers hints about runs and gives, a run at most once a second, what has changed. */
export class RunChanges {
  readonly #reader: RunReader;
  readonly #openedAt = Date.now();
  readonly #noted = new Set<string>();
  /** By run: the last event that was told of, and when. */
  readonly #told = new Map<string, { readonly seq: number; readonly at: number }>();
  #gap = false;
  #lastLook = Date.now();

  constructor(reader: RunReader) {
    this.#reader = reader;
  }

  /** Takes note that a run changed, and calls `hint` when it may be told of. */
  note(runId: string, hint: () => void): void {
    this.#noted.add(runId);
    const wait = this.#waitFor(runId);
    if (wait <= 0) hint();
    else setTimeout(hint, wait).unref();
  }

  /** Takes note that changes may have been missed. */
  noteGap(hint: () => void): void {
    this.#gap = true;
    hint();
  }

  /** What has changed and may be told now. What could not be read is looked at again the next time. */
  async look(): Promise<Look<TrainingRunChange>> {
    const now = Date.now();
    const due = [...this.#noted].filter((id) => this.#waitFor(id) <= 0);
    for (const id of due) this.#noted.delete(id);
    const hasGap = this.#gap;
    this.#gap = false;
    try {
      const found = due.length === 0 ? [] : await this.#reader.read(due);
      const missed = hasGap ? await this.#reader.readSince(this.#lookedSince()) : [];
      this.#lastLook = now;
      const changes = due.flatMap((id, index) => this.#toChange(id, found[index] ?? null));
      return { items: [...changes, ...missed.flatMap((run) => this.#toChange(run.id, run))], ended: false };
    } catch (error) {
      for (const id of due) this.#noted.add(id);
      this.#gap ||= hasGap;
      throw error;
    }
  }

  /** Since when changes may have been missed: what changed before anybody listened was not. */
  #lookedSince(): Date {
    return new Date(Math.max(this.#openedAt, this.#lastLook - GAP_MARGIN_MILLISECONDS));
  }

  #waitFor(runId: string): number {
    const told = this.#told.get(runId);
    return told === undefined ? 0 : told.at + MILLISECONDS_BETWEEN_CHANGES - Date.now();
  }

  #toChange(runId: string, run: TrainingRunRow | null): TrainingRunChange[] {
    const told = this.#told.get(runId);
    if (run === null) return told === undefined ? [] : [{ kind: 'DELETED', runId, run }];
    if (!this.#reader.isWanted(run) || (told !== undefined && run.lastSeq <= told.seq)) return [];
    this.#remember(runId, run.lastSeq);
    const isNew = told === undefined && run.createdAt.getTime() >= this.#openedAt;
    return [{ kind: isNew ? 'CREATED' : 'UPDATED', runId, run }];
  }

  #remember(runId: string, seq: number): void {
    this.#told.delete(runId);
    this.#told.set(runId, { seq, at: Date.now() });
    const [oldest] = this.#told.keys();
    if (this.#told.size > MAX_REMEMBERED && oldest !== undefined) this.#told.delete(oldest);
  }
}
