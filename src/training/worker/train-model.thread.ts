import { SplitError } from '../../ml/split/split.ts';
import {
  type CurvePoint,
  type TrainedModel,
  type TrainingRequest,
  type TrainingStep,
  trainModel,
} from '../../ml/train-model.ts';
import { TrainingDataError } from '../../ml/training-data-error.ts';
import { atStageOfThread, reportDone } from '../../platform/test-pace.ts';
import { PoolCoordinator } from '../../platform/threads/pool-coordinator.ts';
import { type Say, serveOrders } from '../../platform/threads/serve-orders.ts';
import type { WithPool } from '../../platform/threads/warm-worker.ts';
import { readTableFile } from '../../tabular/table-file/table-file.ts';
import { type PackedPredictions, packPredictions } from '../evaluations/test-predictions-bytes.ts';
import { packCheckpoint, unpackCheckpoint } from './checkpoint-bytes.ts';
import { leakWarnings } from './leak-warnings.ts';
import { TrainingControl } from './training-control.ts';
import { TrainingWorkerPool } from './training-worker-pool.ts';

/** What the thread is given. */
export interface TrainingOrder {
  readonly tablePath: string;
  readonly request: Omit<TrainingRequest, 'table'>;
  /** Of a TrainingControl. */
  readonly requests: Int32Array<SharedArrayBuffer>;
  /** Where an earlier attempt got to, as `packCheckpoint` packed it. */
  readonly checkpoint: Uint8Array | null;
  /** Seconds of training after which it ends with the best so far; null: never. */
  readonly budgetSeconds: number | null;
}

/** What becomes of a training: the model and all that is known of it, its predictions packed as they are kept. */
export interface KeptModel extends Omit<TrainedModel, 'predictions'> {
  readonly predictions: PackedPredictions;
}

/** What it says: steps and checkpoints while it works, then the model or what is wrong with the data. Anything else it throws. */
export type TrainingMessage =
  | { readonly type: 'step'; readonly step: Omit<TrainingStep, 'checkpoint'> }
  | {
      readonly type: 'checkpoint';
      readonly progress: number;
      readonly bytes: Uint8Array<ArrayBuffer>;
      /** Whether the worker had asked for it. */
      readonly isWanted: boolean;
    }
  | { readonly type: 'model'; readonly model: KeptModel }
  | { readonly type: 'refusal'; readonly code: string; readonly message: string; readonly hint: string | null };

/** The worker writes ten times a second: small trees take thousands of steps, which would only keep its event loop busy. */
const MILLISECONDS_BETWEEN_STEPS = 20;

/** No work of more than about so long is lost with a worker. */
const MILLISECONDS_BETWEEN_CHECKPOINTS = 2_000;

/** Checkpoints may take one part in so many of the time. */
const CHECKPOINT_SHARE = 50;

serveOrders<WithPool<TrainingOrder>, TrainingMessage>((order, say) => {
  try {
    say({ type: 'model', model: train(order, say) });
  } catch (error) {
    if (error instanceof TrainingDataError)
      say({ type: 'refusal', code: error.code, message: error.message, hint: error.hint });
    else if (error instanceof SplitError)
      say({ type: 'refusal', code: 'SPLIT_IMPOSSIBLE', message: error.message, hint: error.hint });
    else throw error;
  } finally {
    reportDone();
  }
});

function train(order: WithPool<TrainingOrder>, say: Say<TrainingMessage>): KeptModel {
  const startedAt = performance.now();
  const { request, budgetSeconds } = order;
  const control = new TrainingControl(order.requests);
  const isOverBudget = () => budgetSeconds !== null && performance.now() - startedAt > budgetSeconds * 1000;
  const columns = [
    ...request.features,
    request.target,
    ...(request.split.column === null ? [] : [request.split.column]),
    ...(request.moments ?? []),
  ];
  const table = readTableFile(order.tablePath, [...new Set(columns)]);
  using leader = new PoolCoordinator(order.pool);
  const params = { ...request, table };
  const leaks = leakWarnings(params);
  const steps = trainModel(params, {
    pool: new TrainingWorkerPool(leader),
    checkpoint: order.checkpoint && unpackCheckpoint(order.checkpoint),
    stopReason: () => (control.isToStop ? 'STOPPED' : isOverBudget() ? 'TIME_BUDGET' : null),
  });
  const reporter = new StepReporter(say);
  const keeper = new CheckpointKeeper(say, control);
  for (;;) {
    const next = steps.next();
    if (next.done === true) {
      const { predictions, warnings, ...model } = next.value;
      return { ...model, warnings: [...leaks, ...warnings], predictions: packPredictions(predictions) };
    }
    reporter.report(next.value);
    keeper.keep(next.value);
  }
}

/** Says what a training does, at a capped rate. */
class StepReporter {
  readonly #say: Say<TrainingMessage>;
  #point: CurvePoint | null = null;
  #saidAt = Number.NEGATIVE_INFINITY;
  #saidStage = '';

  constructor(say: Say<TrainingMessage>) {
    this.#say = say;
  }

  report({ stage, progress, point }: TrainingStep): void {
    // A point is not to be lost behind a later step that has none.
    this.#point = point ?? this.#point;
    const now = performance.now();
    if (stage === this.#saidStage && now - this.#saidAt < MILLISECONDS_BETWEEN_STEPS) return;
    this.#say({ type: 'step', step: { stage, progress, point: this.#point } });
    if (stage !== this.#saidStage) atStageOfThread();
    this.#point = null;
    this.#saidAt = now;
    this.#saidStage = stage;
  }
}

/** Makes checkpoints: every few seconds, less often where they take long, and when the worker wants one. */
class CheckpointKeeper {
  readonly #say: Say<TrainingMessage>;
  readonly #control: TrainingControl;
  #dueAt = performance.now() + MILLISECONDS_BETWEEN_CHECKPOINTS;
  #wasWanted = false;

  constructor(say: Say<TrainingMessage>, control: TrainingControl) {
    this.#say = say;
    this.#control = control;
  }

  keep({ checkpoint, progress }: TrainingStep): void {
    if (checkpoint === null) return;
    const isWanted = this.#control.isCheckpointWanted && !this.#wasWanted;
    const begin = performance.now();
    if ((begin < this.#dueAt || this.#control.isSaving) && !isWanted) return;
    this.#wasWanted ||= isWanted;
    const bytes = packCheckpoint(checkpoint());
    // One that is too large to be kept would be so again, and larger.
    if (bytes === null) this.#dueAt = Number.POSITIVE_INFINITY;
    else {
      const took = performance.now() - begin;
      this.#dueAt = begin + Math.max(MILLISECONDS_BETWEEN_CHECKPOINTS, took * CHECKPOINT_SHARE);
      this.#control.isSaving = true;
      this.#say({ type: 'checkpoint', progress, bytes, isWanted }, [bytes.buffer]);
    }
  }
}
