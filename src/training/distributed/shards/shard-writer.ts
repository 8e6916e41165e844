import { mkdir, rm } from 'node:fs/promises';
import type { NewBlob } from '../../../blobs/blob.service.ts';
import type { PreparedShards, ShardRequest } from '../../../ml/distributed/prepare-shards.ts';
import type {
  Shard,
  ShardFile,
  ShardManifest,
  ShardRole,
  ShardTotals,
} from '../../../ml/distributed/shard-manifest.ts';
import type { ShardPreparation } from '../../../ml/distributed/shard-preparation.ts';
import type { WarmWorker } from '../../../platform/threads/warm-worker.ts';
import { isRefusalCode, RunRefusedError } from '../../runs/run-error.ts';
import { ShardWindow } from './shard-window.ts';
import type { ShardsInput, ShardsMessage, WrittenFile, WrittenShard } from './write-shards.thread.ts';

/** What the files of a run are stored with. */
export interface ShardStore<Owner> {
  /** A path for a new temporary folder, on the disk that files are stored from. */
  temporaryPath(): string;
  /** Stores a temporary file for a run. Rejects where the run goes on elsewhere; it is nobody's then. */
  save(owner: Owner, blob: NewBlob): Promise<void>;
}

/** What is known once all shards are stored. */
export interface StoredShards {
  readonly manifest: ShardManifest;
  readonly preparation: ShardPreparation;
}

export interface ShardOptions {
  /** Ends the thread at once; what is stored until then is the owner's to remove. */
  readonly signal: AbortSignal;
  /** Called with the share that is done, 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/** Writes the rows of a table as shards of a run: a thread makes them one after the other, and waits where the store is slower. */
export class ShardWriter<Owner extends { readonly runId: string }> {
  readonly #thread: Pick<WarmWorker<ShardsInput, ShardsMessage>, 'run'>;
  readonly #store: ShardStore<Owner>;

  constructor(thread: Pick<WarmWorker<ShardsInput, ShardsMessage>, 'run'>, store: ShardStore<Owner>) {
    this.#thread = thread;
    this.#store = store;
  }

  /**
   * Resolves once all shards are stored. Rejects with RunRefusedError where the rows do not allow the training, with the reason of the
   * signal, with the error of the store, and with what has ended the thread.
   */
  async write(
    { tablePath, request }: { readonly tablePath: string; readonly request: ShardRequest },
    owner: Owner,
    { signal, onProgress }: ShardOptions,
  ): Promise<StoredShards> {
    signal.throwIfAborted();
    const folder = this.#store.temporaryPath();
    await mkdir(folder, { mode: 0o700 });
    const window = new ShardWindow();
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const shards: WrittenShard[] = [];
    let prepared: PreparedShards | null = null;
    let storing: Promise<void> = Promise.resolve();
    const onMessage = (message: ShardsMessage) => {
      if (message.type === 'progress') onProgress(message.share);
      else if (message.type === 'prepared') prepared = message.prepared;
      else if (message.type === 'refusal') throw toRefusal(message);
      else {
        shards.push(message.shard);
        storing = storing.then(() => this.#save(message.shard, owner, either)).then(() => window.leave());
        storing.catch((error: unknown) => failed.abort(error));
      }
    };
    try {
      const input = { tablePath, request, folder, waiting: window.waiting };
      await this.#thread.run(input, { onMessage, signal: either, poolWorkers: 0, isLarge: true });
      await storing;
      signal.throwIfAborted();
    } catch (error) {
      // Nothing is written any more once this returns.
      await storing.catch(() => undefined);
      throw error;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    if (prepared === null) throw new Error('The thread ended without a preparation.');
    onProgress(1);
    return toStored(owner.runId, shards, prepared);
  }

  async #save({ codes, target, weights }: WrittenShard, owner: Owner, signal: AbortSignal): Promise<void> {
    for (const { path, sha256, sizeBytes } of [codes, target, weights].filter((file) => file !== null)) {
      signal.throwIfAborted();
      await this.#store.save(owner, { sha256, sizeBytes, temporaryPath: path });
      // A local store has moved it, unless it had the same bytes.
      await rm(path, { force: true });
    }
  }
}

function toRefusal({ code, message, hint }: ShardsMessage & { type: 'refusal' }): Error {
  return isRefusalCode(code)
    ? new RunRefusedError({ code, message, hint })
    : new Error(`Unknown refusal ${code}: ${message}`);
}

function toStored(run: string, written: readonly WrittenShard[], prepared: PreparedShards): StoredShards {
  const { preparation, features } = prepared;
  const shards = written.map(({ role, rows, codes, target, weights }, index): Shard => {
    const files = { codes: fileOf(codes), target: fileOf(target), weights: weights && fileOf(weights) };
    return { index, role, rows, ...files };
  });
  const ofRole = (role: ShardRole) => totalsOf(written.filter((shard) => shard.role === role));
  const totals = { TRAIN: ofRole('TRAIN'), VALIDATION: ofRole('VALIDATION') };
  const { task, labels } = preparation;
  const described = { format: 'trainyard-shards', version: 1, run, task, labelCount: labels.length } as const;
  return { manifest: { ...described, features, shards, totals }, preparation };
}

function fileOf({ sha256, sizeBytes }: WrittenFile): ShardFile {
  return { sha256, sizeBytes };
}

function totalsOf(shards: readonly WrittenShard[]): ShardTotals {
  const sum = (of: (shard: WrittenShard) => number) => shards.reduce((total, shard) => total + of(shard), 0);
  return {
    shards: shards.length,
    rows: sum(({ rows }) => rows),
    weight: sum(({ weight }) => weight),
    bytes: sum(({ codes, target, weights }) => codes.sizeBytes + target.sizeBytes + (weights?.sizeBytes ?? 0)),
  };
}
