import { and, count, eq, getTableColumns, gt, isNotNull, lt, or, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { byOrdinal, isAmong, limitOf, REQUESTED_ORDINAL, requestedRows } from '../platform/postgres/batch-query.ts';
import { ofWorkspace, ofWorkspaceWithDeleted, type Transaction } from '../platform/postgres/database.ts';
import { newerFirst, olderThan, type PageOf, type PageOfRows } from '../platform/postgres/keyset.ts';
import { type DatasetRow, isLatest } from './dataset.store.ts';
import { datasets } from './dataset.table.ts';

/** The parts of a dataset that grow with its columns. Lists leave them out; they are read where they are shown. */
export type DatasetContents = Pick<DatasetRow, 'preview' | 'issues'>;

/** A dataset as read by lists. */
export type ListedDataset = Omit<DatasetRow, keyof DatasetContents>;

export interface DatasetQuery {
  readonly name: string | null;
  /** A part of the name, in upper or lower case. */
  readonly nameContains: string | null;
  readonly latestOnly: boolean;
  /** Only those that expire before this moment. */
  readonly expiringBefore: Date | null;
  /** Those that are deleted and can be restored, instead of those that are there. */
  readonly deleted: boolean;
}

/** A cursor in the versions of a name, which are ordered by number. */
export type VersionCursor = Pick<DatasetRow, 'version'>;

/** A request for a page of the versions of a name. */
export interface VersionsRequest extends PageOf<VersionCursor> {
  readonly name: string;
}

const { preview: _preview, issues: _issues, ...listedColumns } = getTableColumns(datasets);
const LISTED = { ...listedColumns, isLatest: isLatest.as('is_latest') };

/** Newest first, with one row more than the page holds, so that the caller knows whether there is a next page. */
export async function listDatasets(tx: Transaction, query: DatasetQuery, page: PageOfRows): Promise<ListedDataset[]> {
  return await tx
    .select(LISTED)
    .from(datasets)
    .where(and(...conditions(tx, query), olderThan(datasets, page.after)))
    .orderBy(...newerFirst(datasets))
    .limit(page.first + 1);
}

export async function countDatasets(tx: Transaction, query: DatasetQuery): Promise<number> {
  const [row] = await tx
    .select({ count: count() })
    .from(datasets)
    .where(and(...conditions(tx, query)));
  return row?.count ?? 0;
}

/** Of the newest datasets what can change while they are there. */
export async function findDatasetHeads(
  tx: Transaction,
  limit: number,
): Promise<Pick<DatasetRow, 'id' | 'pinned' | 'expiresAt'>[]> {
  const { id, pinned, expiresAt } = datasets;
  return await tx
    .select({ id, pinned, expiresAt })
    .from(datasets)
    .where(ofWorkspace(tx, datasets))
    .orderBy(...newerFirst(datasets))
    .limit(limit);
}

export async function findListedDatasets(tx: Transaction, ids: readonly string[]): Promise<ListedDataset[]> {
  return await tx
    .select(LISTED)
    .from(datasets)
    .where(and(ofWorkspace(tx, datasets), isAmong(datasets.id, ids)));
}

/** For each name, the versions after its cursor, newest first; one more than its page holds. */
export async function listVersions(tx: Transaction, requests: readonly VersionsRequest[]): Promise<ListedDataset[][]> {
  const requested = requests.map(({ name, first, after }) => ({ name, first, before: after?.version ?? null }));
  const version = tx
    .select(LISTED)
    .from(datasets)
    .where(
      and(
        ofWorkspace(tx, datasets),
        eq(datasets.name, sql`requested.name`),
        or(sql`requested.before is null`, lt(datasets.version, sql`requested.before`)),
      ),
    )
    .orderBy(sql`${datasets.version} desc`)
    .limit(limitOf(sql`requested.first + 1`))
    .as('version');
  const rows = await tx
    .select({ ...version._.selectedFields, ordinal: REQUESTED_ORDINAL })
    .from(requestedRows(requested, 'name text, first integer, before integer'))
    .innerJoinLateral(version, sql`true`)
    .orderBy(REQUESTED_ORDINAL, sql`${version.version} desc`);
  return byOrdinal(rows, requests);
}

/** The number of versions of each name. */
export async function countVersions(tx: Transaction, names: readonly string[]): Promise<number[]> {
  const rows = await tx
    .select({ ordinal: REQUESTED_ORDINAL, count: count() })
    .from(
      requestedRows(
        names.map((name) => ({ name })),
        'name text',
      ),
    )
    .innerJoin(datasets, and(ofWorkspace(tx, datasets), eq(datasets.name, sql`requested.name`)))
    .groupBy(REQUESTED_ORDINAL);
  return byOrdinal(rows, names).map(([row]) => row?.count ?? 0);
}

function conditions(tx: Transaction, query: DatasetQuery): (SQL | undefined)[] {
  const { name, nameContains, latestOnly, expiringBefore, deleted } = query;
  return [
    ...(deleted ? areRestorable(tx) : [ofWorkspace(tx, datasets)]),
    name === null ? undefined : eq(datasets.name, name),
    nameContains === null ? undefined : containsText(datasets.name, nameContains),
    expiringBefore === null ? undefined : lt(datasets.expiresAt, expiringBefore),
    latestOnly ? isLatest : undefined,
  ];
}

/** Not by LIKE, in which % and _ stand for other characters. */
function containsText(column: PgColumn, text: string): SQL {
  return sql`position(lower(${text}) in lower(${column})) > 0`;
}

function areRestorable(tx: Transaction): SQL[] {
  return [
    ofWorkspaceWithDeleted(tx, datasets),
    isNotNull(datasets.deletedAt),
    gt(datasets.restorableUntil, sql`now()`),
  ];
}
