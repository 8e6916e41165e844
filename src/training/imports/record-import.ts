import { randomUUID } from 'node:crypto';
import type { Viewer } from '../../auth/viewer.ts';
import type { DatasetRow } from '../../datasets/dataset.store.ts';
import { findJobOfKey } from '../../jobs/idempotency-key.ts';
import type { SplitRequest } from '../../ml/split/split.ts';
import type { Task } from '../../ml/task.ts';
import type { Transaction } from '../../platform/postgres/database.ts';
import { inserted, NEW_RUN, type QueueDependencies, queueRun, type RunPlan, rowOf } from '../requests/queue-run.ts';
import { findRunByKey, forgetKey, insertRun, lockQueueOf, type TrainingRunRow } from '../runs/training-run.store.ts';
import { type ImportedModel, NO_DATASET } from './imported-model.ts';

/** An import whose file has been read. */
export interface NewImport {
  readonly viewer: Pick<Viewer, 'workspaceId' | 'userId'>;
  readonly params: { readonly name: string; readonly target: string; readonly task: Task };
  readonly features: readonly string[];
  readonly imported: ImportedModel;
  /** Null for one that is not evaluated. */
  readonly dataset: DatasetRow | null;
  readonly warnings: readonly string[];
  readonly key: string | null;
  readonly fingerprint: string | null;
}

/** All rows whose target is known are test rows. */
const ALL_ROWS: SplitRequest = { strategy: 'LAST', testFraction: 1, column: null, seed: 0 };

/**
 * The run of an imported model: queued, to be evaluated on the dataset, or, without one, as one that has succeeded. To be called
 * within a transaction that has locked the queue, which also stores the model. Throws NOT_FOUND where the dataset is gone, and
 * QUOTA_EXCEEDED.
 */
export async function recordImport(
  tx: Transaction,
  dependencies: QueueDependencies,
  { viewer, params, features, imported, dataset, warnings, key, fingerprint }: NewImport,
): Promise<TrainingRunRow> {
  const { name, target, task } = params;
  const plan: RunPlan = {
    ...{ name, target, task, features },
    algorithm: 'GRADIENT_BOOSTING',
    parameters: {},
    split: ALL_ROWS,
    positiveClass: null,
    requestedPlan: null,
    refit: false,
    monotone: [],
    weightColumn: null,
    tags: [],
  };
  const origin = {
    retryOf: null,
    idempotencyKey: key,
    idempotencyFingerprint: fingerprint,
    expectedSeconds: null,
    ...{ warnings, imported },
  };
  if (dataset !== null) return await queueRun(tx, dependencies, { viewer, plan, dataset, origin });
  const id = randomUUID();
  const row = rowOf({ viewer, plan, dataset: NO_DATASET, origin });
  await insertRun(tx, { ...NEW_RUN, ...row, ...endOf(row.createdAt), id, jobId: null }, null);
  return await inserted(tx, id);
}

function endOf(finishedAt: Date) {
  return { status: 'SUCCEEDED', stage: 'DONE', progress: 1, endReason: 'COMPLETED', finishedAt } as const;
}

/**
 * The run that was imported with a key by the same request; null if there is none, or no key. Locks the queue of the workspace. Throws
 * IDEMPOTENCY_CONFLICT.
 */
export async function findImportOfKey(
  tx: Transaction,
  workspaceId: string,
  key: string | null,
  fingerprint: string | null,
): Promise<TrainingRunRow | null> {
  await lockQueueOf(tx, workspaceId);
  if (key === null) return null;
  const conflict = {
    message: 'The idempotencyKey was used for a training, or for an import of another file or with another input.',
    hint: 'Use a new key for each new import.',
  };
  return await findJobOfKey(
    { find: () => findRunByKey(tx, key), forgetKey: (id) => forgetKey(tx, id), conflict },
    fingerprint,
  );
}
