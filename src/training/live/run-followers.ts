import { isEnded } from '../../jobs/job-status.ts';
import type { JobKind } from '../../jobs/live/followed-job.ts';
import { BaseJobFollower, type FollowerOptions } from '../../jobs/live/job-followers.ts';
import { QueuedFollower } from '../../jobs/live/queued-follower.ts';
import type { BatchQuery, BatchResult } from '../../jobs/live/read-batch.ts';
import type { QueueForecast } from '../../jobs/queue/queue-forecast.ts';
import type { TrainingEventRow } from '../events/training-event.store.ts';
import type { TrainingRunRow } from '../runs/training-run.store.ts';
import type { RunHead } from './live-run.store.ts';

/** With this many pending events, nothing more is read for a follower until they are consumed. */
const MAX_WAITING_EVENTS = 50;

/** What followers read of runs. */
export interface RunTypes {
  readonly head: RunHead;
  readonly row: TrainingRunRow;
  readonly event: TrainingEventRow;
}

const RUN_KIND: JobKind<RunTypes> = {
  noun: 'training run',
  isEnded: ({ status }) => isEnded(status),
};

/** Follows the events of a run: each once, in order, after a sequence number. */
export class EventFollower extends BaseJobFollower<RunTypes, TrainingEventRow> {
  #seq: number;
  #waiting: TrainingEventRow[] = [];
  /** Whether more events may be stored than are waiting here: they are read once these are taken. */
  #mayHaveMore = false;

  constructor(options: Omit<FollowerOptions<RunTypes>, 'kind'>, afterSeq: number) {
    super({ ...options, kind: RUN_KIND });
    this.#seq = afterSeq;
  }

  take(): TrainingEventRow | undefined {
    const event = this.#waiting.shift();
    if (this.#waiting.length === 0 && this.#mayHaveMore) {
      this.#mayHaveMore = false;
      this.schedule();
    }
    return event;
  }

  isBehind(head: RunHead | null): boolean {
    return head === null || head.lastSeq > this.#seq || isEnded(head.status);
  }

  protected addJobRequests(query: BatchQuery): boolean {
    this.#mayHaveMore = this.#waiting.length >= MAX_WAITING_EVENTS;
    if (!this.#mayHaveMore) query.requestEvents(this.id, this.#seq);
    return !this.#mayHaveMore;
  }

  protected accept(result: BatchResult<RunTypes>, head: RunHead): boolean {
    const events = result.events(this.id, this.#seq);
    this.#waiting.push(...events);
    this.#seq = events.at(-1)?.seq ?? this.#seq;
    this.#mayHaveMore = head.lastSeq > this.#seq;
    return !this.#mayHaveMore && isEnded(head.status);
  }
}

/** Follows the row of a run, and its forecast while it is queued. */
export class ProgressFollower extends QueuedFollower<RunTypes> {
  /** `onRow` is called with each row, and returns the forecast of the run. */
  constructor(options: Omit<FollowerOptions<RunTypes>, 'kind'>, onRow: (run: TrainingRunRow) => QueueForecast | null) {
    super({ ...options, kind: RUN_KIND }, onRow);
  }
}
