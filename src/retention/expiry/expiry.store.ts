import { and, asc, count, eq, gt, isNull, lte, notExists, sql } from 'drizzle-orm';
import { artifacts } from '../../artifacts/artifact.table.ts';
import { workspaces } from '../../auth/workspaces/workspace.table.ts';
import { blobs } from '../../blobs/blob.table.ts';
import { datasets } from '../../datasets/dataset.table.ts';
import { isAmong } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, type Transaction } from '../../platform/postgres/database.ts';
import { batchPredictions } from '../../predictions/batch/batch-prediction.table.ts';
import { trainingRuns } from '../../training/runs/training-run.table.ts';
import { isKept } from '../models/kept-models.store.ts';

/** Some of the workspaces of the installation, by their ids after `after`. */
export async function listWorkspaces(tx: Transaction, after: string | null, limit: number): Promise<string[]> {
  const rows = await tx
    .select({ id: workspaces.id })
    .from(workspaces)
    .where(after === null ? undefined : gt(workspaces.id, after))
    .orderBy(asc(workspaces.id))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** The id of a workspace of the installation; null for an unknown one. */
export async function findWorkspaceId(tx: Transaction, id: string): Promise<string | null> {
  const [row] = await tx.select({ id: workspaces.id }).from(workspaces).where(eq(workspaces.id, id));
  return row?.id ?? null;
}

const isExpired = (tx: Transaction, now: Date) => and(ofWorkspace(tx, datasets), lte(datasets.expiresAt, now));

/** The datasets that have expired and that no active run needs, the first to expire first. */
export async function listExpired(tx: Transaction, now: Date, limit: number): Promise<string[]> {
  const activeRun = tx
    .select({ id: trainingRuns.id })
    .from(trainingRuns)
    .where(
      and(ofWorkspace(tx, trainingRuns), eq(trainingRuns.datasetId, datasets.id), isNull(trainingRuns.finishedAt)),
    );
  const rows = await tx
    .select({ id: datasets.id })
    .from(datasets)
    .where(and(isExpired(tx, now), notExists(activeRun)))
    .orderBy(asc(datasets.expiresAt), asc(datasets.id))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** How many datasets have expired, those that active runs need too. */
export async function countExpired(tx: Transaction, now: Date): Promise<number> {
  const [row] = await tx.select({ count: count() }).from(datasets).where(isExpired(tx, now));
  return row?.count ?? 0;
}

/** What the removal of datasets would remove. */
export interface Removable {
  readonly runs: number;
  readonly artifacts: number;
  readonly files: number;
  readonly bytes: number;
}

/** What the removal of these datasets would remove, with their runs or without. Runs with a model in use stay. */
export async function measureRemovable(
  tx: Transaction,
  datasetIds: readonly string[],
  withRuns: boolean,
): Promise<Removable> {
  const isOfDatasets = withRuns ? isAmong(trainingRuns.datasetId, datasetIds) : sql`false`;
  // Only of no conditions is it undefined.
  const isOfRun = and(ofWorkspace(tx, artifacts), eq(artifacts.runId, trainingRuns.id))!;
  const [row] = await tx.execute<Removable & Record<string, unknown>>(sql`
    with run as (
      select ${trainingRuns.id} from ${trainingRuns} where ${and(ofWorkspace(tx, trainingRuns), isOfDatasets)}
        and not exists (select from ${artifacts} where ${isOfRun} and ${isKept(tx)})
    ), model as (
      select ${artifacts.sha256} from ${artifacts}
      where ${ofWorkspace(tx, artifacts)} and ${artifacts.runId} in (select id from run)
    ), reference as (
      select sha256 from model
      union all select unnest(array[${datasets.sha256}, ${datasets.tableSha256}]) from ${datasets}
      where ${and(ofWorkspace(tx, datasets), isAmong(datasets.id, datasetIds))}
      union all select ${batchPredictions.sha256} from ${batchPredictions}
      where ${and(ofWorkspace(tx, batchPredictions), isAmong(batchPredictions.datasetId, datasetIds))}
        and ${batchPredictions.sha256} is not null
    ), file as (select sha256, count(*) as count from reference group by sha256)
    select (select count(*) from run)::integer as runs, (select count(*) from model)::integer as artifacts,
      count(*)::integer as files, coalesce(sum(${blobs.sizeBytes}), 0)::float8 as bytes
    from ${blobs} join file on file.sha256 = ${blobs.sha256}
    where ${ofWorkspace(tx, blobs)} and ${blobs.referenceCount} <= file.count`);
  return row ?? { runs: 0, artifacts: 0, files: 0, bytes: 0 };
}
