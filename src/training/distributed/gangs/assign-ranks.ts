import { randomBytes } from 'node:crypto';
import type { Transaction } from '../../../platform/postgres/database.ts';
import { MIN_HOSTS, missingHosts, usableHosts } from '../hosts/live-hosts.ts';
import { listLiveHosts, lockHosts } from '../hosts/training-host.store.ts';
import type { GangWork, OrderedShard } from './gang-order.ts';
import { deleteRanks, type GangKey, insertRanks } from './training-rank.store.ts';

/** The rows of a training, which are divided among its hosts. */
export interface GangRows {
  readonly shards: readonly OrderedShard[];
  readonly validation: readonly OrderedShard[];
}

/** What became of looking for hosts. */
export type Assignment =
  | { readonly world: number; readonly xgboost: string }
  /** Too few live. */
  | { readonly missing: string }
  /** Enough live, but they are in other trainings. */
  | 'BUSY'
  /** Some have not been heard of since it was asked for them: they may have died with an earlier attempt. */
  | 'UNHEARD';

/**
 * Gives each free host a rank of the attempt, if there are enough of them. All at once, so that of two trainings that begin at the
 * same time none has hosts that it cannot use. `seconds`: for how long the attempt has looked for hosts. A host counts once it has given a sign
 * of life since, which takes a second, so that none is taken that an earlier attempt was lost with.
 */
export async function assignRanks(
  tx: Transaction,
  gang: GangKey,
  workspaceId: string,
  work: GangWork,
  rows: GangRows,
  seconds: number,
): Promise<Assignment> {
  await lockHosts(tx);
  // Whoever has coordinated an earlier attempt may have been killed before it did that.
  await deleteRanks(tx, { ...gang, attempt: gang.attempt - 1 });
  const hosts = await listLiveHosts(tx);
  const missing = missingHosts(hosts);
  if (missing !== null) return { missing };
  if (hosts.some(({ silentSeconds }) => silentSeconds > seconds)) return 'UNHEARD';
  const free = usableHosts(hosts).filter(({ isBusy }) => !isBusy);
  // Each rank needs rows, and of those to validate by, either all have some or none.
  const { shards, validation } = rows;
  const world = Math.min(free.length, shards.length, validation.length === 0 ? free.length : validation.length);
  if (world < MIN_HOSTS) return 'BUSY';
  const secret = randomBytes(16).toString('hex');
  await insertRanks(
    tx,
    free.slice(0, world).map(({ id: hostId }, rank) => ({
      ...gang,
      rank,
      hostId,
      order: {
        ...work,
        ...{ workspaceId, world, secret },
        shards: shareOf(shards, rank, world),
        validation: shareOf(validation, rank, world),
      },
    })),
  );
  return { world, xgboost: free[0]?.xgboost ?? '' };
}

/** Each shard belongs to one rank, and no rank has more than one more than another. */
function shareOf<Each>(all: readonly Each[], rank: number, world: number): readonly Each[] {
  return all.filter((_, at) => at % world === rank);
}
