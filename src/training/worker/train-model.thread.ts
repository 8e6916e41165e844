import type { CandidateReport } from '../../ml/auto/candidate.ts';
import { newestOf } from '../../ml/auto/newest-reports.ts';
import { fittedByRanks } from '../../ml/distributed/model/ranks-model.ts';
import { evaluateImported } from '../../ml/imported/evaluate-imported.ts';
import { readBack } from '../../ml/model-bytes.ts';
import { SplitError } from '../../ml/split/split.ts';
import {
  type CurvePoint,
  type TrainedModel,
  type TrainingRequest,
  type TrainingStep,
  trainModel,
} from '../../ml/train-model.ts';
import { TrainingDataError } from '../../ml/training-data-error.ts';
import { atStageOfThread, isToStandStill, reportDone, standStill } from '../../platform/test-pace.ts';
import { PoolCoordinator } from '../../platform/threads/pool-coordinator.ts';
import { type Send, serveThread } from '../../platform/threads/serve-thread.ts';
import type { WithPool } from '../../platform/threads/warm-worker.ts';
import { readTableFile } from '../../tabular/table-file/table-file.ts';
import { packKnownRows } from '../evaluations/known-rows-bytes.ts';
import { type PackedPredictions, packPredictions } from '../evaluations/test-predictions-bytes.ts';
import { packCheckpoint, unpackCheckpoint, unpackRanks } from './checkpoint-bytes.ts';
import { leakWarnings } from './leak-warnings.ts';
import { TrainingControl } from './training-control.ts';
import { TrainingWorkerPool } from './training-worker-pool.ts';

/** The input of the thread. */
export interface TrainingInput {
  readonly tablePath: string;
  readonly request: Omit<TrainingRequest, 'table'>;
  /** The file of a model that was trained elsewhere, which is evaluated instead; null: it is trained. */
  readonly imported: Uint8Array | null;
  /** The shared memory of a TrainingControl. */
  readonly flags: Int32Array<SharedArrayBuffer>;
  /** The packed checkpoint of an earlier attempt. */
  readonly checkpoint: Uint8Array | null;
  /** The model, where several hosts have fitted it: packed by fitOnHosts. */
  readonly fittedElsewhere: Uint8Array | null;
  /** Time budget in seconds, after which it ends with the best model so far; null: none. */
  readonly budgetSeconds: number | null;
  /** Seconds of training that are in the checkpoint. */
  readonly secondsBefore: number;
}

/** The result of a training: the model and its evaluation, with packed predictions. */
export interface PackedModel
  extends Omit<TrainedModel, 'modelBytes' | 'trainRows' | 'predictions' | 'knownRows' | 'outOfFold'> {
  /** Null, as the number of rows that it was trained on, for an imported model. */
  readonly modelBytes: TrainedModel['modelBytes'] | null;
  readonly trainRows: number | null;
  readonly predictions: PackedPredictions;
  /** Of the training rows that folds have predicted; null without folds. */
  readonly outOfFold: Uint8Array<ArrayBuffer> | null;
  /** Packed; null where there are too many. */
  readonly knownRows: Uint8Array<ArrayBuffer> | null;
}

/** Messages of the thread: steps and checkpoints, then the model or a refusal. Other errors are thrown. */
export type TrainingMessage =
  | { readonly type: 'step'; readonly step: Omit<TrainingStep, 'checkpoint'> }
  | {
      readonly type: 'checkpoint';
      readonly progress: number;
      readonly bytes: Uint8Array<ArrayBuffer>;
      /** Whether the worker had requested it. */
      readonly isRequested: boolean;
    }
  | { readonly type: 'model'; readonly model: PackedModel }
  | { readonly type: 'refusal'; readonly code: string; readonly message: string; readonly hint: string | null };

/** The worker writes ten times a second: thousands of steps of small trees would only load its event loop. */
const MILLISECONDS_BETWEEN_STEPS = 20;

/** Upper bound of the work that is lost with a worker. */
const MILLISECONDS_BETWEEN_CHECKPOINTS = 2_000;

/** Checkpoints may take at most 1 / CHECKPOINT_SHARE of the time. */
const CHECKPOINT_SHARE = 50;

serveThread<WithPool<TrainingInput>, TrainingMessage>((input, send) => {
  try {
    send({ type: 'model', model: train(input, send) });
  } catch (error) {
    if (error instanceof TrainingDataError) {
      send({ type: 'refusal', code: error.code, message: error.message, hint: error.hint });
    } else if (error instanceof SplitError) {
      send({ type: 'refusal', code: 'SPLIT_IMPOSSIBLE', message: error.message, hint: error.hint });
    } else throw error;
  } finally {
    reportDone();
  }
});

function train(input: WithPool<TrainingInput>, send: Send<TrainingMessage>): PackedModel {
  const startedAt = performance.now();
  const { request, budgetSeconds, secondsBefore } = input;
  const control = new TrainingControl(input.flags);
  const isOverBudget = () => budgetSeconds !== null && performance.now() - startedAt > budgetSeconds * 1000;
  const columns = [
    ...request.features,
    request.target,
    ...(request.split.column === null ? [] : [request.split.column]),
    ...(request.timestampColumns ?? []),
    ...(request.weightColumn ? [request.weightColumn] : []),
  ];
  const table = readTableFile(input.tablePath, [...new Set(columns)]);
  using coordinator = new PoolCoordinator(input.pool);
  const params = { ...request, table };
  const leaks = input.imported === null ? leakWarnings(params) : [];
  const stopReason = () => (control.isStopRequested ? 'STOPPED' : isOverBudget() ? 'TIME_BUDGET' : null);
  const steps =
    input.imported === null
      ? trainModel(params, {
          pool: new TrainingWorkerPool(coordinator),
          checkpoint: input.checkpoint && unpackCheckpoint(input.checkpoint),
          fittedElsewhere: input.fittedElsewhere && fittedByRanks(unpackRanks(input.fittedElsewhere), request.target),
          clock: () => secondsBefore + (performance.now() - startedAt) / 1000,
          stopReason,
        })
      : evaluateImported({ model: readBack(input.imported), table, stopReason });
  const reporter = new StepReporter(send);
  const sender = new CheckpointSender(send, control);
  let isLast = false;
  for (;;) {
    const next = steps.next();
    if (next.done === true) {
      const { predictions, outOfFold, knownRows, warnings, ...model } = next.value;
      return {
        ...model,
        warnings: [...leaks, ...warnings],
        predictions: packPredictions(predictions),
        outOfFold: outOfFold && packPredictions(outOfFold).bytes,
        knownRows: knownRows && packKnownRows(knownRows),
      };
    }
    const report = () => {
      reporter.report(next.value);
      sender.offer(next.value);
    };
    report();
    isLast ||= isToStandStill(next.value.candidates ?? []);
    if (isLast && next.value.checkpoint !== null) standStill(report);
  }
}

/** Reports training steps at a limited rate. */
class StepReporter {
  readonly #send: Send<TrainingMessage>;
  #point: CurvePoint | null = null;
  #candidates: readonly CandidateReport[] = [];
  #sentAt = Number.NEGATIVE_INFINITY;
  #sentStage = '';

  constructor(send: Send<TrainingMessage>) {
    this.#send = send;
  }

  report({ stage, progress, point, message, candidates = [] }: TrainingStep): void {
    // A point, or a candidate, must not be lost behind a later step without one.
    this.#point = point ?? this.#point;
    this.#candidates = newestOf([...this.#candidates, ...candidates]);
    const now = performance.now();
    const isDue = stage !== this.#sentStage || now - this.#sentAt >= MILLISECONDS_BETWEEN_STEPS;
    if (!isDue && message === undefined) return;
    const step = {
      stage,
      progress,
      point: this.#point,
      candidates: this.#candidates,
      ...(message === undefined ? {} : { message }),
    };
    this.#send({ type: 'step', step });
    if (stage !== this.#sentStage) atStageOfThread();
    this.#point = null;
    this.#candidates = [];
    this.#sentAt = now;
    this.#sentStage = stage;
  }
}

/**
 * Sends checkpoints: every few seconds, less often if they take long, after a fold, and on request of the worker. Folds of AUTO may
 * be so quick that not all of them have one.
 */
class CheckpointSender {
  readonly #send: Send<TrainingMessage>;
  readonly #control: TrainingControl;
  #dueAt = performance.now() + MILLISECONDS_BETWEEN_CHECKPOINTS;
  /** From then on the next fold of a candidate has one. */
  #candidateDueAt = performance.now();
  #wasRequested = false;
  /** A fold is done that no checkpoint has yet. */
  #isOwed = false;

  constructor(send: Send<TrainingMessage>, control: TrainingControl) {
    this.#send = send;
    this.#control = control;
  }

  offer({ checkpoint, progress, message, candidates = [] }: TrainingStep): void {
    if (checkpoint === null) return;
    const isRequested = this.#control.isCheckpointRequested && !this.#wasRequested;
    const begin = performance.now();
    this.#isOwed ||= message !== undefined;
    const isOfCandidate = candidates.length > 0 && begin >= this.#candidateDueAt;
    const isDue = begin >= this.#dueAt || ((this.#isOwed || isOfCandidate) && Number.isFinite(this.#dueAt));
    if ((!isDue || this.#control.isSaving) && !isRequested) return;
    this.#wasRequested ||= isRequested;
    this.#isOwed = false;
    const bytes = packCheckpoint(checkpoint());
    // Later checkpoints would be too large as well.
    if (bytes === null) this.#dueAt = Number.POSITIVE_INFINITY;
    else {
      const took = performance.now() - begin;
      this.#candidateDueAt = begin + took * CHECKPOINT_SHARE;
      this.#dueAt = begin + Math.max(MILLISECONDS_BETWEEN_CHECKPOINTS, took * CHECKPOINT_SHARE);
      this.#control.isSaving = true;
      this.#send({ type: 'checkpoint', progress, bytes, isRequested }, [bytes.buffer]);
    }
  }
}
