import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import type { BlobService } from '../../../blobs/blob.service.ts';
import { npyData, npyHeader } from '../../../ml/distributed/npy.ts';
import type { Shard, ShardManifest } from '../../../ml/distributed/shard-manifest.ts';
import type { WarmWorker } from '../../../platform/threads/warm-worker.ts';
import { RunRefusedError } from '../../runs/run-error.ts';
import type { PrepareShards } from '../distributed-fit.ts';
import type { FileOwner, TrainingFiles } from '../files/training-files.service.ts';
import type { StoredFile } from '../gangs/gang-order.ts';
import { MIN_HOSTS } from '../hosts/live-hosts.ts';
import { ShardWriter } from './shard-writer.ts';
import type { ShardsInput, ShardsMessage } from './write-shards.thread.ts';

/** Rows at most by which the finished model is compared with XGBoost's own predictions. */
const CHECK_ROWS = 10_000;

/** What the run's worker prepares shards with. */
export interface ShardParts {
  readonly thread: Pick<WarmWorker<ShardsInput, ShardsMessage>, 'run'>;
  readonly blobs: Pick<BlobService, 'read' | 'temporaryPath'>;
  readonly files: Pick<TrainingFiles, 'save'>;
}

/** Writes the shards of a run by a thread of this process, and stores with them some rows to compare the finished model by. */
export function prepareOnWorker({ thread, blobs, files }: ShardParts): PrepareShards {
  const store = {
    temporaryPath: () => blobs.temporaryPath(),
    save: (owner: FileOwner, blob: Parameters<TrainingFiles['save']>[1]) => files.save(owner, blob),
  };
  const writer = new ShardWriter<FileOwner>(thread, store);
  return async (work, owner, options) => {
    const { manifest, preparation } = await writer.write(work, owner, options);
    requireEnough(manifest);
    options.signal.throwIfAborted();
    return { manifest, preparation, check: await storeCheck(manifest, owner, { blobs, files }) };
  };
}

/** Every host needs rows to train on and, if there are any to validate by, some of those. */
function requireEnough({ totals: { TRAIN, VALIDATION } }: ShardManifest): void {
  if (TRAIN.shards >= MIN_HOSTS && (VALIDATION.shards === 0 || VALIDATION.shards >= MIN_HOSTS)) return;
  throw new RunRefusedError({
    code: 'SPLIT_IMPOSSIBLE',
    message: `${TRAIN.rows + VALIDATION.rows} training rows are too few to divide among ${MIN_HOSTS} hosts.`,
    hint: 'Train with the engine LOCAL.',
  });
}

/** Stores codes of the first training rows. */
async function storeCheck(
  { shards, features }: ShardManifest,
  owner: FileOwner,
  { blobs, files }: Pick<ShardParts, 'blobs' | 'files'>,
): Promise<{ readonly rows: number; readonly codes: StoredFile }> {
  const width = features.length;
  const pieces: Uint8Array[] = [];
  let rows = 0;
  for (const shard of shards.filter(({ role }) => role === 'TRAIN')) {
    if (rows === CHECK_ROWS) break;
    const taken = Math.min(shard.rows, CHECK_ROWS - rows);
    pieces.push(npyData(await readCodes(shard, owner, blobs)).subarray(0, taken * width));
    rows += taken;
  }
  const bytes = Buffer.concat([npyHeader('|u1', [rows, width]), ...pieces]);
  const codes = { sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
  const temporaryPath = blobs.temporaryPath();
  try {
    await writeFile(temporaryPath, bytes, { flag: 'wx', mode: 0o600 });
    await files.save(owner, { ...codes, temporaryPath });
  } finally {
    await rm(temporaryPath, { force: true });
  }
  return { rows, codes };
}

async function readCodes(
  { codes }: Shard,
  { workspaceId }: FileOwner,
  blobs: Pick<BlobService, 'read'>,
): Promise<Uint8Array> {
  const chunks = await (await blobs.read({ workspaceId, sha256: codes.sha256 })).toArray();
  return Buffer.concat(chunks as Uint8Array[]);
}
