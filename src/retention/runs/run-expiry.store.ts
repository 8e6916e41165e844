import { and, asc, count, eq, isNotNull, isNull, lt, notExists, sql } from 'drizzle-orm';
import { artifacts } from '../../artifacts/artifact.table.ts';
import { datasets } from '../../datasets/dataset.table.ts';
import { isAmong } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, type Transaction } from '../../platform/postgres/database.ts';
import { trainingRuns } from '../../training/runs/training-run.table.ts';

/** Which runs are old. */
export interface OldRunsQuery {
  readonly endedBefore: Date;
  /** False leaves out those that are archived already. */
  readonly withArchived: boolean;
}

/** Ended before then, and neither their model nor their dataset is pinned. */
function areOld(tx: Transaction, { endedBefore, withArchived }: OldRunsQuery) {
  const ofRun = and(ofWorkspace(tx, artifacts), eq(artifacts.runId, trainingRuns.id));
  const ofDataset = and(ofWorkspace(tx, datasets), eq(datasets.id, trainingRuns.datasetId));
  return and(
    ofWorkspace(tx, trainingRuns),
    lt(trainingRuns.finishedAt, endedBefore),
    withArchived ? undefined : isNull(trainingRuns.archivedAt),
    notExists(tx.select({ one: sql`1` }).from(artifacts).where(and(ofRun, artifacts.pinned))),
    notExists(tx.select({ one: sql`1` }).from(datasets).where(and(ofDataset, datasets.pinned))),
  );
}

/** The oldest of the workspace's old runs. */
export async function listOldRuns(tx: Transaction, query: OldRunsQuery, limit: number): Promise<string[]> {
  const rows = await tx
    .select({ id: trainingRuns.id })
    .from(trainingRuns)
    .where(areOld(tx, query))
    .orderBy(asc(trainingRuns.finishedAt), asc(trainingRuns.id))
    .limit(limit);
  return rows.map(({ id }) => id);
}

export async function countOldRuns(tx: Transaction, query: OldRunsQuery): Promise<number> {
  const [row] = await tx.select({ count: count() }).from(trainingRuns).where(areOld(tx, query));
  return row?.count ?? 0;
}

/**
 * Those of these runs that are there and have ended, with their datasets. They are locked until the transaction ends, and so are
 * their models, which nobody can pin meanwhile; runs whose model has been pinned are left out.
 */
export async function lockUnpinnedRuns(
  tx: Transaction,
  ids: readonly string[],
): Promise<{ readonly id: string; readonly datasetId: string }[]> {
  const { id, datasetId, finishedAt } = trainingRuns;
  const runs = await tx
    .select({ id, datasetId })
    .from(trainingRuns)
    .where(and(ofWorkspace(tx, trainingRuns), isAmong(id, ids), isNotNull(finishedAt)))
    .orderBy(asc(id))
    .for('update');
  const models = await tx
    .select({ runId: artifacts.runId, pinned: artifacts.pinned })
    .from(artifacts)
    .where(and(ofWorkspace(tx, artifacts), isAmong(artifacts.runId, ids)))
    .orderBy(asc(artifacts.runId))
    .for('update');
  const pinned = new Set(models.filter((model) => model.pinned).map(({ runId }) => runId));
  return runs.filter((run) => !pinned.has(run.id));
}
