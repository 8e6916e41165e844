import { isUnavailable, notFound } from '../../errors.ts';
import { LiveIterator, type LiveSource } from '../../platform/concurrency/live-iterator.ts';
import type { ChangePoller, JobFollower } from './change-poller.ts';
import type { JobKind, JobTypes } from './followed-job.ts';
import type { BatchQuery, BatchResult } from './read-batch.ts';

/** Where a follower belongs, and what it follows. */
export interface FollowerOptions<Types extends JobTypes> {
  readonly poller: ChangePoller<Types>;
  readonly kind: JobKind<Types>;
  /** As it is stored. */
  readonly id: string;
  /** Called once, when it stops following. */
  readonly onRelease: () => void;
}

/** Base of the followers of one job: the first result shows whether the job exists, and the end of the job completes them. */
export abstract class BaseJobFollower<Types extends JobTypes, Item> implements JobFollower<Types>, LiveSource<Item> {
  readonly id: string;
  readonly iterator: LiveIterator<Item>;
  protected readonly kind: JobKind<Types>;
  readonly #poller: ChangePoller<Types>;
  readonly #onRelease: () => void;
  readonly #found = Promise.withResolvers<void>();
  #isFound = false;
  #isOver = false;

  constructor({ poller, kind, id, onRelease }: FollowerOptions<Types>) {
    this.#poller = poller;
    this.kind = kind;
    this.id = id;
    this.#onRelease = onRelease;
    this.iterator = new LiveIterator(this);
  }

  /** Starts; returns the iterator once the job has been found. Rejects with NOT_FOUND, or with the error of the read. */
  async start(): Promise<LiveIterator<Item>> {
    this.#poller.add(this);
    await this.#found.promise;
    return this.iterator;
  }

  addRequests(query: BatchQuery): boolean {
    return !this.#isOver && this.addJobRequests(query);
  }

  receive(result: BatchResult<Types>): void {
    if (this.#isOver) return;
    const head = result.head(this.id);
    if (head === null && !this.#isFound) {
      this.fail(notFound(this.kind.noun, this.id));
      return;
    }
    this.#isFound = true;
    this.#found.resolve();
    // A job that is gone has no further events, not even its end.
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

  abstract take(): Item | undefined;
  abstract isBehind(head: Types['head'] | null): boolean;
  protected abstract addJobRequests(query: BatchQuery): boolean;
  /** Takes what is new; true if the job has ended with it. */
  protected abstract accept(result: BatchResult<Types>, head: Types['head']): boolean;
}

/** Follows the row of a job: as it is, then on every change. A slow consumer gets only the latest state. */
export class RowFollower<Types extends JobTypes, Item> extends BaseJobFollower<Types, Item> {
  readonly #onRow: (row: Types['row']) => Item;
  #seq = -1;
  #latest: Item | null = null;

  /** `onRow` is called with each row, and returns what consumers get of it. */
  constructor(options: FollowerOptions<Types>, onRow: (row: Types['row']) => Item) {
    super(options);
    this.#onRow = onRow;
  }

  take(): Item | undefined {
    const latest = this.#latest ?? undefined;
    this.#latest = null;
    return latest;
  }

  isBehind(head: Types['head'] | null): boolean {
    return head === null || head.lastSeq > this.#seq;
  }

  /** Emits something else of the same row. */
  protected emit(item: Item): void {
    this.#latest = item;
    this.iterator.wake();
  }

  protected addJobRequests(query: BatchQuery): boolean {
    query.requestRow(this.id, this.#seq);
    return true;
  }

  protected accept(result: BatchResult<Types>): boolean {
    const row = result.row(this.id);
    if (row === null || row.lastSeq <= this.#seq) return false;
    this.#seq = row.lastSeq;
    this.#latest = this.#onRow(row);
    return this.kind.isEnded(row);
  }
}
