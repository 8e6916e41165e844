import { and, desc, eq, lt, sql } from 'drizzle-orm';
import type { Transaction } from '../../platform/postgres/database.ts';
import { trainingPaces } from '../runs/training-run.table.ts';

/** What one training took. */
export interface TrainingDuration {
  readonly algorithm: (typeof trainingPaces.$inferSelect)['algorithm'];
  /** As ml/cost-model.ts estimates it; above 0. */
  readonly work: number;
  /** Above 0. */
  readonly seconds: number;
}

/** Adds a pace, and forgets all but the newest `kept` of its algorithm. */
export async function insertDuration(tx: Transaction, pace: TrainingDuration, kept: number): Promise<void> {
  await tx.insert(trainingPaces).values({ ...pace, endedAt: sql`now()` });
  const oldestKept = tx
    .select({ id: trainingPaces.id })
    .from(trainingPaces)
    .where(eq(trainingPaces.algorithm, pace.algorithm))
    .orderBy(desc(trainingPaces.id))
    .offset(kept - 1)
    .limit(1);
  await tx
    .delete(trainingPaces)
    .where(and(eq(trainingPaces.algorithm, pace.algorithm), lt(trainingPaces.id, sql`(${oldestKept})`)));
}

/** The newest paces of an algorithm, newest first. */
export async function listDurations(
  tx: Transaction,
  algorithm: TrainingDuration['algorithm'],
  limit: number,
): Promise<TrainingDuration[]> {
  const { work, seconds } = trainingPaces;
  return await tx
    .select({ algorithm: trainingPaces.algorithm, work, seconds })
    .from(trainingPaces)
    .where(eq(trainingPaces.algorithm, algorithm))
    .orderBy(desc(trainingPaces.id))
    .limit(limit);
}
