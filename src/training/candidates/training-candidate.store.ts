import { and, asc, sql } from 'drizzle-orm';
import type { CandidateReport } from '../../ml/auto/candidate.ts';
import { isAmong } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, ownRow, type Transaction } from '../../platform/postgres/database.ts';
import type { TrainingRunRow } from '../runs/training-run.store.ts';
import { trainingCandidates } from './training-candidate.table.ts';

export type CandidateRow = typeof trainingCandidates.$inferSelect;

/** Stores candidates of a run as they are now, in place of what was known of them. */
export async function saveCandidates(
  tx: Transaction,
  { id: runId, workspaceId }: Pick<TrainingRunRow, 'id' | 'workspaceId'>,
  reports: readonly CandidateReport[],
): Promise<void> {
  if (reports.length === 0) return;
  await tx
    .insert(trainingCandidates)
    .values(reports.map((report) => ownRow(tx, { runId, workspaceId, number: report.number, report })))
    .onConflictDoUpdate({
      target: [trainingCandidates.runId, trainingCandidates.number],
      set: { report: sql`excluded.report` },
      setWhere: ofWorkspace(tx, trainingCandidates),
    });
}

/** The candidates of these runs, by run in their order. */
export async function listCandidates(tx: Transaction, runIds: readonly string[]): Promise<CandidateRow[]> {
  return await tx
    .select()
    .from(trainingCandidates)
    .where(and(ofWorkspace(tx, trainingCandidates), isAmong(trainingCandidates.runId, runIds)))
    .orderBy(asc(trainingCandidates.runId), asc(trainingCandidates.number));
}
