import * as z from 'zod/mini';

/**
 * What a worker and the Python processes that it starts (rank.py, beside this file) say to each other, one JSON object a line. A rank
 * is one of the processes that train a model together; number 0 keeps checkpoints and writes the model. Standard input brings
 * one RankStart, then commands; its end ends the process. Standard output brings events (RankEvent). Whatever goes to standard error is for
 * people.
 */

/** What a rank of another version would not understand has another number. */
export const RANK_PROTOCOL = 2;

/** A file that a rank fetches by GET. Its address may be signed: it is not to be logged. */
export interface RemoteFile {
  /** http: or https:. Redirects are not followed. */
  readonly url: string;
  /** Of all bytes of the file, as 64 hexadecimal digits. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Some rows of the table, as files of numpy (`.npy`). */
export interface RankShard {
  readonly rows: number;
  /** uint8 [rows, features] in C order: the bin of each value; 255 is a missing one. */
  readonly codes: RemoteFile;
  /** float32 or float64 [rows]; codes of labels in the order of the target. */
  readonly target: RemoteFile;
  /** float32 or float64 [rows], above 0, those of classes included; null: each row counts 1. */
  readonly weights: RemoteFile | null;
}

/** A training that goes on from a checkpoint. */
export interface RankResume {
  /** As the checkpoint wrote it. */
  readonly model: RemoteFile;
  readonly round: number;
  readonly best: BestRankRound | null;
}

/** The round with the lowest validation loss so far. */
export interface BestRankRound {
  readonly round: number;
  readonly loss: number;
}

/** What a rank is to do; `folder` is added by the process that starts it. */
export interface RankOrder {
  readonly protocol: typeof RANK_PROTOCOL;
  readonly runId: string;
  readonly attempt: number;
  /** From 0; below `world`. */
  readonly rank: number;
  readonly world: number;
  /** Where the ranks of this attempt meet; null with a world of one. */
  readonly tracker: { readonly host: string; readonly port: number } | null;
  /** Known to the ranks of this attempt alone, at least 16 hexadecimal digits. */
  readonly secret: string;
  /** Of XGBoost, the same for all ranks. */
  readonly parameters: Readonly<Record<string, string | number>>;
  /** Where the margins of every row begin, one for each label of more than two; null: where base_score says. */
  readonly startMargins: readonly number[] | null;
  /** Rounds at most, those of `resume` included. */
  readonly rounds: number;
  /** Ends after so many rounds whose validation loss has not improved; null: never. */
  readonly earlyStoppingRounds: number | null;
  /** The columns of the codes. */
  readonly features: number;
  /** At least one row for every rank. */
  readonly shards: readonly RankShard[];
  /** At least one row for every rank, or none for any; needed for earlyStoppingRounds. */
  readonly validation: readonly RankShard[];
  readonly resume: RankResume | null;
  /** Codes of rows that rank 0 predicts with the finished model: its margins (float32 [rows, margins]) come with `done`. */
  readonly check: { readonly rows: number; readonly codes: RemoteFile } | null;
  /** Threads of XGBoost. */
  readonly threads: number;
  readonly checkpointSeconds: number;
  readonly heartbeatSeconds: number;
}

/** The first line that a rank reads. */
export interface RankStart extends RankOrder {
  readonly role: 'rank';
  /** An empty folder, into which rank 0 writes its files. */
  readonly folder: string;
}

/** The first line that a tracker reads: it brings the ranks of an attempt together. */
export interface TrackerStart {
  readonly role: 'tracker';
  readonly protocol: typeof RANK_PROTOCOL;
  /** The one address to listen at. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly world: number;
  readonly secret: string;
}

/**
 * `stop`: every rank ends after the round in which one of them was told, and the best round is kept. `cancel`: the process ends at
 * once.
 */
export interface RankCommand {
  readonly command: 'stop' | 'cancel';
}

const count = z.int().check(z.nonnegative());
const amount = z.number().check(z.nonnegative());
const localFile = z.strictObject({
  path: z.string(),
  bytes: count,
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
});
const bestRound = z.nullable(z.strictObject({ round: count, loss: z.number() }));

/** Why a rank has failed. */
export const RANK_FAILURES = [
  /** The first line or a command is not what it should be. */
  'START_INVALID',
  /** Python has no numpy or xgboost, or one that is too old. */
  'LIBRARY_MISSING',
  /** A file could not be fetched. */
  'SHARD_UNAVAILABLE',
  /** A file is not the one that was promised: its length, hash, type or shape. */
  'SHARD_INVALID',
  /** The ranks could not come together, or one of them was lost. */
  'RANKS_LOST',
  'OUT_OF_MEMORY',
  /** Anything else; the message is XGBoost's. */
  'TRAINING_FAILED',
] as const;

const rankEvent = z.discriminatedUnion('event', [
  /** Python and its libraries are there. */
  z.strictObject({ event: z.literal('started'), python: z.string(), xgboost: z.string(), pid: count }),
  /** All files of this rank have come. */
  z.strictObject({ event: z.literal('loaded'), rows: count, validationRows: count, bytes: count, seconds: amount }),
  /** All ranks have come together, and the first round begins. */
  z.strictObject({ event: z.literal('ready'), seconds: amount }),
  /** After each round, on every rank the same losses: those of all ranks' rows. `seconds` since the first round. */
  z.strictObject({
    event: z.literal('round'),
    round: count,
    trainLoss: z.number(),
    validationLoss: z.nullable(z.number()),
    seconds: amount,
  }),
  /** Of rank 0: a model with all rounds so far, to resume from. The next one replaces the file. */
  z.strictObject({ event: z.literal('checkpoint'), round: count, best: bestRound, model: localFile }),
  /** Every heartbeatSeconds; `memoryBytes`: the most that the process has had so far. */
  z.strictObject({ event: z.literal('heartbeat'), memoryBytes: count }),
  /** The last of a training. The files are those of rank 0, null for the others. */
  z.strictObject({
    event: z.literal('done'),
    reason: z.enum(['COMPLETED', 'EARLY_STOPPING', 'STOPPED']),
    rounds: count,
    /** The rounds that the model has: up to the best one, all without a validation loss. */
    bestRound: count,
    /** Universal Binary JSON of XGBoost, cut after the best round. */
    model: z.nullable(localFile),
    /** float32 [rows, margins] of the rows of `check`, as a .npy file. */
    margins: z.nullable(localFile),
    memoryBytes: count,
  }),
  /** The last after the command `cancel`. */
  z.strictObject({ event: z.literal('cancelled') }),
  /** The last of a failure; the message is for people and has no address. */
  z.strictObject({ event: z.literal('failed'), code: z.enum(RANK_FAILURES), message: z.string() }),
  /** Of a tracker: it can be reached. */
  z.strictObject({ event: z.literal('listening'), host: z.string(), port: count }),
]);

export type RankEvent = z.infer<typeof rankEvent>;
export type RankFailureCode = (typeof RANK_FAILURES)[number];
export type LocalFile = z.infer<typeof localFile>;

/** The event that a line says, or null for a line that is none. */
export function parseRankEvent(line: string): RankEvent | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  return rankEvent.safeParse(value).data ?? null;
}
