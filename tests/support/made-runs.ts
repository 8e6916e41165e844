import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import { isEnded, type RunStatus } from '../../src/jobs/job-status.ts';
import type { AlgorithmName } from '../../src/ml/registry.ts';
import type { Task } from '../../src/ml/task.ts';
import { flowersCsv } from './csv-files.ts';
import { uploadDataset } from './operations.ts';
import type { TestClient } from './test-client.ts';

/** A run that a test makes up, as far as the history asks. */
export interface MadeRun {
  readonly id: string;
  readonly createdAt: Date;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly datasetName: string;
  readonly datasetVersion: number;
  readonly task: Task;
  readonly algorithm: AlgorithmName;
  readonly status: RunStatus;
  readonly isArchived: boolean;
  /** What is written where it succeeded: fields may be null, or not be there as in rows of earlier versions. */
  readonly metrics: Readonly<Record<string, number | null>>;
}

/** A statement has at most 65,534 parameters. */
const RUNS_AT_ONCE = 1_000;

const NEW_YEAR = new Date('2026-01-01T00:00:00.000Z');

/** A run that succeeded, save for what is said of it. */
export function madeRun(said: Partial<MadeRun> = {}): MadeRun {
  const createdAt = said.createdAt ?? NEW_YEAR;
  return {
    id: randomUUID(),
    createdAt,
    startedAt: createdAt,
    finishedAt: new Date(createdAt.getTime() + 1_000),
    datasetName: 'flowers',
    datasetVersion: 1,
    task: 'CLASSIFICATION',
    algorithm: 'LINEAR',
    status: 'SUCCEEDED',
    isArchived: false,
    metrics: {},
    ...said,
  };
}

/** A workspace whose runs a test makes up. */
export interface WorkspaceOfRuns {
  readonly client: TestClient;
  readonly workspaceId: string;
  readonly userId: string;
  /** Adds runs behind the server's back. */
  insert(runs: readonly MadeRun[]): Promise<void>;
  /** Removes all runs. */
  clear(): Promise<void>;
}

/** Makes one of the client's own workspace, with a dataset that all runs are said to be of. */
export async function workspaceOfRuns(client: TestClient, owner: postgres.Sql): Promise<WorkspaceOfRuns> {
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  const { viewer } = await client.execute<{ viewer: { workspace: { id: string }; user: { id: string } } }>(
    '{ viewer { workspace { id } user { id } } }',
  );
  const workspaceId = viewer.workspace.id;
  return {
    client,
    workspaceId,
    userId: viewer.user.id,
    async insert(runs) {
      for (let from = 0; from < runs.length; from += RUNS_AT_ONCE) {
        const rows = runs.slice(from, from + RUNS_AT_ONCE).map((run) => toRow(owner, run, workspaceId, datasetId));
        await owner`insert into training_runs ${owner(rows)}`;
      }
    },
    async clear() {
      await owner`delete from training_runs where workspace_id = ${workspaceId}`;
    },
  };
}

const END_REASON = { SUCCEEDED: 'COMPLETED', FAILED: 'FAILED', CANCELLED: 'CANCELLED', QUEUED: null, RUNNING: null };

function toRow(owner: postgres.Sql, run: MadeRun, workspaceId: string, datasetId: string): Record<string, unknown> {
  const { status, task } = run;
  const hasSucceeded = status === 'SUCCEEDED';
  const hasFailed = status === 'FAILED';
  const metrics = hasSucceeded ? { task, nSamples: 30, nFeatures: 4, undefinedMetrics: [], ...run.metrics } : null;
  return {
    id: run.id,
    workspace_id: workspaceId,
    dataset_id: datasetId,
    dataset_name: run.datasetName,
    dataset_version: run.datasetVersion,
    target: 'target',
    task,
    algorithm: run.algorithm,
    features: owner.json([]),
    parameters: owner.json({}),
    split: owner.json({ strategy: 'RANDOM', testFraction: 0.2, column: null, seed: 0 }),
    status,
    stage: isEnded(status) ? 'DONE' : 'WAITING',
    progress: hasSucceeded ? 1 : 0,
    attempt: 1,
    lost_attempts: 0,
    last_seq: 0,
    end_reason: END_REASON[status],
    error_code: hasFailed ? 'OUT_OF_MEMORY' : null,
    error_message: hasFailed ? 'It needed too much memory.' : null,
    metrics: metrics && owner.json(metrics),
    baseline: metrics && owner.json(metrics),
    curve: owner.json([]),
    feature_importances: owner.json([]),
    warnings: owner.json([]),
    created_at: run.createdAt,
    started_at: run.startedAt,
    finished_at: isEnded(status) ? run.finishedAt : null,
    archived_at: run.isArchived && isEnded(status) ? run.finishedAt : null,
  };
}
