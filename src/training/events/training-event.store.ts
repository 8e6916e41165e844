import { and, asc, eq, gt, inArray, lt, type SQL, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import { isEnded } from '../../jobs/job-status.ts';
import { byOrdinal, limitOf, REQUESTED_ORDINAL, requestedRows } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, ownRow, type Transaction } from '../../platform/postgres/database.ts';
import { sendNotification } from '../../platform/postgres/notifications.ts';
import { trainingEvents, trainingRuns } from '../runs/training-run.table.ts';
import { deleteCheckpoint } from '../worker/training-checkpoint.store.ts';

export type TrainingEventRow = typeof trainingEvents.$inferSelect;

/** The details of an event beside the state of the run. */
export type EventDetails = Pick<TrainingEventRow, 'kind'> &
  Partial<Pick<TrainingEventRow, 'message' | 'point' | 'queuePosition' | 'candidate'>>;

/** Topic of notifications about runs. */
export const RUN_TOPIC = 'training-run';

/** The first events of a run after a sequence number. */
export interface EventsRequest {
  readonly runId: string;
  readonly afterSeq: number;
  readonly first: number;
}

/**
 * Changes a run and writes the event of it; no other statement changes a run. The same update increments the sequence number, so that its row lock keeps the
 * numbers without gaps, and the event is written from the updated row. False if the guard matches no row.
 */
export async function changeWithEvent(
  tx: Transaction,
  id: string,
  guard: SQL | undefined,
  change: PgUpdateSetSource<typeof trainingRuns>,
  details: EventDetails,
): Promise<boolean> {
  const { workspaceId, attempt, status, stage, progress, etaSeconds, errorCode, errorMessage, errorHint } =
    trainingRuns;
  const state = { workspaceId, attempt, status, stage, progress, etaSeconds, errorCode, errorMessage, errorHint };
  const [run] = await tx
    .update(trainingRuns)
    .set({ ...change, lastSeq: sql`${trainingRuns.lastSeq} + 1` })
    .where(and(ofWorkspace(tx, trainingRuns), eq(trainingRuns.id, id), guard))
    .returning({ runId: trainingRuns.id, seq: trainingRuns.lastSeq, ...state });
  if (run === undefined) return false;
  await Promise.all([
    tx.insert(trainingEvents).values({ ...ownRow(tx, run), ...details, at: new Date() }),
    isEnded(run.status) ? deleteCheckpoint(tx, run.runId) : null,
    sendNotification(tx, { scope: run.workspaceId, topic: RUN_TOPIC, id: run.runId }),
  ]);
  return true;
}

/** The events of each of these runs after a sequence number, in order. */
export async function listEvents(tx: Transaction, requests: readonly EventsRequest[]): Promise<TrainingEventRow[][]> {
  const requested = requests.map(({ runId, afterSeq, first }) => ({ run_id: runId, after_seq: afterSeq, first }));
  const event = tx
    .select()
    .from(trainingEvents)
    .where(
      and(
        ofWorkspace(tx, trainingEvents),
        eq(trainingEvents.runId, sql`requested.run_id`),
        gt(trainingEvents.seq, sql`requested.after_seq`),
      ),
    )
    .orderBy(asc(trainingEvents.seq))
    .limit(limitOf(sql`requested.first`))
    .as('event');
  const rows = await tx
    .select({ ...event._.selectedFields, ordinal: REQUESTED_ORDINAL })
    .from(requestedRows(requested, 'run_id uuid, after_seq integer, first integer'))
    .innerJoinLateral(event, sql`true`)
    .orderBy(REQUESTED_ORDINAL, asc(event.seq));
  return byOrdinal(rows, requests);
}

/** Deletes progress events from before `before`, of all workspaces; at most `limit`. Returns the number of deleted rows. */
export async function deleteOldSteps(tx: Transaction, before: Date, limit: number): Promise<number> {
  const { runId, seq, at, kind } = trainingEvents;
  const old = tx
    .select({ runId, seq })
    .from(trainingEvents)
    .where(and(lt(at, before), inArray(kind, ['PROGRESS', 'METRIC', 'CANDIDATE'])))
    .limit(limit);
  const deleted = await tx
    .delete(trainingEvents)
    .where(inArray(sql`(${runId}, ${seq})`, old))
    .returning({ seq });
  return deleted.length;
}
