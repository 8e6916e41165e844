import { parentPort, workerData } from 'node:worker_threads';
import { SplitError } from '../ml/split.ts';
import {
  type CurvePoint,
  type TrainedModel,
  type TrainingRequest,
  type TrainingStep,
  trainModel,
} from '../ml/train-model.ts';
import { TrainingDataError } from '../ml/training-data-error.ts';
import { CrewLeader } from '../platform/crew-leader.ts';
import type { ThreadData } from '../platform/threads.ts';
import { readTableFile } from '../tabular/table-file.ts';
import { TrainingCrew } from './training-crew.ts';

/** What the thread is given: the table's file, and what to train on it. */
export interface TrainingThreadData {
  readonly tablePath: string;
  readonly request: Omit<TrainingRequest, 'table'>;
}

/** What it says: steps while it works, then the model or what is wrong with the data. Anything else it throws. */
export type TrainingThreadMessage =
  | { readonly type: 'step'; readonly step: Omit<TrainingStep, 'checkpoint'> }
  | { readonly type: 'model'; readonly model: TrainedModel }
  | { readonly type: 'refusal'; readonly code: string; readonly message: string; readonly hint: string | null };

const { tablePath, request, crew: access } = workerData as ThreadData<TrainingThreadData>;

/** The worker writes ten times a second: small trees take thousands of steps, which would only keep its event loop busy. */
const MILLISECONDS_BETWEEN_STEPS = 20;

function say(message: TrainingThreadMessage): void {
  parentPort?.postMessage(message);
}

function train(): TrainedModel {
  const columns = [
    ...request.features,
    request.target,
    ...(request.split.column === null ? [] : [request.split.column]),
  ];
  const table = readTableFile(tablePath, [...new Set(columns)]);
  using leader = new CrewLeader(access);
  const steps = trainModel({ ...request, table }, { crew: new TrainingCrew(leader) });
  let point: CurvePoint | null = null;
  let saidAt = Number.NEGATIVE_INFINITY;
  let saidStage = '';
  for (;;) {
    const next = steps.next();
    if (next.done === true) return next.value;
    const { stage, progress } = next.value;
    // A point is not to be lost behind a later step that has none.
    point = next.value.point ?? point;
    const now = performance.now();
    if (stage === saidStage && now - saidAt < MILLISECONDS_BETWEEN_STEPS) continue;
    say({ type: 'step', step: { stage, progress, point } });
    point = null;
    saidAt = now;
    saidStage = stage;
  }
}

try {
  say({ type: 'model', model: train() });
} catch (error) {
  if (error instanceof TrainingDataError)
    say({ type: 'refusal', code: error.code, message: error.message, hint: error.hint });
  else if (error instanceof SplitError)
    say({ type: 'refusal', code: 'SPLIT_IMPOSSIBLE', message: error.message, hint: error.hint });
  else throw error;
}
