import { recordAudit } from '../../auth/audit/record-audit.ts';
import type { Viewer } from '../../auth/viewer.ts';
import type { Config } from '../../config.ts';
import type { DatasetService } from '../../datasets/dataset.service.ts';
import type { ColumnOutline, DatasetRow } from '../../datasets/dataset.store.ts';
import { parseIdempotencyKey } from '../../datasets/uploads/idempotency-key.ts';
import { InputErrors, notFound, TrainyardError } from '../../errors.ts';
import { findJobOfKey } from '../../jobs/idempotency-key.ts';
import { isEnded } from '../../jobs/job-status.ts';
import { totalCost } from '../../ml/cost-model.ts';
import { isUuid } from '../../platform/ids.ts';
import type { JobSender } from '../../platform/jobs/jobs.ts';
import type { ObserveRun } from '../../platform/monitoring/process-metrics.ts';
import type { Database, Transaction } from '../../platform/postgres/database.ts';
import type { LiveHosts } from '../distributed/hosts/live-hosts.ts';
import type { TrainingDurations } from '../forecast/training-durations.ts';
import { endedRun } from '../runs/ended-run.ts';
import {
  changeRunOf,
  findPlannedRun,
  findRetryOf,
  findRun,
  findRunByKey,
  forgetKey,
  lockQueueOf,
  lockRun,
  type TrainingRunRow,
} from '../runs/training-run.store.ts';
import { hasCheckpoint } from '../worker/training-checkpoint.store.ts';
import { cancelRun } from './active-runs.service.ts';
import { planEngine, requireHosts } from './plan-engine.ts';
import {
  planAlgorithm,
  planTraining,
  planWarnings,
  requireLabel,
  type TrainingParams,
  type TrainingPlan,
} from './plan-training.ts';
import { NO_IMPORT, type QueueSettings, queueRun, type RunOrigin, type RunPlan } from './queue-run.ts';
import { fingerprintOf } from './request-fingerprint.ts';
import { requireRows } from './require-rows.ts';
import { trainingSizeOf } from './training-size.ts';

export type RequestSettings = QueueSettings &
  Pick<Config, 'ENABLE_REAL_TRAINING' | 'MAX_EMPTY_RATIO' | 'MIN_CSV_DATA_ROWS' | 'SINGLE_HOST_CELLS'>;

/** Starts, cancels, stops and retries runs. */
export class RunRequests {
  readonly #database: Database;
  readonly #datasets: DatasetService;
  readonly #jobs: JobSender;
  readonly #durations: TrainingDurations;
  readonly #hosts: Pick<LiveHosts, 'list'>;
  readonly #settings: RequestSettings;
  readonly #observeRun: ObserveRun;

  constructor(
    database: Database,
    datasets: DatasetService,
    jobs: JobSender,
    durations: TrainingDurations,
    hosts: Pick<LiveHosts, 'list'>,
    settings: RequestSettings,
    observeRun: ObserveRun,
  ) {
    this.#database = database;
    this.#datasets = datasets;
    this.#jobs = jobs;
    this.#durations = durations;
    this.#hosts = hosts;
    this.#settings = settings;
    this.#observeRun = observeRun;
  }

  /**
   * Checks the request against the dataset, and queues a run: its row, its first event and its job commit together. For a day
   * the same key with the same request returns the same run. Throws QUOTA_EXCEEDED, IDEMPOTENCY_CONFLICT.
   */
  async start(viewer: Viewer, params: TrainingParams, idempotencyKey: string | null): Promise<TrainingRunRow> {
    const errors = new InputErrors();
    const key = errors.collect(() => (idempotencyKey === null ? null : parseIdempotencyKey(idempotencyKey)));
    const fingerprint = key === null ? null : fingerprintOf(params);
    const made = key && (await this.#database.transaction(viewer, (tx) => findRunOfKey(tx, key, fingerprint)));
    if (made) return made;
    const [dataset, columns] = await this.#datasets.findWhole(viewer, params.datasetId);
    if (dataset === null) throw notFound('dataset', params.datasetId);
    requireRows(dataset, this.#settings.MIN_CSV_DATA_ROWS);
    const planned = errors.complete({
      plan: errors.collect(() => planTraining(params, dataset, columns, this.#settings)),
    });
    // Only parameters that were given are refused: a default that several hosts cannot carry is switched off for them.
    const given = new Set(Object.keys(params.parameters));
    const parameters = Object.fromEntries(Object.entries(planned.plan.parameters).filter(([name]) => given.has(name)));
    const wanted = { ...planned.plan, parameters };
    const engine = await planEngine(params.engine, wanted, dataset, columns, this.#hosts, this.#settings);
    const plan = engine === 'LOCAL' ? planned.plan : planTraining(forHosts(params), dataset, columns, this.#settings);
    await this.#checkPositiveClass(viewer, plan, dataset);
    const expectedSeconds = engine === 'DISTRIBUTED' ? null : await this.#expect(plan, dataset, columns);
    const warnings = planWarnings(plan, dataset, columns, this.#settings);
    return await this.#database.transaction(viewer, async (tx) => {
      await lockQueueOf(tx, viewer.workspaceId);
      // Of concurrent requests with the same key, the first one has created the run by now.
      const madeMeanwhile = key && (await findRunOfKey(tx, key, fingerprint));
      if (madeMeanwhile) return madeMeanwhile;
      const origin = { ...NO_IMPORT, retryOf: null, idempotencyKey: key, idempotencyFingerprint: fingerprint, engine };
      return await this.#queue(tx, viewer, plan, dataset, { ...origin, expectedSeconds, warnings });
    });
  }

  /** Queues a new run with the settings of an ended one; idempotent per ended run. Throws NOT_FOUND, CONFLICT. */
  async retry(viewer: Viewer, id: string): Promise<TrainingRunRow> {
    const run = isUuid(id) ? await this.#database.transaction(viewer, (tx) => findPlannedRun(tx, id)) : null;
    if (run === null) throw notFound('training run', id);
    if (!isEnded(run.status)) {
      throw new TrainyardError('CONFLICT', `The training is ${run.status}; only a run that has ended can be retried.`, {
        argument: 'id',
        hint: 'Wait until it ends, or cancel it first.',
      });
    }
    if (run.imported !== null) throw notTrainedHere();
    planAlgorithm(run.algorithm, this.#settings.ENABLE_REAL_TRAINING);
    if (run.engine === 'DISTRIBUTED') await requireHosts(this.#hosts);
    const [dataset, columns] = await this.#datasets.findWhole(viewer, run.datasetId);
    if (dataset !== null) requireRows(dataset, this.#settings.MIN_CSV_DATA_ROWS);
    const expectedSeconds = dataset && (await this.#expect(run, dataset, columns));
    const warnings = dataset === null ? [] : planWarnings(run, dataset, columns, this.#settings);
    return await this.#database.transaction(viewer, async (tx) => {
      await lockQueueOf(tx, viewer.workspaceId);
      const made = await findRetryOf(tx, run.id);
      if (made !== null) return made;
      if (dataset === null) throw notFound('dataset', run.datasetId);
      const { engine } = run;
      const origin = { ...NO_IMPORT, retryOf: run.id, idempotencyKey: null, idempotencyFingerprint: null, engine };
      return await this.#queue(tx, viewer, run, dataset, { ...origin, expectedSeconds, warnings });
    });
  }

  /**
   * Cancels a run, of which nothing is kept; its worker is notified at once. Idempotent. Throws NOT_FOUND, and
   * RUN_ALREADY_ENDED if it ended in another way.
   */
  async cancel(viewer: Viewer, id: string): Promise<TrainingRunRow> {
    return await this.#change(viewer, id, async (tx, run) => {
      if (run.status === 'CANCELLED') return;
      if (isEnded(run.status)) throw alreadyEnded(run);
      await cancelRun(tx, this.#jobs, run);
      await recordAudit(tx, 'training.cancelled', { subject: run.id });
    });
  }

  /**
   * Requests that the worker ends a run with the best model so far. A queued run without a checkpoint is cancelled.
   * Idempotent. Throws NOT_FOUND, and RUN_ALREADY_ENDED if it ended in another way.
   */
  async stop(viewer: Viewer, id: string): Promise<TrainingRunRow> {
    return await this.#change(viewer, id, async (tx, run) => {
      if (run.stopRequestedAt !== null) return;
      if (isEnded(run.status)) throw alreadyEnded(run);
      // A requeued run has a checkpoint: its next worker stops at that.
      if (run.status === 'QUEUED' && !(await hasCheckpoint(tx, run))) {
        await cancelRun(tx, this.#jobs, run, { stopRequestedAt: new Date() });
        return await recordAudit(tx, 'training.cancelled', { subject: run.id });
      }
      const change = { stopRequestedAt: new Date() };
      await changeRunOf(tx, run, ['QUEUED', 'RUNNING'], change, { kind: 'LOG', message: 'Stop requested.' });
      await recordAudit(tx, 'training.stopped', { subject: run.id });
    });
  }

  /** Changes a locked run, and returns its new state. */
  async #change(
    viewer: Viewer,
    id: string,
    change: (tx: Transaction, run: TrainingRunRow) => Promise<void>,
  ): Promise<TrainingRunRow> {
    if (!isUuid(id)) throw notFound('training run', id);
    const { before, after } = await this.#database.transaction(viewer, async (tx) => {
      const run = await lockRun(tx, id);
      if (run === null) throw notFound('training run', id);
      await change(tx, run);
      return { before: run, after: (await findRun(tx, run.id)) ?? run };
    });
    if (!isEnded(before.status) && after.status === 'CANCELLED') {
      this.#observeRun({ endedRun: endedRun(after, 'CANCELLED', 'CANCELLED') });
    }
    return after;
  }

  /** Throws BAD_USER_INPUT for a label that the target does not have: the run would fail because of it. */
  async #checkPositiveClass(
    viewer: Viewer,
    { target, positiveClass }: TrainingPlan,
    { id }: DatasetRow,
  ): Promise<void> {
    if (positiveClass === null) return;
    const [column] = await this.#datasets.columnsNamed(viewer, [{ datasetId: id, name: target }]);
    if (column !== undefined) requireLabel(positiveClass, column);
  }

  #expect(plan: TrainingPlan, dataset: DatasetRow, columns: readonly ColumnOutline[]): Promise<number | null> {
    const budget = plan.parameters['timeBudgetSeconds'];
    return this.#durations.expectedSeconds({
      algorithm: plan.algorithm,
      work: totalCost(trainingSizeOf(plan, dataset, columns)),
      timeBudgetSeconds: typeof budget === 'number' ? budget : null,
    });
  }

  /** To be called within a transaction that has locked the queue of the workspace. */
  async #queue(
    tx: Transaction,
    viewer: Viewer,
    plan: RunPlan,
    dataset: DatasetRow,
    origin: RunOrigin,
  ): Promise<TrainingRunRow> {
    const run = await queueRun(tx, { jobs: this.#jobs, settings: this.#settings }, { viewer, plan, dataset, origin });
    const details = { datasetId: dataset.id, algorithm: plan.algorithm, retryOf: origin.retryOf };
    await recordAudit(tx, 'training.started', { subject: run.id, details });
    return run;
  }
}

/** The run that was created with a key, if any. Throws IDEMPOTENCY_CONFLICT if the request was a different one. */
function findRunOfKey(tx: Transaction, key: string, fingerprint: string | null): Promise<TrainingRunRow | null> {
  const conflict = {
    message: 'The idempotencyKey was used for a training on another dataset or with other settings.',
    hint: 'Use a new key for each new training.',
  };
  const find = () => findRunByKey(tx, key);
  return findJobOfKey({ find, forgetKey: (id) => forgetKey(tx, id), conflict }, fingerprint);
}

/** What several hosts do not by default, although one does. */
function forHosts(params: TrainingParams): TrainingParams {
  return { ...params, parameters: { ...params.parameters, sharedTrees: false, linearLeaves: false } };
}

function alreadyEnded({ status, finishedAt }: TrainingRunRow): TrainyardError {
  const at = finishedAt === null ? '' : ` at ${finishedAt.toISOString()}`;
  return new TrainyardError('RUN_ALREADY_ENDED', `The training has already ended: ${status}${at}.`, {
    hint: 'Use retryTraining to run it again.',
  });
}

function notTrainedHere(): TrainyardError {
  return new TrainyardError('CONFLICT', 'An imported model was not trained here, so that nothing can be repeated.', {
    argument: 'id',
    hint: 'Import its file again to evaluate it again.',
  });
}
