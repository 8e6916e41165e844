import type { BestRankRound } from '../rank/rank-protocol.ts';

/** Where the ranks of an attempt meet. */
export interface TrackerAddress {
  readonly host: string;
  readonly port: number;
}

/** A file of the run's workspace in the store, by its hash in hexadecimal. */
export interface StoredFile {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Some rows of the table; see RankShard. */
export interface OrderedShard {
  readonly rows: number;
  readonly codes: StoredFile;
  readonly target: StoredFile;
  readonly weights: StoredFile | null;
}

/** A model that a training goes on from. */
export interface RoundsSoFar {
  readonly model: StoredFile;
  readonly round: number;
  readonly best: BestRankRound | null;
}

/** What all ranks of an attempt are told alike; see RankOrder. */
export interface GangWork {
  readonly parameters: Readonly<Record<string, string | number>>;
  /** See RankOrder. */
  readonly startMargins: readonly number[] | null;
  readonly rounds: number;
  readonly earlyStoppingRounds: number | null;
  /** The columns of the codes. */
  readonly features: number;
  readonly resume: RoundsSoFar | null;
  /** Rows that rank 0 predicts with the finished model. */
  readonly check: { readonly rows: number; readonly codes: StoredFile } | null;
}

/** What a rank is told. */
export interface GangOrder extends GangWork {
  /** Whose files these are. */
  readonly workspaceId: string;
  readonly world: number;
  /** Known to the ranks of this attempt alone. */
  readonly secret: string;
  readonly shards: readonly OrderedShard[];
  readonly validation: readonly OrderedShard[];
}
