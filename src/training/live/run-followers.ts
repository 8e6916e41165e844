import { isUnavailable, notFound } from '../../errors.ts';
import { LiveIterator, type LiveSource } from '../../platform/concurrency/live-iterator.ts';
import type { QueueForecast } from '../forecast/queue-forecast.ts';
import type { TrainingEventRow, TrainingRunRow } from '../runs/training-run.store.ts';
import { isEnded } from '../runs/training-run-status.ts';
import type { ChangePoller, RunFollower } from './change-poller.ts';
import type { RunHead } from './live-run.store.ts';
import type { BatchQuery, BatchResult } from './read-batch.ts';

/** With this many pending events, nothing more is read for a follower until they are consumed. */
const MAX_WAITING_EVENTS = 50;

/** Base of the followers of one run: the first result shows whether the run exists, and the end of the run completes them. */
abstract class BaseRunFollower<T> implements RunFollower, LiveSource<T> {
  readonly runId: string;
  readonly iterator: LiveIterator<T>;
  readonly #poller: ChangePoller;
  readonly #onRelease: () => void;
  readonly #found = Promise.withResolvers<void>();
  #isFound = false;
  #isOver = false;

  /** `runId` as it is stored. `onRelease` is called once, when it stops following. */
  constructor(poller: ChangePoller, runId: string, onRelease: () => void) {
    this.#poller = poller;
    this.runId = runId;
    this.#onRelease = onRelease;
    this.iterator = new LiveIterator(this);
  }

  /** Starts; returns the iterator once the run has been found. Rejects with NOT_FOUND, or with the error of the read. */
  async start(): Promise<LiveIterator<T>> {
    this.#poller.add(this);
    await this.#found.promise;
    return this.iterator;
  }

  addRequests(query: BatchQuery): boolean {
    return !this.#isOver && this.addRunRequests(query);
  }

  receive(result: BatchResult): void {
    if (this.#isOver) return;
    const head = result.head(this.runId);
    if (head === null && !this.#isFound) {
      this.fail(notFound('training run', this.runId));
      return;
    }
    this.#isFound = true;
    this.#found.resolve();
    // A run that is gone has no further events, not even its end.
    if (head === null || this.accept(result, head)) this.iterator.end();
    else this.iterator.wake();
  }

  fail(error: unknown): boolean {
    if (this.#isOver) return false;
    if (this.#isFound && isUnavailable(error)) return true;
    if (this.#isFound) this.iterator.fail(error);
    else {
      this.#found.reject(error);
      void this.iterator.return();
    }
    return false;
  }

  release(): void {
    this.#isOver = true;
    this.#poller.remove(this);
    this.#onRelease();
  }

  /** Includes it in the next round. */
  protected schedule(): void {
    if (!this.#isOver) this.#poller.schedule(this);
  }

  abstract take(): T | undefined;
  abstract isBehind(head: RunHead | null): boolean;
  protected abstract addRunRequests(query: BatchQuery): boolean;
  /** Takes what is new; true if the run has ended with it. */
  protected abstract accept(result: BatchResult, head: RunHead): boolean;
}

/** Follows the events of a run: each once, in order, after a sequence number. */
export class EventFollower extends BaseRunFollower<TrainingEventRow> {
  #seq: number;
  #waiting: TrainingEventRow[] = [];
  #hasMore = false;

  constructor(poller: ChangePoller, runId: string, afterSeq: number, onRelease: () => void) {
    super(poller, runId, onRelease);
    this.#seq = afterSeq;
  }

  take(): TrainingEventRow | undefined {
    const event = this.#waiting.shift();
    if (this.#waiting.length === 0 && this.#hasMore) {
      this.#hasMore = false;
      this.schedule();
    }
    return event;
  }

  isBehind(head: RunHead | null): boolean {
    return head === null || head.lastSeq > this.#seq || isEnded(head.status);
  }

  protected addRunRequests(query: BatchQuery): boolean {
    this.#hasMore = this.#waiting.length >= MAX_WAITING_EVENTS;
    if (!this.#hasMore) query.requestEvents(this.runId, this.#seq);
    return !this.#hasMore;
  }

  protected accept(result: BatchResult, head: RunHead): boolean {
    const events = result.events(this.runId, this.#seq);
    this.#waiting.push(...events);
    this.#seq = events.at(-1)?.seq ?? this.#seq;
    this.#hasMore = head.lastSeq > this.#seq;
    return !this.#hasMore && isEnded(head.status);
  }
}

/** A run as its followers see it: the row, and the forecast while it is queued. */
export interface FollowedRun {
  readonly run: TrainingRunRow;
  /** Null if unknown, or if the run is not queued. */
  readonly forecast: QueueForecast | null;
}

/** Follows the row of a run: as it is, then on every change. A slow consumer gets only the latest state. */
export class ProgressFollower extends BaseRunFollower<FollowedRun> {
  readonly #onRow: (run: TrainingRunRow) => QueueForecast | null;
  #seq = -1;
  #run: TrainingRunRow | null = null;
  #latest: FollowedRun | null = null;

  /** `onRow` is called with each row, and returns the forecast of the run. */
  constructor(
    poller: ChangePoller,
    runId: string,
    onRow: (run: TrainingRunRow) => QueueForecast | null,
    onRelease: () => void,
  ) {
    super(poller, runId, onRelease);
    this.#onRow = onRow;
  }

  take(): FollowedRun | undefined {
    const latest = this.#latest ?? undefined;
    this.#latest = null;
    return latest;
  }

  isBehind(head: RunHead | null): boolean {
    return head === null || head.lastSeq > this.#seq;
  }

  /** Emits the row again with a new forecast. */
  onForecast(forecast: QueueForecast): void {
    if (this.#run === null || this.#run.status !== 'QUEUED') return;
    this.#latest = { run: this.#run, forecast };
    this.iterator.wake();
  }

  protected addRunRequests(query: BatchQuery): boolean {
    query.requestRow(this.runId, this.#seq);
    return true;
  }

  protected accept(result: BatchResult): boolean {
    const run = result.row(this.runId);
    if (run === null || run.lastSeq <= this.#seq) return false;
    this.#seq = run.lastSeq;
    // Kept only while it may have to be emitted again.
    this.#run = run.status === 'QUEUED' ? run : null;
    this.#latest = { run, forecast: this.#onRow(run) };
    return isEnded(run.status);
  }
}
