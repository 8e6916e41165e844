import { setTimeout as delay } from 'node:timers/promises';
import { untilAvailable } from '../../../jobs/workers/until-available.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import type { RankReport } from '../gangs/rank-report.ts';
import { insertReports, type RankKey } from '../gangs/training-rank.store.ts';

/** At most ten writes per second, as progress is written. */
const MILLISECONDS_BETWEEN_WRITES = 100;

/** Writes what a rank tells to the database, in its order and at a limited rate: what comes meanwhile goes together. */
export class ReportWriter {
  readonly #database: Database;
  readonly #key: RankKey;
  #waiting: RankReport[] = [];
  #seq = 0;
  #writing: Promise<void> | null = null;

  constructor(database: Database, { runId, attempt, rank }: RankKey) {
    this.#database = database;
    this.#key = { runId, attempt, rank };
  }

  add(report: RankReport): void {
    this.#waiting.push(report);
    this.#writing ??= this.#writeAll();
    // Whoever closes it is told.
    this.#writing.catch(() => undefined);
  }

  /** Resolves when all is written. Rejects if that was not possible. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const reports = this.#waiting;
      this.#waiting = [];
      this.#seq += 1;
      const write = () =>
        this.#database.transaction({ maintenance: true }, (tx) => insertReports(tx, this.#key, this.#seq, reports));
      await untilAvailable(write, { shutdown: null });
      await delay(MILLISECONDS_BETWEEN_WRITES);
    }
    this.#writing = null;
  }
}
