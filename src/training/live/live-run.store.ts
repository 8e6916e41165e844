import { and, asc, eq, gt, gte, inArray, isNull, or, sql } from 'drizzle-orm';
import { ofWorkspace, type Transaction } from '../../platform/postgres/database.ts';
import { RUN, type TrainingEventRow, type TrainingRunRow } from '../runs/training-run.store.ts';
import { trainingEvents, trainingRuns } from '../runs/training-run.table.ts';

/** How far a run is: enough to see whether more of it is worth reading. The whole row can be hundreds of kB. */
export type RunHead = Pick<TrainingRunRow, 'id' | 'lastSeq' | 'status' | 'datasetId' | 'archivedAt'>;

/** A run, and the number of the last event that is known of it. */
export interface RunCursor {
  readonly runId: string;
  readonly afterSeq: number;
}

const { id, lastSeq, status, datasetId, finishedAt, archivedAt } = trainingRuns;
const MARK = { id, lastSeq, status, datasetId, archivedAt };

/** How far these runs are; of one that is gone there is none. */
export async function findRunHeads(tx: Transaction, ids: readonly string[]): Promise<RunHead[]> {
  const wanted = sql`(select value::uuid from json_array_elements_text(${JSON.stringify(ids)}::json))`;
  return await tx
    .select(MARK)
    .from(trainingRuns)
    .where(and(ofWorkspace(tx, trainingRuns), inArray(id, wanted)));
}

/** How far the workspace's runs are that have not ended, or have ended at or after a moment. */
export async function findHeadsOfLiveRuns(tx: Transaction, endedSince: Date, limit: number): Promise<RunHead[]> {
  return await tx
    .select(MARK)
    .from(trainingRuns)
    .where(and(ofWorkspace(tx, trainingRuns), or(isNull(finishedAt), gte(finishedAt, endedSince))))
    .limit(limit);
}

/** Of each of these runs that has changed after its number, the row. */
export async function findRunsChangedAfter(tx: Transaction, cursors: readonly RunCursor[]): Promise<TrainingRunRow[]> {
  return await tx
    .select(RUN)
    .from(wantedRuns(cursors))
    .innerJoin(
      trainingRuns,
      and(ofWorkspace(tx, trainingRuns), eq(id, sql`wanted.run_id`), gt(lastSeq, sql`wanted.after_seq`)),
    );
}

/** Of each of these runs the first events after its number, in order: at most `limit` of each. */
export async function listEventsAfterEach(
  tx: Transaction,
  cursors: readonly RunCursor[],
  limit: number,
): Promise<(TrainingEventRow & { readonly afterSeq: number })[]> {
  const { runId, seq } = trainingEvents;
  const event = tx
    .select()
    .from(trainingEvents)
    .where(and(ofWorkspace(tx, trainingEvents), eq(runId, sql`wanted.run_id`), gt(seq, sql`wanted.after_seq`)))
    .orderBy(asc(seq))
    .limit(limit)
    .as('event');
  return await tx
    .select({ ...event._.selectedFields, afterSeq: sql<number>`wanted.after_seq` })
    .from(wantedRuns(cursors))
    .innerJoinLateral(event, sql`true`)
    .orderBy(event.runId, sql`wanted.after_seq`, event.seq);
}

/** The cursors as a table, `wanted (run_id, after_seq)`. */
function wantedRuns(cursors: readonly RunCursor[]) {
  const rows = cursors.map(({ runId, afterSeq }) => ({ run_id: runId, after_seq: afterSeq }));
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as wanted (run_id uuid, after_seq integer)`;
}
