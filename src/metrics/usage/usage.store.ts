import { type SQL, sql } from 'drizzle-orm';
import { artifacts } from '../../artifacts/artifact.table.ts';
import { datasets } from '../../datasets/dataset.table.ts';
import type { AlgorithmName } from '../../ml/registry.ts';
import { ofWorkspace, type Transaction } from '../../platform/postgres/database.ts';
import { trainingRuns } from '../../training/runs/training-run.table.ts';
import type { RunStatus } from '../../training/runs/training-run-status.ts';

/** How much a workspace holds and runs. */
export interface Usage {
  /** Versions, and the bytes of their files as they were uploaded. */
  readonly datasets: number;
  readonly datasetBytes: number;
  readonly artifacts: number;
  readonly artifactBytes: number;
  readonly queuedRuns: number;
  readonly runningRuns: number;
  /** All of them, archived ones too. */
  readonly runs: number;
}

/** Of the transaction's workspace. Bytes as floats: they are exact to 2^53, and come as numbers. */
export async function readUsage(tx: Transaction): Promise<Usage> {
  const [usage] = await tx.execute<Usage & Record<string, unknown>>(sql`
    select datasets.*, artifacts.*, unfinished.*, runs.*
    from (
      select count(*)::integer as datasets, coalesce(sum(${datasets.sizeBytes}), 0)::float8 as "datasetBytes" from ${datasets}
      where ${ofWorkspace(tx, datasets)}
    ) as datasets, (
      select count(*)::integer as artifacts, coalesce(sum(${artifacts.sizeBytes}), 0)::float8 as "artifactBytes" from ${artifacts}
      where ${ofWorkspace(tx, artifacts)}
    ) as artifacts, (
      select (count(*) filter (where ${trainingRuns.status} = 'QUEUED'))::integer as "queuedRuns",
        (count(*) filter (where ${trainingRuns.status} = 'RUNNING'))::integer as "runningRuns"
      from ${trainingRuns} where ${ofWorkspace(tx, trainingRuns)} and ${trainingRuns.finishedAt} is null
    ) as unfinished, (
      select count(*)::integer as runs from ${trainingRuns} where ${ofWorkspace(tx, trainingRuns)}
    ) as runs`);
  if (usage === undefined) throw new Error('Counts without a group gave no row.');
  return usage;
}

/** The runs of one day, in UTC, that were asked for with an algorithm and have this status now. */
export interface RunCount {
  /** As 2026-01-31. */
  readonly day: string;
  readonly status: RunStatus;
  readonly algorithm: AlgorithmName;
  readonly count: number;
}

/** A time from a moment to just before another. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
}

/** The runs of the transaction's workspace that were made in a period, archived ones too, the oldest day first. */
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

/** Of its number, since PostgreSQL reads no text of the year 0. */
function timestampOf(date: Date): SQL {
  return sql`to_timestamp(${date.getTime()}::float8 / 1000)`;
}
