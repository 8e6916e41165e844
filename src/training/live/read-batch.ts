import type { TrainingEventRow, TrainingRunRow } from '../runs/training-run.store.ts';
import type { RunCursor, RunHead } from './live-run.store.ts';

/** Larger rounds would delay the next notifications; the rest is read in the next round. */
const MAX_BATCH_REQUESTS = 500;

/** What one round reads: the heads of all of these runs, and rows and events after cursors. */
export interface BatchParams {
  readonly runIds: readonly string[];
  readonly rows: readonly RunCursor[];
  readonly events: readonly RunCursor[];
}

/** The rows that a round has read. `events` have the sequence number after which they were requested. */
export interface BatchRows {
  readonly heads: readonly RunHead[];
  readonly rows: readonly TrainingRunRow[];
  readonly events: readonly (TrainingEventRow & { readonly afterSeq: number })[];
}

/** Collects the requests of followers, without duplicates. */
export class BatchQuery {
  readonly #runIds = new Set<string>();
  readonly #rows = new Map<string, number>();
  readonly #events = new Map<string, RunCursor>();

  get isFull(): boolean {
    return this.#rows.size + this.#events.size >= MAX_BATCH_REQUESTS;
  }

  /** Requests the row if it has changed after that sequence number. */
  requestRow(runId: string, afterSeq: number): void {
    this.#runIds.add(runId);
    this.#rows.set(runId, Math.min(afterSeq, this.#rows.get(runId) ?? afterSeq));
  }

  /** Requests the next events after that sequence number. */
  requestEvents(runId: string, afterSeq: number): void {
    this.#runIds.add(runId);
    this.#events.set(eventKey(runId, afterSeq), { runId, afterSeq });
  }

  toParams(): BatchParams {
    const rows = [...this.#rows].map(([runId, afterSeq]) => ({ runId, afterSeq }));
    return { runIds: [...this.#runIds], rows, events: [...this.#events.values()] };
  }
}

/** The result of a round, by run. Followers share the rows, which are immutable. */
export class BatchResult {
  readonly #heads: ReadonlyMap<string, RunHead>;
  readonly #rows: ReadonlyMap<string, TrainingRunRow>;
  readonly #events: ReadonlyMap<string, readonly TrainingEventRow[]>;

  constructor({ heads, rows, events }: BatchRows) {
    this.#heads = new Map(heads.map((head) => [head.id, head]));
    this.#rows = new Map(rows.map((row) => [row.id, row]));
    this.#events = Map.groupBy(events, ({ runId, afterSeq }) => eventKey(runId, afterSeq));
  }

  /** Null for a run that is gone. */
  head(runId: string): RunHead | null {
    return this.#heads.get(runId) ?? null;
  }

  /** Null if it has not changed since, or is gone. */
  row(runId: string): TrainingRunRow | null {
    return this.#rows.get(runId) ?? null;
  }

  events(runId: string, afterSeq: number): readonly TrainingEventRow[] {
    return this.#events.get(eventKey(runId, afterSeq)) ?? [];
  }
}

function eventKey(runId: string, afterSeq: number): string {
  return `${runId} ${afterSeq}`;
}
