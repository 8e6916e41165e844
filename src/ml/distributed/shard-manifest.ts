import type { Task } from '../task.ts';

/** A missing value in a shard, of numbers and of categories alike. */
export const MISSING_CODE = 255;

/** What the rows of a shard are for: to fit trees to, or to measure when to stop. Rows of the test set are in no shard. */
export const SHARD_ROLES = ['TRAIN', 'VALIDATION'] as const;
export type ShardRole = (typeof SHARD_ROLES)[number];

/** A `.npy` file (format 1.0, C order, little-endian) of the store, named by its hash. */
export interface ShardFile {
  /** Hexadecimal, of all bytes. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Some rows of the table, in its order. */
export interface Shard {
  /** Its place in the manifest, from 0. */
  readonly index: number;
  readonly role: ShardRole;
  readonly rows: number;
  /** uint8, rows × features. */
  readonly codes: ShardFile;
  /** float32, one for each row: the number to predict as TargetNumbers has it, or the number of the label. */
  readonly target: ShardFile;
  /** float32, one for each row, above 0; null where each row counts 1. */
  readonly weights: ShardFile | null;
}

/** A feature as a rank knows it: no names, no texts, no numbers of the table. */
export interface ShardFeature {
  /** Categories are codes in the order of the target, so that they are split as numbers are. */
  readonly kind: 'NUMBER' | 'CATEGORY';
  /** Codes are from 0 to this less 1, or MISSING_CODE. */
  readonly codeCount: number;
  /** Which way the prediction may go as the code rises: 1 up, -1 down, 0 either. */
  readonly direction: -1 | 0 | 1;
}

/** The rows of a role. */
export interface ShardTotals {
  readonly shards: number;
  readonly rows: number;
  /** The sum of the weights; the number of rows where each counts 1. */
  readonly weight: number;
  /** Of all files, their headers included. */
  readonly bytes: number;
}

/** All shards of a run: JSON, and without anything that could be read back as the table's own values. */
export interface ShardManifest {
  readonly format: 'trainyard-shards';
  readonly version: 1;
  readonly run: string;
  readonly task: Task;
  /** 0 for numbers. */
  readonly labelCount: number;
  readonly features: readonly ShardFeature[];
  readonly shards: readonly Shard[];
  readonly totals: { readonly [Role in ShardRole]: ShardTotals };
}

/** The shards of one rank of `world`: each of them belongs to exactly one rank, and no rank has more than one more than another. */
export function shardsOfRank({ shards }: Pick<ShardManifest, 'shards'>, rank: number, world: number): readonly Shard[] {
  return SHARD_ROLES.flatMap((role) =>
    shards.filter((shard) => shard.role === role).filter((_, at) => at % world === rank),
  );
}
