import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type PreparedShards, prepareShards, type ShardRequest } from '../../../ml/distributed/prepare-shards.ts';
import type { ShardBytes } from '../../../ml/distributed/shard-builder.ts';
import type { ShardFile, ShardRole } from '../../../ml/distributed/shard-manifest.ts';
import { SplitError } from '../../../ml/split/split.ts';
import { TrainingDataError } from '../../../ml/training-data-error.ts';
import { type Send, serveThread } from '../../../platform/threads/serve-thread.ts';
import { ArrowTableStream } from '../../../tabular/table-file/arrow-table-stream.ts';
import { writeAt } from '../../../tabular/types/stored-rows.ts';
import { RowRolesFile } from './row-roles-file.ts';
import { ShardWindow } from './shard-window.ts';

/** The input of the thread. */
export interface ShardsInput {
  readonly tablePath: string;
  readonly request: ShardRequest;
  /** An empty folder for the files. */
  readonly folder: string;
  /** The shared memory of a ShardWindow. */
  readonly waiting: Int32Array<SharedArrayBuffer>;
}

/** A file of a shard that is not stored yet. */
export interface WrittenFile extends ShardFile {
  readonly path: string;
}

/** A shard that is not stored yet. */
export interface WrittenShard {
  readonly role: ShardRole;
  readonly rows: number;
  readonly weight: number;
  readonly codes: WrittenFile;
  readonly target: WrittenFile;
  readonly weights: WrittenFile | null;
}

/** Messages of the thread: progress and shards, in their order, then what was fitted, or a refusal. Other errors are thrown. */
export type ShardsMessage =
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'shard'; readonly shard: WrittenShard }
  | { readonly type: 'prepared'; readonly prepared: PreparedShards }
  | { readonly type: 'refusal'; readonly code: string; readonly message: string; readonly hint: string | null };

/** Of the columns of a batch as codes, and a batch has more rows than these only where that is less. */
const BATCH_BYTES = 16 * 2 ** 20;
const MIN_ROWS = 1_024;
const MAX_ROWS = 131_072;

const MILLISECONDS_BETWEEN_STEPS = 100;

serveThread<ShardsInput, ShardsMessage>((input, send) => {
  try {
    send({ type: 'prepared', prepared: write(input, send) });
  } catch (error) {
    if (error instanceof TrainingDataError) {
      send({ type: 'refusal', code: error.code, message: error.message, hint: error.hint });
    } else if (error instanceof SplitError) {
      send({ type: 'refusal', code: 'SPLIT_IMPOSSIBLE', message: error.message, hint: error.hint });
    } else throw error;
  }
});

function write({ tablePath, request, folder, waiting }: ShardsInput, send: Send<ShardsMessage>): PreparedShards {
  const window = new ShardWindow(waiting);
  const stream = new ArrowTableStream(tablePath, batchRows(request.features.length));
  try {
    using roles = new RowRolesFile(join(folder, 'roles'), stream.batches);
    let shards = 0;
    const steps = prepareShards(stream, request, roles, (shard) => {
      window.enter();
      send({ type: 'shard', shard: writeShard(shard, join(folder, String(shards++))) });
    });
    let sentAt = Number.NEGATIVE_INFINITY;
    let next = steps.next();
    for (; next.done !== true; next = steps.next()) {
      const now = performance.now();
      if (now - sentAt < MILLISECONDS_BETWEEN_STEPS) continue;
      sentAt = now;
      send({ type: 'progress', share: next.value.progress });
    }
    return next.value;
  } finally {
    stream.close();
  }
}

function batchRows(features: number): number {
  const fitting = 2 ** Math.floor(Math.log2(BATCH_BYTES / Math.max(1, features)));
  return Math.min(MAX_ROWS, Math.max(MIN_ROWS, fitting));
}

function writeShard({ role, rows, weight, codes, target, weights }: ShardBytes, path: string): WrittenShard {
  return {
    ...{ role, rows, weight },
    ...{ codes: writeFile(codes, `${path}-codes`), target: writeFile(target, `${path}-target`) },
    weights: weights && writeFile(weights, `${path}-weights`),
  };
}

function writeFile(pieces: readonly Uint8Array[], path: string): WrittenFile {
  const hash = createHash('sha256');
  const descriptor = openSync(path, 'wx', 0o600);
  let sizeBytes = 0;
  try {
    for (const piece of pieces) {
      hash.update(piece);
      writeAt(descriptor, piece, sizeBytes);
      sizeBytes += piece.length;
    }
  } finally {
    closeSync(descriptor);
  }
  return { path, sha256: hash.digest('hex'), sizeBytes };
}
