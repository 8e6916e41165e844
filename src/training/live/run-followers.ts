import { isUnavailable, notFound } from '../../errors.ts';
import { LiveIterator, type LiveSource } from '../../platform/concurrency/live-iterator.ts';
import type { QueueForecast } from '../forecast/queue-forecast.ts';
import type { TrainingEventRow, TrainingRunRow } from '../runs/training-run.store.ts';
import { isEnded } from '../runs/training-run-status.ts';
import type { ChangePoller, RunFollower } from './change-poller.ts';
import type { RunHead } from './live-run.store.ts';
import type { BatchQuery, BatchResult } from './read-batch.ts';

/** One who has as many events as this in hand is read for again when it has taken them all, at its own pace. */
const MAX_WAITING_EVENTS = 50;

/** What followers of one run have in common: the first answer tells whether there is such a run, and the run's end ends them. */
abstract class FollowerOfRun<T> implements RunFollower, LiveSource<T> {
  readonly runId: string;
  readonly iterator: LiveIterator<T>;
  readonly #feed: ChangePoller;
  readonly #onRelease: () => void;
  readonly #found = Promise.withResolvers<void>();
  #isFound = false;
  #isOver = false;

  /** `runId` as it is stored. `onRelease` is called once, when it follows no more. */
  constructor(feed: ChangePoller, runId: string, onRelease: () => void) {
    this.#feed = feed;
    this.runId = runId;
    this.#onRelease = onRelease;
    this.iterator = new LiveIterator(this);
  }

  /** Begins; gives the iterator once the run has been found. Rejects with NOT_FOUND, or with why nobody can say. */
  async start(): Promise<LiveIterator<T>> {
    this.#feed.add(this);
    await this.#found.promise;
    return this.iterator;
  }

  ask(question: BatchQuery): boolean {
    return !this.#isOver && this.askFor(question);
  }

  receive(answer: BatchResult): void {
    if (this.#isOver) return;
    const mark = answer.mark(this.runId);
    if (mark === null && !this.#isFound) {
      this.fail(notFound('training run', this.runId));
      return;
    }
    this.#isFound = true;
    this.#found.resolve();
    // A run that is gone says nothing more, not even its end.
    if (mark === null || this.accept(answer, mark)) this.iterator.end();
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
    this.#feed.remove(this);
    this.#onRelease();
  }

  /** Reads for it in the next round. */
  protected feed(): void {
    if (!this.#isOver) this.#feed.feed(this);
  }

  abstract take(): T | undefined;
  abstract isBehind(mark: RunHead | null): boolean;
  protected abstract askFor(question: BatchQuery): boolean;
  /** Takes what is new; true where that was the run's last. */
  protected abstract accept(answer: BatchResult, mark: RunHead): boolean;
}

/** Follows the events of a run: each once, in order, from the number after which it begins. */
export class EventFollower extends FollowerOfRun<TrainingEventRow> {
  #seq: number;
  #waiting: TrainingEventRow[] = [];
  #hasMore = false;

  constructor(feed: ChangePoller, runId: string, afterSeq: number, onRelease: () => void) {
    super(feed, runId, onRelease);
    this.#seq = afterSeq;
  }

  take(): TrainingEventRow | undefined {
    const event = this.#waiting.shift();
    if (this.#waiting.length === 0 && this.#hasMore) {
      this.#hasMore = false;
      this.feed();
    }
    return event;
  }

  isBehind(mark: RunHead | null): boolean {
    return mark === null || mark.lastSeq > this.#seq || isEnded(mark.status);
  }

  protected askFor(question: BatchQuery): boolean {
    this.#hasMore = this.#waiting.length >= MAX_WAITING_EVENTS;
    if (!this.#hasMore) question.askEvents(this.runId, this.#seq);
    return !this.#hasMore;
  }

  protected accept(answer: BatchResult, mark: RunHead): boolean {
    const events = answer.events(this.runId, this.#seq);
    this.#waiting.push(...events);
    this.#seq = events.at(-1)?.seq ?? this.#seq;
    this.#hasMore = mark.lastSeq > this.#seq;
    return !this.#hasMore && isEnded(mark.status);
  }
}

/** A run as its followers see it: the row, and what is estimated of it while it waits. */
export interface FollowedRun {
  readonly run: TrainingRunRow;
  /** Null where nothing is known of it, or where the run does not wait. */
  readonly forecast: QueueForecast | null;
}

/** Follows the row of a run: as it is, then each time it has changed. One who is slow gets the latest. */
export class ProgressFollower extends FollowerOfRun<FollowedRun> {
  readonly #onRow: (run: TrainingRunRow) => QueueForecast | null;
  #seq = -1;
  #run: TrainingRunRow | null = null;
  #latest: FollowedRun | null = null;

  /** `onRow` hears of each row, and gives what is estimated of the run. */
  constructor(
    feed: ChangePoller,
    runId: string,
    onRow: (run: TrainingRunRow) => QueueForecast | null,
    onRelease: () => void,
  ) {
    super(feed, runId, onRelease);
    this.#onRow = onRow;
  }

  take(): FollowedRun | undefined {
    const latest = this.#latest ?? undefined;
    this.#latest = null;
    return latest;
  }

  isBehind(mark: RunHead | null): boolean {
    return mark === null || mark.lastSeq > this.#seq;
  }

  /** Gives the row again with what is now estimated of it. */
  tell(forecast: QueueForecast): void {
    if (this.#run === null || this.#run.status !== 'QUEUED') return;
    this.#latest = { run: this.#run, forecast };
    this.iterator.wake();
  }

  protected askFor(question: BatchQuery): boolean {
    question.askRow(this.runId, this.#seq);
    return true;
  }

  protected accept(answer: BatchResult): boolean {
    const run = answer.row(this.runId);
    if (run === null || run.lastSeq <= this.#seq) return false;
    this.#seq = run.lastSeq;
    // Kept only while it may have to be given again.
    this.#run = run.status === 'QUEUED' ? run : null;
    this.#latest = { run, forecast: this.#onRow(run) };
    return isEnded(run.status);
  }
}
