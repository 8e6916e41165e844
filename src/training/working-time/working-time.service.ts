import { TrainyardError } from '../../errors.ts';
import type { Transaction } from '../../platform/postgres/database.ts';
import { deleteOldRemovedTime, insertRemovedTime, sumTrainingSeconds } from './working-time.store.ts';

const DAY_MILLISECONDS = 86_400_000;

/**
 * Throws QUOTA_EXCEEDED if the trainings of the workspace have worked for so long within 24 hours. To be called while the queue of
 * the workspace is locked. A training that has begun is not ended by it.
 */
export async function requireTrainingTime(tx: Transaction, maxSeconds: number | null): Promise<void> {
  if (maxSeconds === null) return;
  const seconds = await sumTrainingSeconds(tx, new Date(Date.now() - DAY_MILLISECONDS));
  if (seconds < maxSeconds) return;
  throw new TrainyardError(
    'QUOTA_EXCEEDED',
    `The trainings of the workspace have worked for ${Math.floor(seconds)} s within 24 hours; the limit is ${maxSeconds} s.`,
    { hint: 'Start it later, or ask the operator to raise MAX_TRAINING_SECONDS_PER_DAY.' },
  );
}

/** Keeps the working time of runs whose rows are about to be removed, in the same transaction: it counts on for a day. */
export async function keepWorkingTime(tx: Transaction, runIds: readonly string[]): Promise<void> {
  const dayAgo = new Date(Date.now() - DAY_MILLISECONDS);
  await deleteOldRemovedTime(tx, dayAgo);
  await insertRemovedTime(tx, runIds, dayAgo);
}
