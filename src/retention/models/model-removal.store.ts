import { and, count, eq, isNotNull, not, type SQL, sql } from 'drizzle-orm';
import { artifacts } from '../../artifacts/artifact.table.ts';
import { ofWorkspace, type Transaction } from '../../platform/postgres/database.ts';
import { trainingRuns } from '../../training/runs/training-run.table.ts';
import { isKept, isNamed } from './kept-models.store.ts';

/** A model whose row is removed. */
export interface RemovedModel {
  readonly runId: string;
  readonly sha256: string;
}

/** Removes the row of a model; with `onlyUnpinned` not that of one that is pinned or has an alias. Null where there is none. */
export async function removeModel(tx: Transaction, id: string, onlyUnpinned: boolean): Promise<RemovedModel | null> {
  const isUnused = onlyUnpinned ? not(isKept(tx)) : undefined;
  const [row] = await tx
    .delete(artifacts)
    .where(and(ofWorkspace(tx, artifacts), eq(artifacts.id, id), isUnused))
    .returning({ runId: artifacts.runId, sha256: artifacts.sha256 });
  return row ?? null;
}

/** How many unpinned models the workspace has. */
export async function countUnpinnedModels(tx: Transaction): Promise<number> {
  const [row] = await tx
    .select({ count: count() })
    .from(artifacts)
    .where(and(ofWorkspace(tx, artifacts), eq(artifacts.pinned, false)));
  return row?.count ?? 0;
}

/** The primary metric of a run: the larger, the better. */
const SCORE: SQL = sql`(${trainingRuns.metrics} ->> case ${trainingRuns.task} when 'CLASSIFICATION' then 'accuracy' else 'r2' end)::float8`;

/**
 * The oldest unpinned models beyond the limit. Left out are the newest of all, those that have an alias, and the best of each dataset's name,
 * target and task: of equally good ones the newest, and one that nothing is known of is never better.
 */
export async function listModelsBeyond(tx: Transaction, limit: number): Promise<string[]> {
  const { id, createdAt, pinned, runId } = artifacts;
  const { datasetName, target, task } = trainingRuns;
  const rows = await tx.execute<{ id: string }>(sql`
    with model as (
      select ${id}, ${createdAt}, ${pinned}, ${isNamed(tx)} as is_named,
        row_number() over (partition by ${datasetName}, ${target}, ${task}
          order by ${SCORE} desc nulls last, ${createdAt} desc, ${id} desc) as rank,
        row_number() over (order by ${createdAt} desc, ${id} desc) as age,
        count(*) filter (where not ${pinned}) over () as unpinned
      from ${artifacts} join ${trainingRuns}
        on ${trainingRuns.workspaceId} = ${artifacts.workspaceId} and ${trainingRuns.id} = ${runId}
      where ${and(ofWorkspace(tx, artifacts), ofWorkspace(tx, trainingRuns), isNotNull(trainingRuns.finishedAt))}
    ), removable as (
      select id, unpinned, row_number() over (order by created_at, id) as place
      from model where not pinned and not is_named and rank > 1 and age > 1
    )
    select id from removable where place <= unpinned - ${limit}::integer order by place`);
  return rows.map((row) => row.id);
}
