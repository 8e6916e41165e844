import { and, count, eq, type SQL } from 'drizzle-orm';
import { isAmong } from '../platform/postgres/batch-query.ts';
import { ofWorkspace, ownRow, type Transaction } from '../platform/postgres/database.ts';
import { newerFirst, olderThan, type PageOfRows } from '../platform/postgres/keyset.ts';
import type { TrainingRunRow } from '../training/runs/training-run.store.ts';
import { trainingRuns } from '../training/runs/training-run.table.ts';
import { artifacts } from './artifact.table.ts';

export type ArtifactRow = typeof artifacts.$inferSelect;

export interface ArtifactQuery {
  readonly datasetName: string | null;
  readonly task: TrainingRunRow['task'] | null;
  readonly algorithm: TrainingRunRow['algorithm'] | null;
}

export async function insertArtifact(tx: Transaction, artifact: ArtifactRow): Promise<void> {
  await tx.insert(artifacts).values(ownRow(tx, artifact));
}

export async function findArtifact(tx: Transaction, id: string): Promise<ArtifactRow | null> {
  const [row] = await tx.select().from(artifacts).where(isArtifact(tx, id));
  return row ?? null;
}

/** Locks an artifact against removal until the transaction ends; others may share the lock. False if there is none. */
export async function shareArtifact(tx: Transaction, id: string): Promise<boolean> {
  const locked = await tx.select({ id: artifacts.id }).from(artifacts).where(isArtifact(tx, id)).for('share');
  return locked.length > 0;
}

export async function findArtifacts(tx: Transaction, ids: readonly string[]): Promise<ArtifactRow[]> {
  return await tx
    .select()
    .from(artifacts)
    .where(and(ofWorkspace(tx, artifacts), isAmong(artifacts.id, ids)));
}

export async function findArtifactsOfRuns(tx: Transaction, runIds: readonly string[]): Promise<ArtifactRow[]> {
  return await tx
    .select()
    .from(artifacts)
    .where(and(ofWorkspace(tx, artifacts), isAmong(artifacts.runId, runIds)));
}

const isRunOfArtifact = and(eq(trainingRuns.workspaceId, artifacts.workspaceId), eq(trainingRuns.id, artifacts.runId));

/** Newest first, with one row more than the page holds, so that the caller knows whether there is a next page. */
export async function listArtifacts(tx: Transaction, query: ArtifactQuery, page: PageOfRows): Promise<ArtifactRow[]> {
  const rows = await tx
    .select({ artifact: artifacts })
    .from(artifacts)
    .innerJoin(trainingRuns, isRunOfArtifact)
    .where(and(...conditions(tx, query), olderThan(artifacts, page.after)))
    .orderBy(...newerFirst(artifacts))
    .limit(page.first + 1);
  return rows.map(({ artifact }) => artifact);
}

export async function countArtifacts(tx: Transaction, query: ArtifactQuery): Promise<number> {
  const [row] = await tx
    .select({ count: count() })
    .from(artifacts)
    .innerJoin(trainingRuns, isRunOfArtifact)
    .where(and(...conditions(tx, query)));
  return row?.count ?? 0;
}

function isArtifact(tx: Transaction, id: string): SQL | undefined {
  return and(ofWorkspace(tx, artifacts), eq(artifacts.id, id));
}

function conditions(tx: Transaction, { datasetName, task, algorithm }: ArtifactQuery): (SQL | undefined)[] {
  return [
    ofWorkspace(tx, artifacts),
    datasetName === null ? undefined : eq(trainingRuns.datasetName, datasetName),
    task === null ? undefined : eq(trainingRuns.task, task),
    algorithm === null ? undefined : eq(trainingRuns.algorithm, algorithm),
  ];
}
