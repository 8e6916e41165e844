import { Readable } from 'node:stream';
import type { Viewer } from '../../auth/viewer.ts';
import type { ReadableFile } from '../../blobs/blob.service.ts';
import { FairLimiter } from '../../platform/concurrency/fair-limiter.ts';
import { isUuid } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { ThreadPool } from '../../platform/threads/thread-pool.ts';
import { threadFile } from '../../platform/threads/threads.ts';
import { findRun } from '../runs/training-run.store.ts';
import type { CsvPart, CsvRequest } from './predictions-csv.thread.ts';
import { findPredictions, findTestRows } from './training-evaluation.store.ts';

/** Rows that are written at a time: unpacking a million takes 0.1 s, and a part of the text is a few megabytes. */
const ROWS_AT_A_TIME = 100_000;

/** Maximum number of waiting parts per workspace. */
const MAX_WAITING = 100;
const IDLE_MILLISECONDS = 60_000;

/** The test rows of runs with their predictions, as CSV files that are written while they are downloaded. */
export class PredictionFiles {
  readonly #database: Database;
  readonly #limiter = new FairLimiter(1, MAX_WAITING);
  readonly #pool: ThreadPool<CsvRequest, CsvPart>;

  constructor(database: Database) {
    this.#database = database;
    this.#pool = new ThreadPool(threadFile(import.meta.url, './predictions-csv.thread'), {
      ...{ size: 1, maxWaiting: 1, idleMilliseconds: IDLE_MILLISECONDS },
    });
  }

  /** The file of a run; null for an unknown one, and for one that has no predictions. */
  async findFile({ workspaceId }: Pick<Viewer, 'workspaceId'>, id: string): Promise<ReadableFile | null> {
    if (!isUuid(id)) return null;
    const isThere = await this.#database.transaction({ workspaceId }, async (tx) => {
      const run = await findRun(tx, id);
      return run !== null && (await findTestRows(tx, [id])).length > 0;
    });
    if (!isThere) return null;
    return {
      ...{ filename: `predictions-${id}.csv`, contentType: 'text/csv; charset=utf-8', sizeBytes: null, sha256: null },
      open: async () => Readable.from(this.#partsOf(workspaceId, id), { objectMode: false }),
      signedUrl: async () => null,
    };
  }

  /** Nothing of a file is kept while its reader is slow but the part that is on its way. */
  async *#partsOf(workspaceId: string, id: string): AsyncGenerator<Buffer> {
    let isLast = false;
    for (let first = 0; !isLast; first += ROWS_AT_A_TIME) {
      const part = await this.#limiter.run(workspaceId, () => this.#part(workspaceId, id, first));
      yield Buffer.from(part.text);
      isLast = part.isLast;
    }
  }

  async #part(workspaceId: string, id: string, first: number): Promise<CsvPart> {
    const [row] = await this.#database.transaction({ workspaceId }, (tx) => findPredictions(tx, [id]));
    if (row === undefined) throw new Error('The run was deleted while its predictions were downloaded.');
    return await this.#pool.run({ predictions: row.predictions, first, count: ROWS_AT_A_TIME });
  }

  /** Ends the thread. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}
