import { and, asc, eq, gte, lt, sql, sum } from 'drizzle-orm';
import { isAmong } from '../platform/postgres/batch-query.ts';
import { ofWorkspace, ownRow, type Transaction } from '../platform/postgres/database.ts';
import { datasetColumns, datasetNames, datasets } from './dataset.table.ts';

type DatasetColumns = typeof datasets.$inferSelect;

/** A dataset row, and whether a newer version of its name exists. */
export interface DatasetRow extends DatasetColumns {
  readonly isLatest: boolean;
}
export type NewDataset = typeof datasets.$inferInsert;
export type DatasetColumnRow = typeof datasetColumns.$inferSelect;
/** What a training needs of a column. */
export type ColumnOutline = Pick<
  DatasetColumnRow,
  'name' | 'kind' | 'missing' | 'distinct' | 'numberFormat' | 'dateOrder'
>;
/** A column that is not stored yet. */
export type NewColumn = Omit<DatasetColumnRow, 'datasetId' | 'workspaceId'>;

/**
 * Whether the row is the latest version of its name, of those that are not deleted. As plain text: in single-table queries
 * drizzle omits the table name, and `name` alone would refer to the subquery.
 */
export const isLatest = sql<boolean>`(datasets.deleted_at is null and datasets.version = (select max(other.version)
  from datasets other where other.workspace_id = datasets.workspace_id and other.name = datasets.name
    and other.deleted_at is null))`;

const selection = { dataset: datasets, isLatest };

/** Allocates the next version number of a name and locks the name until the transaction ends: no gaps, no duplicates. */
export async function takeNextVersion(tx: Transaction, workspaceId: string, name: string): Promise<number> {
  const [row] = await tx
    .insert(datasetNames)
    .values(ownRow(tx, { workspaceId, name, lastVersion: 1 }))
    .onConflictDoUpdate({
      target: [datasetNames.workspaceId, datasetNames.name],
      set: { lastVersion: sql`${datasetNames.lastVersion} + 1` },
    })
    .returning({ version: datasetNames.lastVersion });
  if (row === undefined) throw new Error('An upsert gave no row.');
  return row.version;
}

/** The bytes of all uploaded files, equal ones each counted. */
export async function sumDatasetBytes(tx: Transaction): Promise<number> {
  const total = sum(datasets.sizeBytes).mapWith(Number);
  const [row] = await tx.select({ bytes: total }).from(datasets).where(ofWorkspace(tx, datasets));
  return row?.bytes ?? 0;
}

export async function insertDataset(tx: Transaction, dataset: NewDataset): Promise<void> {
  await tx.insert(datasets).values(ownRow(tx, dataset));
}

/** Inserts columns, given as a JSON array of NewColumn. */
export async function insertColumns(
  tx: Transaction,
  dataset: Pick<DatasetColumns, 'id' | 'workspaceId'>,
  json: string,
): Promise<void> {
  const { id, workspaceId } = ownRow(tx, dataset);
  // One parameter for all: with a parameter per value, 50,000 columns take half a minute.
  await tx.execute(sql`insert into dataset_columns
      (dataset_id, workspace_id, index, name, kind, missing, distinct_count, approximate, numeric_profile, top_values,
        date_order, number_format)
    select ${id}::uuid, ${workspaceId}::uuid, c.index, c.name, c.kind, c.missing, c."distinct", c.approximate, nullif(c.numeric, 'null'), c."topValues",
      c."dateOrder", nullif(c."numberFormat", 'null')
    from jsonb_to_recordset(${json}::jsonb) as c
      (index integer, name text, kind text, missing bigint, "distinct" bigint, approximate boolean, numeric jsonb, "topValues" jsonb,
        "dateOrder" text, "numberFormat" jsonb)`);
}

export async function findDataset(tx: Transaction, id: string): Promise<DatasetRow | null> {
  const [row] = await tx
    .select(selection)
    .from(datasets)
    .where(and(ofWorkspace(tx, datasets), eq(datasets.id, id)));
  return row ? toRow(row) : null;
}

/** Locks a dataset against changes until the transaction ends; others may share the lock. False if there is none. */
export async function shareDataset(tx: Transaction, id: string): Promise<boolean> {
  const isDataset = and(ofWorkspace(tx, datasets), eq(datasets.id, id));
  const locked = await tx.select({ id: datasets.id }).from(datasets).where(isDataset).for('share');
  return locked.length > 0;
}

/** The dataset that was uploaded with this idempotency key. */
export async function findDatasetByKey(tx: Transaction, idempotencyKey: string): Promise<DatasetRow | null> {
  const isKey = and(ofWorkspace(tx, datasets), eq(datasets.idempotencyKey, idempotencyKey));
  const [row] = await tx.select(selection).from(datasets).where(isKey);
  return row ? toRow(row) : null;
}

export async function findDatasets(tx: Transaction, ids: readonly string[]): Promise<DatasetRow[]> {
  const isRequested = and(ofWorkspace(tx, datasets), isAmong(datasets.id, ids));
  const rows = await tx.select(selection).from(datasets).where(isRequested);
  return rows.map(toRow);
}

/** Rows per statement: reading this many blocks the event loop for about 10 ms. */
const OUTLINES_AT_ONCE = 5_000;

/** All columns of a dataset as a training needs them, in file order. */
export async function listOutlines(tx: Transaction, datasetId: string): Promise<ColumnOutline[]> {
  const { index, name, kind, missing, distinct, numberFormat, dateOrder } = datasetColumns;
  const outlines: ColumnOutline[] = [];
  for (let from = 0, isLast = false; !isLast; from += OUTLINES_AT_ONCE) {
    const page = await tx
      .select({ name, kind, missing, distinct, numberFormat, dateOrder })
      .from(datasetColumns)
      .where(
        and(
          ofWorkspace(tx, datasetColumns),
          eq(datasetColumns.datasetId, datasetId),
          gte(index, from),
          lt(index, from + OUTLINES_AT_ONCE),
        ),
      )
      .orderBy(asc(index));
    for (const outline of page) outlines.push(outline);
    isLast = page.length < OUTLINES_AT_ONCE;
  }
  return outlines;
}

/** The named columns of the datasets, in file order. */
export async function findColumns(
  tx: Transaction,
  wanted: readonly { readonly datasetId: string; readonly name: string }[],
): Promise<DatasetColumnRow[]> {
  const { datasetId, name, index } = datasetColumns;
  const pairs = JSON.stringify(wanted);
  return await tx
    .select()
    .from(datasetColumns)
    .where(
      sql`${ofWorkspace(tx, datasetColumns)} and (${datasetId}, ${name}) in (select w."datasetId", w.name from jsonb_to_recordset(${pairs}::jsonb) as w ("datasetId" uuid, name text))`,
    )
    .orderBy(asc(datasetId), asc(index));
}

function toRow({ dataset, isLatest: latest }: { dataset: DatasetColumns; isLatest: boolean }): DatasetRow {
  return { ...dataset, isLatest: latest };
}
