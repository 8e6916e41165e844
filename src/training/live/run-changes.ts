import { isUnavailable } from '../../errors.ts';
import type { TrainingRunRow } from '../runs/training-run.store.ts';
import { isEnded } from '../runs/training-run-status.ts';
import type { WorkspaceFollower } from './change-poller.ts';
import type { RunHead } from './live-run.store.ts';
import type { BatchQuery, BatchResult } from './read-batch.ts';

export const CHANGE_KINDS = ['CREATED', 'UPDATED', 'DELETED'] as const;

/** A change of one run of a list. `run` is null for DELETED. */
export interface TrainingRunChange {
  readonly kind: (typeof CHANGE_KINDS)[number];
  readonly runId: string;
  readonly datasetId: string;
  readonly run: TrainingRunRow | null;
}

/** A list needs no more than one change a second of each run. */
const MILLISECONDS_BETWEEN_CHANGES = 1_000;

/** The clocks of the machines that end runs may differ by so much from this one's. */
const CLOCK_MARGIN_MILLISECONDS = 10_000;

/** More runs than a person follows; beyond it the oldest are forgotten, which at worst repeats a change of theirs. */
const MAX_KNOWN = 10_000;

/** What is known of a run. */
interface Known {
  readonly seq: number;
  readonly archivedAt: Date | null;
  readonly isTold: boolean;
  readonly isEnded: boolean;
  readonly datasetId: string;
}

/** Who hears of the changes. */
export interface ChangesListener {
  tell(change: TrainingRunChange): void;
  fail(error: unknown): void;
}

/** Finds out, for all who follow the runs of a workspace, what has changed: of each run at most once a second. */
export class RunChanges implements WorkspaceFollower {
  readonly #openedAt = Date.now();
  readonly #listeners = new Set<ChangesListener>();
  readonly #onDue: () => void;
  readonly #known = new Map<string, Known>();
  readonly #due = new Set<string>();
  /** Runs that were told of within the last second, and whether they have changed again since. */
  readonly #resting = new Map<string, boolean>();
  readonly #opened = Promise.withResolvers<void>();
  #asked: readonly string[] = [];
  #isOpen = false;
  #lookedAt = Date.now();

  /** `onDue` is called when there is something to ask for that nobody hinted at. */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
    // Whoever comes first waits for it; nobody may.
    this.#opened.promise.catch(() => undefined);
  }

  /** Resolves once no later change can be missed. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get endedSince(): Date {
    return new Date(this.#lookedAt - CLOCK_MARGIN_MILLISECONDS);
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  add(listener: ChangesListener): void {
    this.#listeners.add(listener);
  }

  remove(listener: ChangesListener): void {
    this.#listeners.delete(listener);
  }

  note(runId: string): boolean {
    if (this.#resting.has(runId)) {
      this.#resting.set(runId, true);
      return false;
    }
    this.#due.add(runId);
    return true;
  }

  /** The first time it only learns how far the runs are. */
  catchUp(marks: readonly RunHead[]): boolean {
    this.#lookedAt = Date.now();
    const isFirst = !this.#isOpen;
    const live = new Set(marks.map(({ id }) => id));
    // What has neither ended, as far as was known, nor is live has ended unnoticed, or is gone.
    for (const [id, known] of this.#known) if (!known.isEnded && !live.has(id)) this.note(id);
    for (const mark of marks) {
      const { id, lastSeq: seq, status, datasetId, archivedAt } = mark;
      if (isFirst) this.#remember(id, { seq, archivedAt, isTold: false, isEnded: isEnded(status), datasetId });
      else if (hasChanged(this.#known.get(id), mark)) this.note(id);
    }
    this.#isOpen = true;
    this.#opened.resolve();
    return this.#due.size > 0;
  }

  ask(question: BatchQuery): boolean {
    const asked: string[] = [];
    for (const runId of this.#due) {
      if (question.isFull) break;
      const known = this.#known.get(runId);
      // One that has ended has no further events, but it may have been put away, which its number does not tell.
      question.askRow(runId, known?.isTold === true && !known.isEnded ? known.seq : -1);
      asked.push(runId);
    }
    for (const runId of asked) this.#due.delete(runId);
    this.#asked = asked;
    return asked.length > 0;
  }

  receive(answer: BatchResult): void {
    for (const runId of this.#asked) {
      const change = this.#toChange(runId, answer);
      if (change === null) continue;
      this.#rest(runId);
      for (const listener of [...this.#listeners]) listener.tell(change);
    }
    this.#asked = [];
    if (this.#due.size > 0) this.#onDue();
  }

  /** What was asked for in vain is asked for again. */
  fail(error: unknown): boolean {
    for (const runId of this.#asked) this.#due.add(runId);
    this.#asked = [];
    if (this.#isOpen && isUnavailable(error)) return true;
    this.#opened.reject(error);
    for (const listener of [...this.#listeners]) listener.fail(error);
    return false;
  }

  #toChange(runId: string, answer: BatchResult): TrainingRunChange | null {
    const known = this.#known.get(runId);
    if (answer.mark(runId) === null) {
      this.#known.delete(runId);
      return known === undefined ? null : { kind: 'DELETED', runId, datasetId: known.datasetId, run: null };
    }
    const run = answer.row(runId);
    if (run === null || (known?.isTold === true && !hasChanged(known, run))) return null;
    const { datasetId, lastSeq: seq, status, createdAt, archivedAt } = run;
    this.#remember(runId, { seq, archivedAt, isTold: true, isEnded: isEnded(status), datasetId });
    const isNew = known?.isTold !== true && createdAt.getTime() >= this.#openedAt;
    return { kind: isNew ? 'CREATED' : 'UPDATED', runId, datasetId, run };
  }

  #rest(runId: string): void {
    this.#resting.set(runId, false);
    const end = () => {
      const hasChanged = this.#resting.get(runId) === true;
      this.#resting.delete(runId);
      if (!hasChanged || this.#listeners.size === 0) return;
      this.#due.add(runId);
      this.#onDue();
    };
    setTimeout(end, MILLISECONDS_BETWEEN_CHANGES).unref();
  }

  #remember(runId: string, known: Known): void {
    this.#known.delete(runId);
    this.#known.set(runId, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** Whether a run has had an event since, or was put away or taken out again. */
function hasChanged(
  known: Known | undefined,
  { lastSeq, archivedAt }: Pick<RunHead, 'lastSeq' | 'archivedAt'>,
): boolean {
  if (known === undefined || lastSeq > known.seq) return true;
  return archivedAt?.getTime() !== known.archivedAt?.getTime();
}
