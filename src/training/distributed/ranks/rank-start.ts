import type { StoredFile, TrackerAddress } from '../gangs/gang-order.ts';
import type { TrainingRankRow } from '../gangs/training-rank.store.ts';
import { RANK_PROTOCOL, type RankShard, type RankStart, type RemoteFile } from '../rank/rank-protocol.ts';

/** Seconds between two signs of life. */
const HEARTBEAT_SECONDS = 1;

/** What of a rank's start is this host's own. */
export interface HostParts {
  readonly tracker: TrackerAddress;
  /** Gives files of the store addresses. */
  readonly files: { offer(file: StoredFile): RemoteFile };
  readonly folder: string;
  readonly threads: number;
  /** Seconds between two checkpoints. */
  readonly checkpointSeconds: number;
}

/** The first line of the process of a rank. */
export function rankStart(
  { runId, attempt, rank, order }: Pick<TrainingRankRow, 'runId' | 'attempt' | 'rank' | 'order'>,
  { tracker, files, folder, threads, checkpointSeconds }: HostParts,
): RankStart {
  const { world, secret, parameters, startMargins, rounds, earlyStoppingRounds, features, resume, check } = order;
  const toShards = (shards: typeof order.shards): RankShard[] =>
    shards.map(({ rows, codes, target, weights }) => ({
      rows,
      codes: files.offer(codes),
      target: files.offer(target),
      weights: weights && files.offer(weights),
    }));
  return {
    ...{ role: 'rank', protocol: RANK_PROTOCOL, runId, attempt, rank, world, tracker, secret, folder, threads },
    ...{ parameters, startMargins, rounds, earlyStoppingRounds, features },
    shards: toShards(order.shards),
    validation: toShards(order.validation),
    resume: resume && { ...resume, model: files.offer(resume.model) },
    // Rank 0 predicts them.
    check: rank === 0 && check !== null ? { rows: check.rows, codes: files.offer(check.codes) } : null,
    checkpointSeconds,
    heartbeatSeconds: HEARTBEAT_SECONDS,
  };
}
