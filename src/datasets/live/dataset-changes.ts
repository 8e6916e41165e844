import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from '../../errors.ts';
import type { ListedDataset } from '../dataset-list.store.ts';

export const DATASET_CHANGE_KINDS = ['CREATED', 'UPDATED', 'DELETED'] as const;

/** A change of a dataset; `dataset` is null for DELETED. */
export interface DatasetChange {
  readonly kind: (typeof DATASET_CHANGE_KINDS)[number];
  readonly datasetId: string;
  readonly dataset: ListedDataset | null;
}

/** Of a dataset what can change while it is there. */
export type DatasetHead = Pick<ListedDataset, 'id' | 'pinned' | 'expiresAt'>;

/** Reads the datasets of one workspace. */
export interface DatasetReader {
  /** In the order of the ids; null for one that is gone. */
  rows(ids: readonly string[]): Promise<readonly (ListedDataset | null)[]>;
  /** Of the newest datasets. */
  heads(): Promise<readonly DatasetHead[]>;
}

/** Receives the changes. */
export interface DatasetListener {
  onChange(change: DatasetChange): void;
  fail(error: unknown): void;
}

/** Larger reads would delay the next notifications. */
const MAX_BATCH = 100;

const RETRY_MILLISECONDS = 1_000;

/**
 * Detects changes of the datasets of a workspace for all of its followers. A notification is only a hint: the row tells what has
 * become of a dataset. Where notifications may have been missed, the heads of the newest datasets are compared.
 */
export class DatasetChanges {
  readonly #reader: DatasetReader;
  readonly #listeners = new Set<DatasetListener>();
  /** Whether a dataset that is to be read is new, by its id. */
  readonly #due = new Map<string, boolean>();
  readonly #opened = Promise.withResolvers<void>();
  #heads: ReadonlyMap<string, DatasetHead> | null = null;
  /** Those that the last comparison has seen. */
  #newest: ReadonlySet<string> = new Set();
  #isBehind = true;
  #isRunning = false;

  constructor(reader: DatasetReader) {
    this.#reader = reader;
    // A rejection without a waiting caller is not an error.
    this.#opened.promise.catch(() => undefined);
  }

  /** Resolves once no further change can be missed. */
  get opened(): Promise<void> {
    this.#start();
    return this.#opened.promise;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  add(listener: DatasetListener): void {
    this.#listeners.add(listener);
  }

  remove(listener: DatasetListener): void {
    this.#listeners.delete(listener);
  }

  /** A dataset is new, has changed or is gone. */
  notify(id: string, isNew: boolean): void {
    this.#due.set(id, isNew || this.#due.get(id) === true);
    this.#start();
  }

  /** Notifications may have been missed. */
  catchUp(): void {
    this.#isBehind = true;
    this.#start();
  }

  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (this.#listeners.size > 0 && (this.#isBehind || this.#due.size > 0)) {
      try {
        if (this.#isBehind) await this.#compareHeads();
        await this.#readDue();
      } catch (error) {
        if (!isUnavailable(error) || this.#heads === null) this.#fail(error);
        else await delay(RETRY_MILLISECONDS, undefined, { ref: false });
      }
    }
    this.#isRunning = false;
  }

  async #compareHeads(): Promise<void> {
    const before = this.#heads;
    this.#isBehind = false;
    try {
      const heads = new Map((await this.#reader.heads()).map((head) => [head.id, head]));
      this.#newest = new Set(heads.keys());
      this.#heads = new Map([...(before ?? []), ...heads]);
      this.#opened.resolve();
      if (before === null) return;
      for (const [id, head] of heads) {
        const known = before.get(id);
        if (known === undefined || hasChanged(known, head)) this.#due.set(id, known === undefined);
      }
      // It is gone, or others are newer now.
      for (const id of before.keys()) if (!heads.has(id) && !this.#due.has(id)) this.#due.set(id, false);
    } catch (error) {
      this.#isBehind = true;
      throw error;
    }
  }

  async #readDue(): Promise<void> {
    const batch = [...this.#due].slice(0, MAX_BATCH);
    if (batch.length === 0) return;
    for (const [id] of batch) this.#due.delete(id);
    try {
      const rows = await this.#reader.rows(batch.map(([id]) => id));
      for (const [index, [datasetId, isNew]] of batch.entries()) this.#publish(datasetId, isNew, rows[index] ?? null);
    } catch (error) {
      for (const [id, isNew] of batch) this.#due.set(id, isNew || this.#due.get(id) === true);
      throw error;
    }
  }

  #publish(datasetId: string, isNew: boolean, dataset: ListedDataset | null): void {
    const heads = new Map(this.#heads);
    const known = heads.get(datasetId);
    // Told already, by the notification or by the comparison; or it is no longer among the newest.
    const isUnchanged = dataset !== null && known !== undefined && !hasChanged(known, dataset);
    if (dataset === null || (isUnchanged && !this.#newest.has(datasetId))) heads.delete(datasetId);
    else heads.set(datasetId, { id: datasetId, pinned: dataset.pinned, expiresAt: dataset.expiresAt });
    this.#heads = heads;
    if (isUnchanged) return;
    const kind = dataset === null ? 'DELETED' : isNew ? 'CREATED' : 'UPDATED';
    for (const listener of [...this.#listeners]) listener.onChange({ kind, datasetId, dataset });
  }

  #fail(error: unknown): void {
    this.#due.clear();
    this.#opened.reject(error);
    for (const listener of [...this.#listeners]) listener.fail(error);
    this.#listeners.clear();
  }
}

function hasChanged(known: DatasetHead, { pinned, expiresAt }: Omit<DatasetHead, 'id'>): boolean {
  return known.pinned !== pinned || known.expiresAt?.getTime() !== expiresAt?.getTime();
}
