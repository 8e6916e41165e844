import { deserialize, serialize } from 'node:v8';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { ShardManifest } from '../../ml/distributed/shard-manifest.ts';
import type { ShardPreparation } from '../../ml/distributed/shard-preparation.ts';
import type { CurvePoint } from '../../ml/train-model.ts';
import type { RoundsSoFar, StoredFile } from './gangs/gang-order.ts';

/** What is fitted, and how far: a training on several hosts goes on from it. Its files are those of the store. */
export interface FitCheckpoint {
  readonly manifest: ShardManifest;
  readonly preparation: ShardPreparation;
  /** Up to 10,000 rows that rank 0 predicts with the finished model. */
  readonly check: { readonly rows: number; readonly codes: StoredFile };
  /** Null before the first. */
  readonly rounds: RoundsSoFar | null;
  readonly curve: readonly CurvePoint[];
}

/** Incremented with every change of the format: checkpoints of other versions are not resumed. */
const VERSION = 2;

/** Packs a checkpoint for the database. */
export function packFitCheckpoint(checkpoint: FitCheckpoint): Uint8Array<ArrayBuffer> {
  return new Uint8Array(zstdCompressSync(serialize({ engine: 'DISTRIBUTED', version: VERSION, checkpoint })));
}

/** Unpacks one; null if it has another version. */
export function unpackFitCheckpoint(bytes: Uint8Array): FitCheckpoint | null {
  // Only packFitCheckpoint writes the bytes of these runs.
  const { version, checkpoint } = deserialize(zstdDecompressSync(bytes)) as {
    readonly version: number;
    readonly checkpoint: FitCheckpoint;
  };
  return version === VERSION ? checkpoint : null;
}

/** The files of the store that a checkpoint needs, by their hashes. */
export function filesOf({ manifest, rounds, check }: FitCheckpoint): readonly string[] {
  const ofShards = manifest.shards.flatMap(({ codes, target, weights }) => [codes, target, weights]);
  const files: readonly (StoredFile | null)[] = [...ofShards, check.codes, rounds?.model ?? null];
  return files.flatMap((file) => (file === null ? [] : [file.sha256]));
}
