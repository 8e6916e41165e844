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
import { findOutOfFold, findPredictions, findTestRows } from './training-evaluation.store.ts';

/** Rows that are written at a time: unpacking a million takes 0.1 s, and a part of the text is a few megabytes. */
const ROWS_AT_A_TIME = 100_000;

/** Maximum number of waiting parts per workspace. */
const MAX_WAITING = 100;
const IDLE_MILLISECONDS = 60_000;

/** Which rows of a run: those that it was tested on, or the training rows that its folds have predicted. */
type Rows = 'TEST' | 'OUT_OF_FOLD';

const FILE_PREFIX: Readonly<Record<Rows, string>> = { TEST: 'predictions', OUT_OF_FOLD: 'out-of-fold' };

/** The test rows of runs with their predictions, and those of their folds, as CSV files that are written while they are downloaded. */
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
  findFile(scope: Pick<Viewer, 'workspaceId'>, id: string): Promise<ReadableFile | null> {
    return this.#find(scope, id, 'TEST');
  }

  /** The files of rows that folds have predicted; null too for a run without folds. */
  readonly outOfFold = {
    findFile: (scope: Pick<Viewer, 'workspaceId'>, id: string) => this.#find(scope, id, 'OUT_OF_FOLD'),
  };

  async #find({ workspaceId }: Pick<Viewer, 'workspaceId'>, id: string, which: Rows): Promise<ReadableFile | null> {
    if (!isUuid(id)) return null;
    const isThere = await this.#database.transaction({ workspaceId }, async (tx) => {
      if ((await findRun(tx, id)) === null) return false;
      return which === 'TEST' ? (await findTestRows(tx, [id])).length > 0 : (await findOutOfFold(tx, id)) !== null;
    });
    if (!isThere) return null;
    return {
      ...{
        filename: `${FILE_PREFIX[which]}-${id}.csv`,
        contentType: 'text/csv; charset=utf-8',
        sizeBytes: null,
        sha256: null,
      },
      open: async () => Readable.from(this.#partsOf(workspaceId, id, which), { objectMode: false }),
      signedUrl: async () => null,
    };
  }

  /** Nothing of a file is kept while its reader is slow but the part that is on its way. */
  async *#partsOf(workspaceId: string, id: string, which: Rows): AsyncGenerator<Buffer> {
    let isLast = false;
    for (let first = 0; !isLast; first += ROWS_AT_A_TIME) {
      const part = await this.#limiter.run(workspaceId, () => this.#part(workspaceId, id, which, first));
      yield Buffer.from(part.text);
      isLast = part.isLast;
    }
  }

  async #part(workspaceId: string, id: string, which: Rows, first: number): Promise<CsvPart> {
    const predictions = await this.#database.transaction({ workspaceId }, async (tx) =>
      which === 'TEST' ? (await findPredictions(tx, [id]))[0]?.predictions : await findOutOfFold(tx, id),
    );
    if (!predictions) throw new Error('The run was deleted while its predictions were downloaded.');
    return await this.#pool.run({ predictions, first, count: ROWS_AT_A_TIME });
  }

  /** Ends the thread. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}
