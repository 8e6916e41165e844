import type { JobCursor, JobTypes } from './followed-job.ts';

/** Larger rounds would delay the next notifications; the rest is read in the next round. */
const MAX_BATCH_REQUESTS = 500;

/** What one round reads: the heads of all of these jobs, and rows and events after cursors. */
export interface BatchParams {
  readonly ids: readonly string[];
  readonly rows: readonly JobCursor[];
  readonly events: readonly JobCursor[];
}

/** The rows that a round has read, and each event with the cursor after which it was requested. */
export interface BatchRows<Types extends JobTypes> {
  readonly heads: readonly Types['head'][];
  readonly rows: readonly Types['row'][];
  readonly events: readonly (JobCursor & { readonly event: Types['event'] })[];
}

/** Collects the requests of followers, without duplicates. */
export class BatchQuery {
  readonly #ids = new Set<string>();
  readonly #rows = new Map<string, number>();
  readonly #events = new Map<string, JobCursor>();

  get isFull(): boolean {
    return this.#rows.size + this.#events.size >= MAX_BATCH_REQUESTS;
  }

  /** Requests the row if it has changed after that sequence number. */
  requestRow(id: string, afterSeq: number): void {
    this.#ids.add(id);
    this.#rows.set(id, Math.min(afterSeq, this.#rows.get(id) ?? afterSeq));
  }

  /** Requests the next events after that sequence number. */
  requestEvents(id: string, afterSeq: number): void {
    this.#ids.add(id);
    this.#events.set(eventKey(id, afterSeq), { id, afterSeq });
  }

  toParams(): BatchParams {
    const rows = [...this.#rows].map(([id, afterSeq]) => ({ id, afterSeq }));
    return { ids: [...this.#ids], rows, events: [...this.#events.values()] };
  }
}

/** The result of a round, by job. Followers share the rows, which are immutable. */
export class BatchResult<Types extends JobTypes> {
  readonly #heads: ReadonlyMap<string, Types['head']>;
  readonly #rows: ReadonlyMap<string, Types['row']>;
  readonly #events: ReadonlyMap<string, readonly { readonly event: Types['event'] }[]>;

  constructor({ heads, rows, events }: BatchRows<Types>) {
    this.#heads = new Map(heads.map((head) => [head.id, head]));
    this.#rows = new Map(rows.map((row) => [row.id, row]));
    this.#events = Map.groupBy(events, ({ id, afterSeq }) => eventKey(id, afterSeq));
  }

  /** Null for a job that is gone. */
  head(id: string): Types['head'] | null {
    return this.#heads.get(id) ?? null;
  }

  /** Null if it has not changed since, or is gone. */
  row(id: string): Types['row'] | null {
    return this.#rows.get(id) ?? null;
  }

  events(id: string, afterSeq: number): readonly Types['event'][] {
    return (this.#events.get(eventKey(id, afterSeq)) ?? []).map(({ event }) => event);
  }
}

function eventKey(id: string, afterSeq: number): string {
  return `${id} ${afterSeq}`;
}
