import { deserialize, serialize } from 'node:v8';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { TrainingCheckpoint } from '../../ml/train-model.ts';

/** Raised with every change of what a checkpoint is made of: one of another version is not gone on from. */
const VERSION = 1;

/** A larger checkpoint would cost the database more than the training that it saves. */
const MAX_CHECKPOINT_BYTES = 64 * 1024 * 1024;

/** A checkpoint as it is kept; null for one that is too large to be. */
export function packCheckpoint(checkpoint: TrainingCheckpoint): Uint8Array<ArrayBuffer> | null {
  const packed = zstdCompressSync(serialize({ version: VERSION, checkpoint }), {
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  });
  return packed.length > MAX_CHECKPOINT_BYTES ? null : new Uint8Array(packed);
}

/** A checkpoint that was kept; null for one of another version of the program. */
export function unpackCheckpoint(bytes: Uint8Array): TrainingCheckpoint | null {
  // Only packCheckpoint writes these bytes.
  const { version, checkpoint } = deserialize(zstdDecompressSync(bytes)) as {
    readonly version: number;
    readonly checkpoint: TrainingCheckpoint;
  };
  return version === VERSION ? checkpoint : null;
}
