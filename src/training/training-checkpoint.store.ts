import { and, eq, sql } from 'drizzle-orm';
import type { Transaction } from '../platform/database.ts';
import { trainingCheckpoints, trainingRuns } from './training-run.table.ts';

export type CheckpointRow = typeof trainingCheckpoints.$inferSelect;

export type NewCheckpoint = Omit<CheckpointRow, 'savedAt'>;

export async function findCheckpoint(tx: Transaction, runId: string): Promise<CheckpointRow | null> {
  const [row] = await tx.select().from(trainingCheckpoints).where(eq(trainingCheckpoints.runId, runId));
  return row ?? null;
}

export async function hasCheckpoint(tx: Transaction, runId: string): Promise<boolean> {
  const rows = await tx
    .select({ runId: trainingCheckpoints.runId })
    .from(trainingCheckpoints)
    .where(eq(trainingCheckpoints.runId, runId));
  return rows.length > 0;
}

/**
 * Keeps a checkpoint in place of the one before it. False, and nothing written, where the attempt is not the current one or
 * the run has ended.
 */
export async function saveCheckpoint(tx: Transaction, checkpoint: NewCheckpoint): Promise<boolean> {
  const [current] = await tx
    .select({ id: trainingRuns.id })
    .from(trainingRuns)
    .where(
      and(
        eq(trainingRuns.id, checkpoint.runId),
        eq(trainingRuns.attempt, checkpoint.attempt),
        eq(trainingRuns.status, 'RUNNING'),
      ),
    )
    .for('no key update');
  if (current === undefined) return false;
  const row = { ...checkpoint, savedAt: new Date() };
  await tx
    .insert(trainingCheckpoints)
    .values(row)
    .onConflictDoUpdate({
      target: trainingCheckpoints.runId,
      set: row,
      // A newer attempt may have begun again, because it could not go on from what this one left.
      setWhere: sql`${trainingCheckpoints.attempt} < excluded.attempt or ${trainingCheckpoints.progress} <= excluded.progress`,
    });
  return true;
}

export async function deleteCheckpoint(tx: Transaction, runId: string): Promise<void> {
  await tx.delete(trainingCheckpoints).where(eq(trainingCheckpoints.runId, runId));
}
