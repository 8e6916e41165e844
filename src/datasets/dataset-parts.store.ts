import { and, asc, eq, sql } from 'drizzle-orm';
import { byOrdinal, isAmong, limitOf, REQUESTED_ORDINAL, requestedRows } from '../platform/postgres/batch-query.ts';
import { ofWorkspace, ofWorkspaceWithDeleted, type Transaction } from '../platform/postgres/database.ts';
import type { DatasetColumnRow } from './dataset.store.ts';
import { datasetColumns, datasets } from './dataset.table.ts';
import type { DatasetContents } from './dataset-list.store.ts';

/** A request for columns of a dataset; `names` null: all. */
export interface ColumnsRequest {
  readonly datasetId: string;
  readonly names: readonly string[] | null;
  readonly offset: number;
  readonly limit: number;
}

/** For each dataset, a page of its columns in file order. */
export async function listColumns(tx: Transaction, requests: readonly ColumnsRequest[]): Promise<DatasetColumnRow[][]> {
  const requested = requests.map(({ datasetId, names, offset, limit }) => ({
    dataset_id: datasetId,
    names,
    offset,
    limit,
  }));
  const isNamed = sql`(requested.names is null
    or ${datasetColumns.name} in (select value from json_array_elements_text(requested.names)))`;
  const column = tx
    .select()
    .from(datasetColumns)
    .where(and(ofWorkspace(tx, datasetColumns), eq(datasetColumns.datasetId, sql`requested.dataset_id`), isNamed))
    .orderBy(asc(datasetColumns.index))
    .offset(limitOf(sql`requested."offset"`))
    .limit(limitOf(sql`requested."limit"`))
    .as('dataset_column');
  const rows = await tx
    .select({ ...column._.selectedFields, ordinal: REQUESTED_ORDINAL })
    .from(requestedRows(requested, 'dataset_id uuid, names json, "offset" integer, "limit" integer'))
    .innerJoinLateral(column, sql`true`)
    .orderBy(REQUESTED_ORDINAL, asc(column.index));
  return byOrdinal(rows, requests);
}

/** The parts that lists leave out, those of restorable datasets too. */
export async function findContents(
  tx: Transaction,
  ids: readonly string[],
): Promise<(DatasetContents & { readonly id: string })[]> {
  const { id, preview, issues } = datasets;
  return await tx
    .select({ id, preview, issues })
    .from(datasets)
    .where(and(ofWorkspaceWithDeleted(tx, datasets), isAmong(id, ids)));
}
