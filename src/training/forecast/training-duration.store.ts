import { and, desc, eq, lt, sql } from 'drizzle-orm';
import type { Transaction } from '../../platform/postgres/database.ts';
import { trainingDurations } from '../runs/training-run.table.ts';

/** The duration of one training. */
export interface TrainingDuration {
  readonly algorithm: (typeof trainingDurations.$inferSelect)['algorithm'];
  /** As ml/cost-model.ts estimates it; above 0. */
  readonly work: number;
  /** Above 0. */
  readonly seconds: number;
}

/** Adds a duration, and deletes all but the newest `kept` of its algorithm. */
export async function insertDuration(tx: Transaction, duration: TrainingDuration, kept: number): Promise<void> {
  await tx.insert(trainingDurations).values({ ...duration, endedAt: sql`now()` });
  const oldestKept = tx
    .select({ id: trainingDurations.id })
    .from(trainingDurations)
    .where(eq(trainingDurations.algorithm, duration.algorithm))
    .orderBy(desc(trainingDurations.id))
    .offset(kept - 1)
    .limit(1);
  await tx
    .delete(trainingDurations)
    .where(and(eq(trainingDurations.algorithm, duration.algorithm), lt(trainingDurations.id, sql`(${oldestKept})`)));
}

/** The newest durations of an algorithm, newest first. */
export async function listDurations(
  tx: Transaction,
  algorithm: TrainingDuration['algorithm'],
  limit: number,
): Promise<TrainingDuration[]> {
  const { work, seconds } = trainingDurations;
  return await tx
    .select({ algorithm: trainingDurations.algorithm, work, seconds })
    .from(trainingDurations)
    .where(eq(trainingDurations.algorithm, algorithm))
    .orderBy(desc(trainingDurations.id))
    .limit(limit);
}
