import { type SQL, sql } from 'drizzle-orm';
import { artifacts } from '../../artifacts/artifact.table.ts';
import { datasets } from '../../datasets/dataset.table.ts';
import { uploadSessions } from '../../datasets/upload-sessions/upload-session.table.ts';
import type { RunStatus } from '../../jobs/job-status.ts';
import type { AlgorithmName } from '../../ml/registry.ts';
import { ofWorkspace, ofWorkspaceWithDeleted, type Transaction } from '../../platform/postgres/database.ts';
import { batchPredictions } from '../../predictions/batch/batch-prediction.table.ts';
import { trainingRuns } from '../../training/runs/training-run.table.ts';

/** The usage of a workspace. */
export interface Usage {
  /** Dataset versions, and the bytes of their uploaded files. */
  readonly datasets: number;
  readonly datasetBytes: number;
  readonly artifacts: number;
  readonly artifactBytes: number;
  readonly batchPredictions: number;
  /** Of their files. */
  readonly batchPredictionBytes: number;
  /** Deleted datasets that can be restored, and the bytes of their files, models and batch predictions, which are kept until then. */
  readonly restorableDatasets: number;
  readonly restorableBytes: number;
  /** Uploads in parts that have not ended, and the sizes of their files. */
  readonly openUploads: number;
  readonly openUploadBytes: number;
  /** Those that are not pinned. */
  readonly unpinnedArtifacts: number;
  readonly queuedRuns: number;
  readonly runningRuns: number;
  /** All runs, including archived ones. */
  readonly runs: number;
}

/** The usage of the transaction's workspace. Bytes as floats, which are exact to 2^53 and arrive as numbers. */
export async function readUsage(tx: Transaction): Promise<Usage> {
  const [usage] = await tx.execute<Usage & Record<string, unknown>>(sql`
    select datasets.*, artifacts.*, batches.*, restorable.*, uploads.*, unfinished.*, runs.*
    from (
      select count(*)::integer as datasets, coalesce(sum(${datasets.sizeBytes}), 0)::float8 as "datasetBytes" from ${datasets}
      where ${ofWorkspace(tx, datasets)}
    ) as datasets, (
      select count(*)::integer as artifacts, (count(*) filter (where not ${artifacts.pinned}))::integer as "unpinnedArtifacts",
        coalesce(sum(${artifacts.sizeBytes}), 0)::float8 as "artifactBytes" from ${artifacts}
      where ${ofWorkspace(tx, artifacts)}
    ) as artifacts, (
      select count(*)::integer as "batchPredictions",
        coalesce(sum(${batchPredictions.sizeBytes}), 0)::float8 as "batchPredictionBytes" from ${batchPredictions}
      where ${ofWorkspace(tx, batchPredictions)}
    ) as batches, (
      select count(*)::integer as "restorableDatasets", coalesce(sum(${datasets.sizeBytes} + (
          select coalesce(sum(${artifacts.sizeBytes}), 0) from ${artifacts} join ${trainingRuns}
            on ${trainingRuns.id} = ${artifacts.runId} and ${ofWorkspaceWithDeleted(tx, trainingRuns)}
          where ${ofWorkspaceWithDeleted(tx, artifacts)} and ${artifacts.deletedAt} is not null
            and ${trainingRuns.datasetId} = ${datasets.id}
        ) + (
          select coalesce(sum(${batchPredictions.sizeBytes}), 0) from ${batchPredictions}
          where ${ofWorkspaceWithDeleted(tx, batchPredictions)} and ${batchPredictions.deletedAt} is not null
            and ${batchPredictions.datasetId} = ${datasets.id}
        )), 0)::float8 as "restorableBytes"
      from ${datasets}
      where ${ofWorkspaceWithDeleted(tx, datasets)} and ${datasets.deletedAt} is not null and ${datasets.restorableUntil} is not null
    ) as restorable, (
      select count(*)::integer as "openUploads", coalesce(sum(${uploadSessions.sizeBytes}), 0)::float8 as "openUploadBytes"
      from ${uploadSessions} where ${ofWorkspace(tx, uploadSessions)} and ${uploadSessions.finishedAt} is null
    ) as uploads, (
      select (count(*) filter (where ${trainingRuns.status} = 'QUEUED'))::integer as "queuedRuns",
        (count(*) filter (where ${trainingRuns.status} = 'RUNNING'))::integer as "runningRuns"
      from ${trainingRuns} where ${ofWorkspace(tx, trainingRuns)} and ${trainingRuns.finishedAt} is null
    ) as unfinished, (
      select count(*)::integer as runs from ${trainingRuns} where ${ofWorkspace(tx, trainingRuns)}
    ) as runs`);
  if (usage === undefined) throw new Error('Counts without a group gave no row.');
  return usage;
}

/** The runs of one day (UTC) with one algorithm and current status. */
export interface RunCount {
  /** As 2026-01-31. */
  readonly day: string;
  readonly status: RunStatus;
  readonly algorithm: AlgorithmName;
  readonly count: number;
}

/** A half-open period of time. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
}

/** The runs of the transaction's workspace that were created in a period, including archived ones, oldest day first. */
export async function countRunsByDay(tx: Transaction, { from, to }: Period): Promise<RunCount[]> {
  return await tx.execute<RunCount & Record<string, unknown>>(sql`
    select to_char(day, 'YYYY-MM-DD') as day, status, algorithm, count
    from (
      select (${trainingRuns.createdAt} at time zone 'UTC')::date as day, ${trainingRuns.status}, ${trainingRuns.algorithm},
        count(*)::integer as count
      from ${trainingRuns}
      where ${ofWorkspace(tx, trainingRuns)}
        and ${trainingRuns.createdAt} >= ${timestampOf(from)} and ${trainingRuns.createdAt} < ${timestampOf(to)}
      group by 1, 2, 3
    ) as counted
    order by counted.day, status, algorithm`);
}

/** From the epoch: PostgreSQL does not parse dates of the year 0. */
function timestampOf(date: Date): SQL {
  return sql`to_timestamp(${date.getTime()}::float8 / 1000)`;
}
