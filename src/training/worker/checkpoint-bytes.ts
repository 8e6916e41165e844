import { deserialize, serialize } from 'node:v8';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { RanksModel } from '../../ml/distributed/model/ranks-model.ts';
import type { TrainingCheckpoint } from '../../ml/train-model.ts';

/** Incremented with every change of the checkpoint format: checkpoints of other versions are not resumed. */
const VERSION = 1;

/** Larger checkpoints would cost the database more than the training that they save. */
const MAX_CHECKPOINT_BYTES = 64 * 1024 * 1024;

/** Packs a checkpoint; null if it is too large to be stored. */
export function packCheckpoint(checkpoint: TrainingCheckpoint): Uint8Array<ArrayBuffer> | null {
  const packed = zstdCompressSync(serialize({ version: VERSION, checkpoint }), {
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  });
  return packed.length > MAX_CHECKPOINT_BYTES ? null : new Uint8Array(packed);
}

/** Unpacks a checkpoint; null if it has another version. */
export function unpackCheckpoint(bytes: Uint8Array): TrainingCheckpoint | null {
  // Only packCheckpoint writes these bytes.
  const { version, checkpoint } = deserialize(zstdDecompressSync(bytes)) as {
    readonly version: number;
    readonly checkpoint: TrainingCheckpoint;
  };
  return version === VERSION ? checkpoint : null;
}

/** What the ranks of a training on several hosts have left. */
export function unpackRanks(bytes: Uint8Array): RanksModel {
  // Only fitOnHosts writes these bytes.
  return deserialize(bytes) as RanksModel;
}
