import { and, asc, eq, gt, gte, inArray, isNull, or, sql } from 'drizzle-orm';
import type { JobCursor } from '../../jobs/live/followed-job.ts';
import { ofWorkspace, type Transaction } from '../../platform/postgres/database.ts';
import type { TrainingEventRow } from '../events/training-event.store.ts';
import { RUN, type TrainingRunRow } from '../runs/training-run.store.ts';
import { trainingEvents, trainingRuns } from '../runs/training-run.table.ts';

/** The head of a run: enough to see whether there is something new to read. The whole row can be hundreds of kB. */
export type RunHead = Pick<TrainingRunRow, 'id' | 'lastSeq' | 'status' | 'datasetId' | 'archivedAt' | 'labelledAt'>;

const { id, lastSeq, status, datasetId, finishedAt, archivedAt, labelledAt } = trainingRuns;
const HEAD = { id, lastSeq, status, datasetId, archivedAt, labelledAt };

/** The heads of these runs; none for a run that is gone. */
export async function findRunHeads(tx: Transaction, ids: readonly string[]): Promise<RunHead[]> {
  const requested = sql`(select value::uuid from json_array_elements_text(${JSON.stringify(ids)}::json))`;
  return await tx
    .select(HEAD)
    .from(trainingRuns)
    .where(and(ofWorkspace(tx, trainingRuns), inArray(id, requested)));
}

/** The heads of the workspace's runs that have not ended, or have ended at or after `endedSince`. */
export async function findHeadsOfLiveRuns(tx: Transaction, endedSince: Date, limit: number): Promise<RunHead[]> {
  return await tx
    .select(HEAD)
    .from(trainingRuns)
    .where(and(ofWorkspace(tx, trainingRuns), or(isNull(finishedAt), gte(finishedAt, endedSince))))
    .limit(limit);
}

/** The rows of those runs that have changed after their cursor. */
export async function findRunsChangedAfter(tx: Transaction, cursors: readonly JobCursor[]): Promise<TrainingRunRow[]> {
  return await tx
    .select(RUN)
    .from(requestedRuns(cursors))
    .innerJoin(
      trainingRuns,
      and(ofWorkspace(tx, trainingRuns), eq(id, sql`requested.run_id`), gt(lastSeq, sql`requested.after_seq`)),
    );
}

/** The first events of each run after its cursor, in order: at most `limit` per run. */
export async function listEventsAfterEach(
  tx: Transaction,
  cursors: readonly JobCursor[],
  limit: number,
): Promise<(TrainingEventRow & { readonly afterSeq: number })[]> {
  const { runId, seq } = trainingEvents;
  const event = tx
    .select()
    .from(trainingEvents)
    .where(and(ofWorkspace(tx, trainingEvents), eq(runId, sql`requested.run_id`), gt(seq, sql`requested.after_seq`)))
    .orderBy(asc(seq))
    .limit(limit)
    .as('event');
  return await tx
    .select({ ...event._.selectedFields, afterSeq: sql<number>`requested.after_seq` })
    .from(requestedRuns(cursors))
    .innerJoinLateral(event, sql`true`)
    .orderBy(event.runId, sql`requested.after_seq`, event.seq);
}

/** The cursors as a table, `requested (run_id, after_seq)`. */
function requestedRuns(cursors: readonly JobCursor[]) {
  const rows = cursors.map((cursor) => ({ run_id: cursor.id, after_seq: cursor.afterSeq }));
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as requested (run_id uuid, after_seq integer)`;
}
