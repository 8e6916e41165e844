import { and, count, eq, getTableColumns, inArray, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm';
import { isEnded } from '../../jobs/job-status.ts';
import { isUuid } from '../../platform/ids.ts';
import { byOrdinal, isAmong, limitOf, REQUESTED_ORDINAL, requestedRows } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, type Transaction } from '../../platform/postgres/database.ts';
import { newerFirst, olderThan, type PageOf, type Position } from '../../platform/postgres/keyset.ts';
import type { StoredRun } from './training-run.store.ts';
import { trainingRuns } from './training-run.table.ts';
import type { RunOrder, RunPosition, TrainingRunQuery } from './training-run-query.ts';

/** The parts of a run that can be hundreds of kB: lists do not read them, field resolvers do. */
export type LargeParts = Pick<StoredRun, 'features' | 'curve' | 'featureImportances'>;

/** A run as lists read it. */
export type ListedRun = Omit<StoredRun, keyof LargeParts>;

/** A page of the runs of a dataset, without archived ones. */
export interface RunsOfDatasetRequest extends PageOf<Position> {
  readonly datasetId: string;
}

const {
  features: _features,
  curve: _curve,
  featureImportances: _importances,
  ...LISTED
} = getTableColumns(trainingRuns);

/**
 * Newest first; one row more than the page holds, which shows whether there is a next page. The ids come from an index-only
 * scan: rows that a filter skips, which may be a million, are not read.
 */
export async function listRuns(
  tx: Transaction,
  query: TrainingRunQuery,
  order: RunOrder,
  page: PageOf<RunPosition>,
): Promise<ListedRun[]> {
  const isAfter = order === 'BEST' ? worseThan(page.after) : olderThan(trainingRuns, page.after);
  const byOrder = order === 'BEST' ? BETTER_FIRST : newerFirst(trainingRuns);
  const ids = tx
    .select({ id: trainingRuns.id })
    .from(trainingRuns)
    .where(and(...conditions(tx, query), isAfter))
    .orderBy(...byOrder)
    .limit(page.first + 1);
  return await tx
    .select(LISTED)
    .from(trainingRuns)
    .where(and(ofWorkspace(tx, trainingRuns), inArray(trainingRuns.id, ids)))
    .orderBy(...byOrder);
}

/** Of equally good runs the newest first. */
const BETTER_FIRST = [sql`${trainingRuns.score} desc nulls last`, ...newerFirst(trainingRuns)];

function worseThan(after: RunPosition | null): SQL | undefined {
  if (after === null) return undefined;
  const { score, createdAt, id } = trainingRuns;
  const timestamp = after.createdAt.toISOString();
  // As a text, because JSON has no infinite numbers.
  return sql`(${score}, ${createdAt}, ${id}) < (${String(after.score)}::text::double precision, ${timestamp}::timestamptz, ${after.id}::uuid)`;
}

export async function countRuns(tx: Transaction, query: TrainingRunQuery): Promise<number> {
  const [row] = await tx
    .select({ count: count() })
    .from(trainingRuns)
    .where(and(...conditions(tx, query)));
  return row?.count ?? 0;
}

export async function findListedRuns(tx: Transaction, ids: readonly string[]): Promise<ListedRun[]> {
  return await tx
    .select(LISTED)
    .from(trainingRuns)
    .where(and(ofWorkspace(tx, trainingRuns), isAmong(trainingRuns.id, ids)));
}

/** The runs of a dataset that have not ended, locked until the transaction ends. */
export async function lockActiveRuns(tx: Transaction, datasetId: string): Promise<ListedRun[]> {
  return await tx
    .select(LISTED)
    .from(trainingRuns)
    .where(and(ofWorkspace(tx, trainingRuns), eq(trainingRuns.datasetId, datasetId), isNull(trainingRuns.finishedAt)))
    .orderBy(trainingRuns.id)
    .for('no key update');
}

/** The same for all runs of the workspace. */
export async function lockAllActiveRuns(tx: Transaction): Promise<ListedRun[]> {
  return await tx
    .select(LISTED)
    .from(trainingRuns)
    .where(and(ofWorkspace(tx, trainingRuns), isNull(trainingRuns.finishedAt)))
    .orderBy(trainingRuns.id)
    .for('no key update');
}

/** A page of runs for each of these datasets, newest first; one row more than the page holds. */
export async function listRunsOfDatasets(
  tx: Transaction,
  requests: readonly RunsOfDatasetRequest[],
): Promise<ListedRun[][]> {
  const requested = requests.map(({ datasetId, first, after }) => ({
    dataset_id: datasetId,
    first,
    after_at: after?.createdAt ?? null,
    after_id: after?.id ?? null,
  }));
  const { createdAt, id } = trainingRuns;
  const isAfter = or(
    sql`requested.after_id is null`,
    sql`(${createdAt}, ${id}) < (requested.after_at, requested.after_id)`,
  );
  const run = tx
    .select(LISTED)
    .from(trainingRuns)
    .where(and(isListedOf(tx, sql`requested.dataset_id`), isAfter))
    .orderBy(...newerFirst(trainingRuns))
    .limit(limitOf(sql`requested.first + 1`))
    .as('run');
  const rows = await tx
    .select({ ...run._.selectedFields, ordinal: REQUESTED_ORDINAL })
    .from(requestedRows(requested, 'dataset_id uuid, first integer, after_at timestamptz, after_id uuid'))
    .innerJoinLateral(run, sql`true`)
    .orderBy(REQUESTED_ORDINAL, sql`${run.createdAt} desc`, sql`${run.id} desc`);
  return byOrdinal(rows, requests);
}

/** The number of runs of each of these datasets, without archived ones. */
export async function countRunsOfDatasets(tx: Transaction, datasetIds: readonly string[]): Promise<number[]> {
  const rows = await tx
    .select({ ordinal: REQUESTED_ORDINAL, count: count() })
    .from(
      requestedRows(
        datasetIds.map((id) => ({ dataset_id: id })),
        'dataset_id uuid',
      ),
    )
    .innerJoin(trainingRuns, isListedOf(tx, sql`requested.dataset_id`))
    .groupBy(REQUESTED_ORDINAL);
  return byOrdinal(rows, datasetIds).map(([row]) => row?.count ?? 0);
}

function isListedOf(tx: Transaction, datasetId: SQL): SQL | undefined {
  return and(ofWorkspace(tx, trainingRuns), eq(trainingRuns.datasetId, datasetId), isNull(trainingRuns.archivedAt));
}

function isDataset(id: string): SQL {
  return isUuid(id) ? eq(trainingRuns.datasetId, id) : sql`false`;
}

function conditions(tx: Transaction, query: TrainingRunQuery): (SQL | undefined)[] {
  return [
    ofWorkspace(tx, trainingRuns),
    query.statuses === null ? undefined : inArray(trainingRuns.status, [...query.statuses]),
    // Redundant, but it makes the index of unfinished runs usable.
    query.statuses === null || query.statuses.some(isEnded) ? undefined : isNull(trainingRuns.finishedAt),
    query.datasetId === null ? undefined : isDataset(query.datasetId),
    query.datasetName === null ? undefined : eq(trainingRuns.datasetName, query.datasetName),
    query.task === null ? undefined : eq(trainingRuns.task, query.task),
    query.algorithm === null ? undefined : eq(trainingRuns.algorithm, query.algorithm),
    query.target === null ? undefined : eq(trainingRuns.target, query.target),
    query.tag === null ? undefined : sql`${trainingRuns.tags} ? ${query.tag}`,
    query.archived === 'EXCLUDE' ? isNull(trainingRuns.archivedAt) : undefined,
    query.archived === 'ONLY' ? isNotNull(trainingRuns.archivedAt) : undefined,
  ];
}
