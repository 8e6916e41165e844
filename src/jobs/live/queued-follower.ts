import type { QueueForecast } from '../queue/queue-forecast.ts';
import type { JobTypes } from './followed-job.ts';
import { type FollowerOptions, RowFollower } from './job-followers.ts';

/** A job as its followers see it: the row, and the forecast while it is queued. */
export interface FollowedJob<Row> {
  readonly row: Row;
  /** Null if unknown, or if the job is not queued. */
  readonly forecast: QueueForecast | null;
}

/** A job that may be queued. */
interface QueuedTypes extends JobTypes {
  readonly row: JobTypes['row'] & { readonly status: string };
}

/** Follows the row of a job, and its forecast while it is queued. */
export class QueuedFollower<Types extends QueuedTypes> extends RowFollower<Types, FollowedJob<Types['row']>> {
  #row: Types['row'] | null = null;

  /** `onRow` is called with each row, and returns the forecast of the job. */
  constructor(options: FollowerOptions<Types>, onRow: (row: Types['row']) => QueueForecast | null) {
    super(options, (row) => {
      // Kept only while it may have to be emitted again.
      this.#row = row.status === 'QUEUED' ? row : null;
      return { row, forecast: onRow(row) };
    });
  }

  /** Emits the row again with a new forecast. */
  onForecast(forecast: QueueForecast): void {
    if (this.#row?.status === 'QUEUED') this.emit({ row: this.#row, forecast });
  }
}
