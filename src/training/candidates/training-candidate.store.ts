import { and, asc, sql } from 'drizzle-orm';
import type { CandidateReport } from '../../ml/auto/candidate.ts';
import { isAmong } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, ownRow, type Transaction } from '../../platform/postgres/database.ts';
import { changeRun, type TrainingRunRow } from '../runs/training-run.store.ts';
import { trainingCandidates } from './training-candidate.table.ts';

export type CandidateRow = typeof trainingCandidates.$inferSelect;

/**
 * Stores candidates of a run as they are now, in place of what was known of them, and writes an event for each that has changed and
 * whose turn has come. So the last event of a candidate is what the leaderboard shows.
 */
export async function saveCandidates(
  tx: Transaction,
  { id: runId, workspaceId, attempt }: Pick<TrainingRunRow, 'id' | 'workspaceId' | 'attempt'>,
  reports: readonly CandidateReport[],
): Promise<void> {
  if (reports.length === 0) return;
  const saved = await tx
    .insert(trainingCandidates)
    .values(reports.map((report) => ownRow(tx, { runId, workspaceId, number: report.number, report })))
    .onConflictDoUpdate({
      target: [trainingCandidates.runId, trainingCandidates.number],
      set: { report: sql`excluded.report` },
      setWhere: sql`${ofWorkspace(tx, trainingCandidates)} and ${trainingCandidates.report} <> excluded.report`,
    })
    .returning({ number: trainingCandidates.number });
  const changed = new Set(saved.map(({ number }) => number));
  for (const candidate of reports.filter(({ number, status }) => changed.has(number) && status !== 'WAITING')) {
    await changeRun(tx, runId, attempt, {}, { kind: 'CANDIDATE', candidate });
  }
}

/** The candidates of these runs, by run in their order. */
export async function listCandidates(tx: Transaction, runIds: readonly string[]): Promise<CandidateRow[]> {
  return await tx
    .select()
    .from(trainingCandidates)
    .where(and(ofWorkspace(tx, trainingCandidates), isAmong(trainingCandidates.runId, runIds)))
    .orderBy(asc(trainingCandidates.runId), asc(trainingCandidates.number));
}
