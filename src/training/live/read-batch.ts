import type { TrainingEventRow, TrainingRunRow } from '../runs/training-run.store.ts';
import type { RunCursor, RunHead } from './live-run.store.ts';

/** More than this in one round would keep the next hints waiting; what is left over is read in the next round. */
const MAX_QUESTIONS = 500;

/** What is to be read in one round. How far each run is that is named here is asked in any case. */
export interface BatchReader {
  readonly runIds: readonly string[];
  readonly rows: readonly RunCursor[];
  readonly events: readonly RunCursor[];
}

/** What a round has read. `events` bear the number after which they were asked for. */
export interface BatchRows {
  readonly marks: readonly RunHead[];
  readonly rows: readonly TrainingRunRow[];
  readonly events: readonly (TrainingEventRow & { readonly afterSeq: number })[];
}

/** Gathers what followers want to know: what several want is asked for once. */
export class BatchQuery {
  readonly #runIds = new Set<string>();
  readonly #rows = new Map<string, number>();
  readonly #events = new Map<string, RunCursor>();

  get isFull(): boolean {
    return this.#rows.size + this.#events.size >= MAX_QUESTIONS;
  }

  /** Asks for the row, where it has changed after that number. */
  askRow(runId: string, afterSeq: number): void {
    this.#runIds.add(runId);
    this.#rows.set(runId, Math.min(afterSeq, this.#rows.get(runId) ?? afterSeq));
  }

  /** Asks for the next events after that number. */
  askEvents(runId: string, afterSeq: number): void {
    this.#runIds.add(runId);
    this.#events.set(eventKey(runId, afterSeq), { runId, afterSeq });
  }

  toReads(): BatchReader {
    const rows = [...this.#rows].map(([runId, afterSeq]) => ({ runId, afterSeq }));
    return { runIds: [...this.#runIds], rows, events: [...this.#events.values()] };
  }
}

/** What a round found, by run. Several followers share one row: nobody changes it. */
export class BatchResult {
  readonly #marks: ReadonlyMap<string, RunHead>;
  readonly #rows: ReadonlyMap<string, TrainingRunRow>;
  readonly #events: ReadonlyMap<string, readonly TrainingEventRow[]>;

  constructor({ marks, rows, events }: BatchRows) {
    this.#marks = new Map(marks.map((mark) => [mark.id, mark]));
    this.#rows = new Map(rows.map((row) => [row.id, row]));
    this.#events = Map.groupBy(events, ({ runId, afterSeq }) => eventKey(runId, afterSeq));
  }

  /** Null for a run that is gone. */
  mark(runId: string): RunHead | null {
    return this.#marks.get(runId) ?? null;
  }

  /** Null where it has not changed since, or is gone. */
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
