import { randomUUID } from 'node:crypto';
import type { Viewer } from '../../auth/viewer.ts';
import type { Config } from '../../config.ts';
import { holdDataset } from '../../datasets/dataset.service.ts';
import type { DatasetRow } from '../../datasets/dataset.store.ts';
import { notFound, TrainyardError } from '../../errors.ts';
import type { JobSender } from '../../platform/jobs/jobs.ts';
import type { Transaction } from '../../platform/postgres/database.ts';
import type { TrainingEngine } from '../distributed/engine.ts';
import type { ImportedModel } from '../imports/imported-model.ts';
import {
  countUnfinishedRuns,
  findRun,
  insertRun,
  type StoredRun,
  type TrainingRunRow,
} from '../runs/training-run.store.ts';
import { trainModelJob } from '../worker/train-model.job.ts';
import { requireTrainingTime } from '../working-time/working-time.service.ts';
import type { TrainingPlan } from './plan-training.ts';

/** The initial state of a run. */
export const NEW_RUN = {
  status: 'QUEUED',
  stage: 'WAITING',
  progress: 0,
  etaSeconds: null,
  attempt: 0,
  lostAttempts: 0,
  lastLostAttempt: null,
  startedAt: null,
  finishedAt: null,
  endReason: null,
  archivedAt: null,
  deletedAt: null,
  cancelRequestedAt: null,
  stopRequestedAt: null,
  errorCode: null,
  errorMessage: null,
  errorHint: null,
  trainRows: null,
  testRows: null,
  refitted: null,
  metrics: null,
  baseline: null,
  artifactRemovedAt: null,
  curve: [],
  executedPlan: null,
  featureImportances: [],
  engine: 'LOCAL',
  hosts: null,
  cpuSeconds: null,
  peakMemoryBytes: null,
  rowsPerSecond: null,
} as const;

/** The properties of a new run beside its plan. */
export interface RunOrigin {
  readonly retryOf: string | null;
  /** Left out: LOCAL. */
  readonly engine?: TrainingEngine;
  readonly idempotencyKey: string | null;
  readonly idempotencyFingerprint: string | null;
  readonly expectedSeconds: number | null;
  /** Warnings before the training. */
  readonly warnings: readonly string[];
  /** Where its model comes from, which is evaluated; null: it is trained. */
  readonly imported: ImportedModel | null;
}

/** Of a run that trains. */
export const NO_IMPORT = { imported: null } as const;

/** What a run is to do. */
export type RunPlan = Pick<StoredRun, keyof TrainingPlan>;

export type QueueSettings = Pick<Config, 'MAX_QUEUED_RUNS' | 'MAX_TRAINING_SECONDS_PER_DAY'>;

/** What queuing a run needs. */
export interface QueueDependencies {
  readonly jobs: Pick<JobSender, 'send'>;
  readonly settings: QueueSettings;
}

/** A run that is to be queued. */
export interface NewRun {
  readonly viewer: Pick<Viewer, 'workspaceId' | 'userId'>;
  readonly plan: RunPlan;
  readonly dataset: Pick<DatasetRow, 'id' | 'name' | 'version'>;
  readonly origin: RunOrigin;
}

/**
 * Queues a run: its row, its first event and its job. To be called within a transaction that has locked the queue of the workspace.
 * Throws NOT_FOUND where the dataset is gone, and QUOTA_EXCEEDED.
 */
export async function queueRun(
  tx: Transaction,
  { jobs, settings }: QueueDependencies,
  { viewer, plan, dataset, origin }: NewRun,
): Promise<TrainingRunRow> {
  // It may have been deleted since it was read.
  if (!(await holdDataset(tx, dataset.id))) throw notFound('dataset', dataset.id);
  const { queued, running } = await countUnfinishedRuns(tx);
  if (queued >= settings.MAX_QUEUED_RUNS) throw queueFull(queued);
  await requireTrainingTime(tx, settings.MAX_TRAINING_SECONDS_PER_DAY);
  const { workspaceId } = viewer;
  const id = randomUUID();
  const { expectedSeconds } = origin;
  // The more runs a workspace has queued, the lower the priority of its next one: this shares the workers fairly.
  const options = { priority: -(queued + running), group: workspaceId };
  const payload = { workspaceId, runId: id, expectedSeconds };
  const { jobId, queuePosition } = await jobs.send(tx, trainModelJob, payload, options);
  await insertRun(tx, { ...NEW_RUN, ...rowOf({ viewer, plan, dataset, origin }), id, jobId }, queuePosition);
  return await inserted(tx, id);
}

/** What of a new run's row its request tells. */
export function rowOf({ viewer: { workspaceId, userId }, plan, dataset, origin }: NewRun) {
  return {
    target: plan.target,
    task: plan.task,
    algorithm: plan.algorithm,
    features: plan.features,
    parameters: plan.parameters,
    split: plan.split,
    positiveClass: plan.positiveClass,
    requestedPlan: plan.requestedPlan,
    refit: plan.refit,
    monotone: plan.monotone,
    weightColumn: plan.weightColumn,
    name: plan.name,
    tags: plan.tags,
    labelledAt: null,
    ...origin,
    workspaceId,
    createdBy: userId,
    createdAt: new Date(),
    datasetId: dataset.id,
    datasetName: dataset.name,
    datasetVersion: dataset.version,
  };
}

/** A run that this transaction has inserted. */
export async function inserted(tx: Transaction, id: string): Promise<TrainingRunRow> {
  const run = await findRun(tx, id);
  if (run === null) throw new Error('A row that was just inserted is missing.');
  return run;
}

function queueFull(queued: number): TrainyardError {
  return new TrainyardError('QUOTA_EXCEEDED', `The workspace already has ${queued} queued trainings, the maximum.`, {
    hint: 'Wait until some of them have ended, or cancel some.',
  });
}
