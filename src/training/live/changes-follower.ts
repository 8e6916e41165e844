import { isUnavailable } from '../../errors.ts';
import { LiveIterator, type LiveSource } from '../../platform/concurrency/live-iterator.ts';
import type { Follower } from './change-poller.ts';
import type { BatchQuery, BatchResult } from './read-batch.ts';
import type { ChangesListener, TrainingRunChange } from './run-changes.ts';

/** Of more runs than this no rows are held for one who is slow: they are read again when it comes to them. */
const MAX_WAITING_ROWS = 100;

/** So many of them are read again at a time. */
const REREAD_ROWS = 50;

/** A change that waits to be taken; `isRead` is false where its row is still to be read again. */
interface WaitingChange {
  readonly change: TrainingRunChange;
  readonly isRead: boolean;
}

/** What a follower of changes needs of the feed. */
export interface ChangesSource {
  /** Reads for it in the next round. */
  feed(follower: Follower): void;
  /** Called once, when it follows no more. */
  onRelease(follower: ChangesFollower): void;
}

/** Follows the changes of a workspace's runs, or of one dataset's. One who is slow gets the latest of each run. */
export class ChangesFollower implements Follower, ChangesListener, LiveSource<TrainingRunChange> {
  readonly iterator: LiveIterator<TrainingRunChange>;
  readonly #source: ChangesSource;
  readonly #datasetId: string | null;
  readonly #waiting = new Map<string, WaitingChange>();
  #asked: readonly string[] = [];
  #isOver = false;

  constructor(source: ChangesSource, datasetId: string | null) {
    this.#source = source;
    this.#datasetId = datasetId;
    this.iterator = new LiveIterator(this);
  }

  tell(change: TrainingRunChange): void {
    if (this.#datasetId !== null && change.datasetId !== this.#datasetId) return;
    const { runId } = change;
    const before = this.#waiting.get(runId);
    // Nobody has heard yet that it was created.
    const kind = change.kind === 'UPDATED' && before !== undefined ? before.change.kind : change.kind;
    const isRead = before?.isRead ?? this.#waiting.size < MAX_WAITING_ROWS;
    this.#waiting.set(runId, { change: { ...change, kind, run: isRead ? change.run : null }, isRead });
    this.iterator.wake();
  }

  take(): TrainingRunChange | undefined {
    const [next] = this.#waiting.values();
    if (next === undefined) return undefined;
    if (!next.isRead) {
      this.#source.feed(this);
      return undefined;
    }
    this.#waiting.delete(next.change.runId);
    return next.change;
  }

  ask(question: BatchQuery): boolean {
    if (this.#isOver) return false;
    const unread = [...this.#waiting].filter(([, { isRead }]) => !isRead).slice(0, REREAD_ROWS);
    this.#asked = unread.map(([runId]) => runId);
    for (const runId of this.#asked) question.askRow(runId, -1);
    return this.#asked.length > 0;
  }

  receive(answer: BatchResult): void {
    for (const runId of this.#asked) {
      const waiting = this.#waiting.get(runId);
      if (waiting === undefined || waiting.isRead) continue;
      const run = answer.row(runId);
      const change: TrainingRunChange =
        run === null ? { ...waiting.change, kind: 'DELETED', run } : { ...waiting.change, run };
      this.#waiting.set(runId, { change, isRead: true });
    }
    this.#asked = [];
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
