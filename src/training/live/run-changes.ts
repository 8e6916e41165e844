import { isUnavailable } from '../../errors.ts';
import { isEnded } from '../../jobs/job-status.ts';
import type { WorkspaceFollower } from '../../jobs/live/change-poller.ts';
import type { BatchQuery, BatchResult } from '../../jobs/live/read-batch.ts';
import type { TrainingRunRow } from '../runs/training-run.store.ts';
import type { DeletedRun } from './announce-deleted-runs.ts';
import type { RunHead } from './live-run.store.ts';
import type { RunTypes } from './run-followers.ts';

export const CHANGE_KINDS = ['CREATED', 'UPDATED', 'DELETED'] as const;

/** A change of one run in a list. `run` is null for DELETED. */
export interface TrainingRunChange {
  readonly kind: (typeof CHANGE_KINDS)[number];
  readonly runId: string;
  readonly datasetId: string;
  readonly run: TrainingRunRow | null;
}

/** A list needs at most one change per second and run. */
const MILLISECONDS_BETWEEN_CHANGES = 1_000;

/** Tolerated clock difference between this machine and those of the workers. */
const CLOCK_MARGIN_MILLISECONDS = 10_000;

/** Beyond this the oldest runs are forgotten, which at worst repeats a change. */
const MAX_KNOWN_RUNS = 10_000;

/** The last known state of a run. */
interface KnownRun {
  readonly seq: number;
  readonly archivedAt: Date | null;
  readonly labelledAt: Date | null;
  readonly isAnnounced: boolean;
  readonly isEnded: boolean;
  readonly datasetId: string;
}

/** Receives the changes. */
export interface ChangesListener {
  onChange(change: TrainingRunChange): void;
  fail(error: unknown): void;
}

/** Detects changes of the runs of a workspace for all of its followers: at most one per second and run. */
export class RunChanges implements WorkspaceFollower<RunTypes> {
  readonly #openedAt = Date.now();
  readonly #listeners = new Set<ChangesListener>();
  readonly #onDue: () => void;
  readonly #known = new Map<string, KnownRun>();
  readonly #due = new Set<string>();
  readonly #restored = new Set<string>();
  /** Runs announced within the last second, and whether they have changed again since. */
  readonly #throttled = new Map<string, boolean>();
  readonly #opened = Promise.withResolvers<void>();
  #requested: readonly string[] = [];
  #isOpen = false;
  #checkedAt = Date.now();

  /** `onDue` is called when there is something to read without a notification. */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
    // A rejection without a waiting caller is not an error.
    this.#opened.promise.catch(() => undefined);
  }

  /** Resolves once no further change can be missed. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get endedSince(): Date {
    return new Date(this.#checkedAt - CLOCK_MARGIN_MILLISECONDS);
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

  /** A run of that dataset is gone, which may never have been looked at: a list may show it all the same. */
  expectDeletion({ runId, datasetId }: DeletedRun): void {
    if (this.#known.has(runId)) return;
    this.#remember(runId, {
      seq: -1,
      archivedAt: null,
      labelledAt: null,
      isAnnounced: false,
      isEnded: true,
      datasetId,
    });
  }

  /** A run that was gone is there again. */
  expectRestoration(runId: string): void {
    this.#restored.add(runId);
  }

  notify(runId: string): boolean {
    if (this.#throttled.has(runId)) {
      this.#throttled.set(runId, true);
      return false;
    }
    this.#due.add(runId);
    return true;
  }

  /** The first call only records the heads of the runs. */
  catchUp(heads: readonly RunHead[]): boolean {
    this.#checkedAt = Date.now();
    const isFirst = !this.#isOpen;
    const live = new Set(heads.map(({ id }) => id));
    // A run that is neither known as ended nor live has ended unnoticed, or is gone.
    for (const [id, known] of this.#known) if (!known.isEnded && !live.has(id)) this.notify(id);
    for (const head of heads) {
      const { id, status } = head;
      if (isFirst) this.#remember(id, { ...toKnown(head), isAnnounced: false, isEnded: isEnded(status) });
      else if (hasChanged(this.#known.get(id), head)) this.notify(id);
    }
    this.#isOpen = true;
    this.#opened.resolve();
    return this.#due.size > 0;
  }

  addRequests(query: BatchQuery): boolean {
    const requested: string[] = [];
    for (const runId of this.#due) {
      if (query.isFull) break;
      // Whatever its sequence number is: being archived, named or tagged does not change it.
      query.requestRow(runId, -1);
      requested.push(runId);
    }
    for (const runId of requested) this.#due.delete(runId);
    this.#requested = requested;
    return requested.length > 0;
  }

  receive(result: BatchResult<RunTypes>): void {
    for (const runId of this.#requested) {
      const change = this.#toChange(runId, result);
      if (change === null) continue;
      this.#throttle(runId);
      for (const listener of [...this.#listeners]) listener.onChange(change);
    }
    this.#requested = [];
    if (this.#due.size > 0) this.#onDue();
  }

  /** Failed requests are repeated. */
  fail(error: unknown): boolean {
    for (const runId of this.#requested) this.#due.add(runId);
    this.#requested = [];
    if (this.#isOpen && isUnavailable(error)) return true;
    this.#opened.reject(error);
    for (const listener of [...this.#listeners]) listener.fail(error);
    return false;
  }

  #toChange(runId: string, result: BatchResult<RunTypes>): TrainingRunChange | null {
    const known = this.#known.get(runId);
    if (result.head(runId) === null) {
      this.#known.delete(runId);
      return known === undefined ? null : { kind: 'DELETED', runId, datasetId: known.datasetId, run: null };
    }
    const run = result.row(runId);
    if (run === null) return null;
    if (known?.isAnnounced === true && !hasChanged(known, run) && !this.#restored.has(runId)) return null;
    const { datasetId, status, createdAt } = run;
    this.#remember(runId, { ...toKnown(run), isAnnounced: true, isEnded: isEnded(status) });
    const isRestored = this.#restored.delete(runId);
    const isNew = isRestored || (known?.isAnnounced !== true && createdAt.getTime() >= this.#openedAt);
    return { kind: isNew ? 'CREATED' : 'UPDATED', runId, datasetId, run };
  }

  #throttle(runId: string): void {
    this.#throttled.set(runId, false);
    const end = () => {
      const hasChangedAgain = this.#throttled.get(runId) === true;
      this.#throttled.delete(runId);
      if (!hasChangedAgain || this.#listeners.size === 0) return;
      this.#due.add(runId);
      this.#onDue();
    };
    setTimeout(end, MILLISECONDS_BETWEEN_CHANGES).unref();
  }

  #remember(runId: string, known: KnownRun): void {
    this.#known.delete(runId);
    this.#known.set(runId, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN_RUNS && oldest !== undefined) this.#known.delete(oldest);
  }
}

type Changing = Pick<RunHead, 'lastSeq' | 'archivedAt' | 'labelledAt'>;

function toKnown({ lastSeq: seq, archivedAt, labelledAt, datasetId }: Changing & Pick<RunHead, 'datasetId'>) {
  return { seq, archivedAt, labelledAt, datasetId };
}

/** Whether a run has had an event since, or was archived, restored, named or tagged. */
function hasChanged(known: KnownRun | undefined, { lastSeq, archivedAt, labelledAt }: Changing): boolean {
  if (known === undefined || lastSeq > known.seq) return true;
  if (labelledAt?.getTime() !== known.labelledAt?.getTime()) return true;
  return archivedAt?.getTime() !== known.archivedAt?.getTime();
}
