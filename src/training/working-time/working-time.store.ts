import { and, gt, isNotNull, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import { isAmong } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, ofWorkspaceWithDeleted, type Transaction } from '../../platform/postgres/database.ts';
import { trainingRuns } from '../runs/training-run.table.ts';
import { removedTrainingTime } from './removed-time.table.ts';

/** For how long the workspace's runs, also removed ones, have worked since then: those that began before count from then on. */
export async function sumTrainingSeconds(tx: Transaction, since: Date): Promise<number> {
  const isRecent = or(isNull(trainingRuns.finishedAt), gt(trainingRuns.finishedAt, since));
  const ofRuns = tx
    .select({ seconds: secondsOf(trainingRuns, since) })
    .from(trainingRuns)
    .where(and(ofWorkspaceWithDeleted(tx, trainingRuns), isNotNull(trainingRuns.startedAt), isRecent));
  const ofRemoved = tx
    .select({ seconds: secondsOf(removedTrainingTime, since) })
    .from(removedTrainingTime)
    .where(and(ofWorkspace(tx, removedTrainingTime), gt(removedTrainingTime.finishedAt, since)));
  // In one statement: a run that is removed meanwhile counts once.
  const rows = await unionAll(ofRuns, ofRemoved);
  return rows.reduce((sum, { seconds }) => sum + seconds, 0);
}

function secondsOf(
  { startedAt, finishedAt }: Pick<typeof trainingRuns, 'startedAt' | 'finishedAt'> | typeof removedTrainingTime,
  since: Date,
): SQL<number> {
  const from = sql`greatest(${startedAt}, ${since.toISOString()}::timestamptz)`;
  return sql<number>`coalesce(sum(extract(epoch from coalesce(${finishedAt}, now()) - ${from})), 0)::float8`;
}

/** Keeps when runs have worked that ended after that, or have not ended. */
export async function insertRemovedTime(tx: Transaction, runIds: readonly string[], since: Date): Promise<void> {
  const { id, workspaceId, startedAt, finishedAt } = trainingRuns;
  const end = sql<Date>`coalesce(${finishedAt}, now())`.as('finished_at');
  const isRecent = or(isNull(finishedAt), gt(finishedAt, since));
  const removed = tx
    .select({ runId: id, workspaceId, startedAt: sql<Date>`${startedAt}`.as('started_at'), finishedAt: end })
    .from(trainingRuns)
    .where(and(ofWorkspaceWithDeleted(tx, trainingRuns), isAmong(id, runIds), isNotNull(startedAt), isRecent));
  await tx.insert(removedTrainingTime).select(removed).onConflictDoNothing();
}

/** Forgets what ended before that. */
export async function deleteOldRemovedTime(tx: Transaction, before: Date): Promise<void> {
  await tx
    .delete(removedTrainingTime)
    .where(and(ofWorkspace(tx, removedTrainingTime), lt(removedTrainingTime.finishedAt, before)));
}
