import { and, asc, count, eq, isNotNull, isNull, lt, notExists, sql } from 'drizzle-orm';
import { artifacts } from '../../artifacts/artifact.table.ts';
import { datasets } from '../../datasets/dataset.table.ts';
import { isAmong } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, type Transaction } from '../../platform/postgres/database.ts';
import { trainingRuns } from '../../training/runs/training-run.table.ts';
import { isKept } from '../models/kept-models.store.ts';

/** Which runs are old. */
export interface OldRunsQuery {
  readonly endedBefore: Date;
  /** False leaves out those that are archived already. */
  readonly withArchived: boolean;
}

/** Ended before then; their model is not in use, and their dataset is not pinned. */
function areOld(tx: Transaction, { endedBefore, withArchived }: OldRunsQuery) {
  const ofRun = and(ofWorkspace(tx, artifacts), eq(artifacts.runId, trainingRuns.id));
  const ofDataset = and(ofWorkspace(tx, datasets), eq(datasets.id, trainingRuns.datasetId));
  return and(
    ofWorkspace(tx, trainingRuns),
    lt(trainingRuns.finishedAt, endedBefore),
    withArchived ? undefined : isNull(trainingRuns.archivedAt),
    notExists(
      tx
        .select({ one: sql`1` })
        .from(artifacts)
        .where(and(ofRun, isKept(tx))),
    ),
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
 * their models, which nobody can pin or give an alias meanwhile; runs whose model is in use by now are left out.
 */
export async function lockUnusedRuns(
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
  const isOfRuns = and(ofWorkspace(tx, artifacts), isAmong(artifacts.runId, ids));
  const { runId } = artifacts;
  await tx.select({ runId }).from(artifacts).where(isOfRuns).orderBy(asc(runId)).for('update');
  // A statement of its own, which sees what was committed before the locks were there.
  const kept = await tx
    .select({ runId })
    .from(artifacts)
    .where(and(isOfRuns, isKept(tx)));
  const keptRuns = new Set(kept.map((model) => model.runId));
  return runs.filter((run) => !keptRuns.has(run.id));
}
