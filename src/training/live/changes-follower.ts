import { isUnavailable } from '../../errors.ts';
import type { Follower } from '../../jobs/live/change-poller.ts';
import type { BatchQuery, BatchResult } from '../../jobs/live/read-batch.ts';
import { LiveIterator, type LiveSource } from '../../platform/concurrency/live-iterator.ts';
import type { ChangesListener, TrainingRunChange } from './run-changes.ts';
import type { RunTypes } from './run-followers.ts';

/** For a slow follower at most this many rows are kept; rows of further runs are read again when their turn comes. */
const MAX_WAITING_ROWS = 100;

/** Batch size of rereading. */
const REREAD_ROWS = 50;

/** A pending change; `isRead` is false if its row must be read again. */
interface WaitingChange {
  readonly change: TrainingRunChange;
  readonly isRead: boolean;
}

/** What a follower of changes needs of the poller. */
export interface ChangesSource {
  /** Includes it in the next round. */
  schedule(follower: Follower<RunTypes>): void;
  /** Called once, when it stops following. */
  onRelease(follower: ChangesFollower): void;
}

/** Follows the changes of a workspace's runs, or of one dataset's. A slow consumer gets only the latest change of each run. */
export class ChangesFollower implements Follower<RunTypes>, ChangesListener, LiveSource<TrainingRunChange> {
  readonly iterator: LiveIterator<TrainingRunChange>;
  readonly #source: ChangesSource;
  readonly #datasetId: string | null;
  readonly #waiting = new Map<string, WaitingChange>();
  #requested: readonly string[] = [];
  #isOver = false;

  constructor(source: ChangesSource, datasetId: string | null) {
    this.#source = source;
    this.#datasetId = datasetId;
    this.iterator = new LiveIterator(this);
  }

  onChange(change: TrainingRunChange): void {
    if (this.#datasetId !== null && change.datasetId !== this.#datasetId) return;
    const { runId } = change;
    const before = this.#waiting.get(runId);
    // Its creation has not been delivered yet.
    const kind = change.kind === 'UPDATED' && before !== undefined ? before.change.kind : change.kind;
    const isRead = before?.isRead ?? this.#waiting.size < MAX_WAITING_ROWS;
    this.#waiting.set(runId, { change: { ...change, kind, run: isRead ? change.run : null }, isRead });
    this.iterator.wake();
  }

  take(): TrainingRunChange | undefined {
    const [next] = this.#waiting.values();
    if (next === undefined) return undefined;
    if (!next.isRead) {
      this.#source.schedule(this);
      return undefined;
    }
    this.#waiting.delete(next.change.runId);
    return next.change;
  }

  addRequests(query: BatchQuery): boolean {
    if (this.#isOver) return false;
    const unread = [...this.#waiting].filter(([, { isRead }]) => !isRead).slice(0, REREAD_ROWS);
    this.#requested = unread.map(([runId]) => runId);
    for (const runId of this.#requested) query.requestRow(runId, -1);
    return this.#requested.length > 0;
  }

  receive(result: BatchResult<RunTypes>): void {
    for (const runId of this.#requested) {
      const waiting = this.#waiting.get(runId);
      if (waiting === undefined || waiting.isRead) continue;
      const run = result.row(runId);
      const change: TrainingRunChange =
        run === null ? { ...waiting.change, kind: 'DELETED', run } : { ...waiting.change, run };
      this.#waiting.set(runId, { change, isRead: true });
    }
    this.#requested = [];
    this.iterator.wake();
  }

  fail(error: unknown): boolean {
    if (this.#isOver) return false;
    if (isUnavailable(error)) return true;
    this.iterator.fail(error);
    return false;
  }

  release(): void {
    this.#isOver = true;
    this.#waiting.clear();
    this.#source.onRelease(this);
  }
}
