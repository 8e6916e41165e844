import { and, eq, lte, notExists, sql } from 'drizzle-orm';
import { ofWorkspace, ownRow, type Transaction } from '../../platform/postgres/database.ts';
import { trainingCheckpointParts, trainingCheckpoints, trainingRuns } from '../runs/training-run.table.ts';

export type CheckpointRow = typeof trainingCheckpoints.$inferSelect;

/** The attempt that saves a checkpoint. */
export type SavingAttempt = Pick<CheckpointRow, 'runId' | 'workspaceId' | 'attempt'>;

/** Bytes of a checkpoint that is being saved. */
export type CheckpointPart = typeof trainingCheckpointParts.$inferInsert;

export async function findCheckpoint(tx: Transaction, { id }: { readonly id: string }): Promise<CheckpointRow | null> {
  const [row] = await tx
    .select()
    .from(trainingCheckpoints)
    .where(isOfRun(tx, trainingCheckpoints, id));
  return row ?? null;
}

export async function hasCheckpoint(tx: Transaction, run: { readonly id: string }): Promise<boolean> {
  return (await findCheckpoint(tx, run)) !== null;
}

/**
 * Inserts a part of a checkpoint that is not current yet, without locking the run. False, and nothing written, if the attempt
 * is not the current one or the run has ended.
 */
export async function insertCheckpointPart(tx: Transaction, part: CheckpointPart): Promise<boolean> {
  const [current] = await tx.select({ id: trainingRuns.id }).from(trainingRuns).where(isCurrent(tx, part));
  if (current === undefined) return false;
  await tx.insert(trainingCheckpointParts).values(ownRow(tx, part));
  return true;
}

/** A part of a checkpoint; null if it is gone. */
export async function findCheckpointPart(
  tx: Transaction,
  { runId, saveId }: CheckpointRow,
  part: number,
): Promise<Uint8Array | null> {
  const { bytes } = trainingCheckpointParts;
  const [row] = await tx
    .select({ bytes })
    .from(trainingCheckpointParts)
    .where(
      and(
        isOfRun(tx, trainingCheckpointParts, runId),
        eq(trainingCheckpointParts.saveId, saveId),
        eq(trainingCheckpointParts.part, part),
      ),
    );
  return row?.bytes ?? null;
}

/**
 * Makes a checkpoint current whose parts are all written. False, and nothing written, if the attempt is not the current one
 * or the run has ended.
 */
export async function makeCheckpointCurrent(
  tx: Transaction,
  checkpoint: Omit<CheckpointRow, 'savedAt'>,
): Promise<boolean> {
  const [current] = await tx
    .select({ id: trainingRuns.id })
    .from(trainingRuns)
    .where(isCurrent(tx, checkpoint))
    .for('no key update');
  if (current === undefined) return false;
  const row = { ...ownRow(tx, checkpoint), savedAt: new Date() };
  await tx
    .insert(trainingCheckpoints)
    .values(row)
    .onConflictDoUpdate({
      target: trainingCheckpoints.runId,
      set: row,
      // A newer attempt may have started over, because it could not resume this one's checkpoint.
      setWhere: sql`${ofWorkspace(tx, trainingCheckpoints)} and (${trainingCheckpoints.attempt} < excluded.attempt
        or ${trainingCheckpoints.progress} <= excluded.progress)`,
    });
  return true;
}

/** Deletes the parts of this and earlier attempts that do not belong to the current checkpoint. */
export async function deleteOtherParts(tx: Transaction, { runId, attempt }: SavingAttempt): Promise<void> {
  const isTheCurrent = tx
    .select({ runId: trainingCheckpoints.runId })
    .from(trainingCheckpoints)
    .where(
      and(isOfRun(tx, trainingCheckpoints, runId), eq(trainingCheckpoints.saveId, trainingCheckpointParts.saveId)),
    );
  await tx
    .delete(trainingCheckpointParts)
    .where(
      and(
        isOfRun(tx, trainingCheckpointParts, runId),
        lte(trainingCheckpointParts.attempt, attempt),
        notExists(isTheCurrent),
      ),
    );
}

/** Deletes the checkpoint of a run that has ended. */
export async function deleteCheckpoint(tx: Transaction, runId: string): Promise<void> {
  await tx.delete(trainingCheckpoints).where(isOfRun(tx, trainingCheckpoints, runId));
  await tx.delete(trainingCheckpointParts).where(isOfRun(tx, trainingCheckpointParts, runId));
}

function isOfRun(tx: Transaction, table: typeof trainingCheckpoints | typeof trainingCheckpointParts, runId: string) {
  return and(ofWorkspace(tx, table), eq(table.runId, runId));
}

function isCurrent(tx: Transaction, { runId, attempt }: Pick<SavingAttempt, 'runId' | 'attempt'>) {
  return and(
    ofWorkspace(tx, trainingRuns),
    eq(trainingRuns.id, runId),
    eq(trainingRuns.attempt, attempt),
    eq(trainingRuns.status, 'RUNNING'),
  );
}
