import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { connectionType } from '../../api/graphql/pagination.ts';
import { DateTime, SafeInt } from '../../api/graphql/scalars.ts';
import { TaskEnum } from '../../datasets/dataset.type.ts';
import { ALGORITHM_NAMES, type AlgorithmName } from '../../ml/registry.ts';
import { SPLIT_STRATEGIES, type SplitRequest } from '../../ml/split/split.ts';
import type { Task } from '../../ml/task.ts';
import type { QueueForecast } from '../forecast/queue-forecast.ts';
import { CHANGE_KINDS } from '../live/run-changes.ts';
import { MetricsType } from './metrics.type.ts';
import type { StoredImportance } from './stored-importances.ts';
import { TRAINING_EVENT_KINDS } from './training-run.table.ts';
import { ARCHIVED_FILTERS } from './training-run-query.ts';
import {
  END_REASONS,
  type EndReason,
  RUN_STAGES,
  RUN_STATUSES,
  type RunStage,
  type RunStatus,
} from './training-run-status.ts';

export const AlgorithmNameEnum = registerEnum(
  ALGORITHM_NAMES,
  'AlgorithmName',
  'What can be trained; `algorithms` tells more.',
);
export const RunStatusEnum = registerEnum(RUN_STATUSES, 'RunStatus', 'Where a run stands.');
const RunStageEnum = registerEnum(RUN_STAGES, 'RunStage', 'What a run is doing.');
const EndReasonEnum = registerEnum(END_REASONS, 'EndReason', 'Why a run ended.');
const EventKindEnum = registerEnum(TRAINING_EVENT_KINDS, 'TrainingEventKind', 'What an event tells of.');
const ChangeKindEnum = registerEnum(CHANGE_KINDS, 'ChangeKind', 'What happened to a run of a list.');
export const ArchivedFilterEnum = registerEnum(
  ARCHIVED_FILTERS,
  'ArchivedFilter',
  'Whether runs that were put away are left out, alone wanted, or among the others.',
);
export const SplitStrategyEnum = registerEnum(SPLIT_STRATEGIES, 'SplitStrategy', 'How rows become test rows.', {
  RANDOM: 'Seeded; stratified by class where every class has enough rows.',
  LAST: "The file's last rows are the test set (time order).",
  INTERLEAVED: 'With testFraction 1/k: the rows whose 0-based index i has i % k == k - 1.',
  COLUMN: 'Rows whose `column` reads "test" are the test set.',
  GROUP:
    'Drawn by `seed`, all rows with the same value of `column` on one side, such as those of one patient; a row without a value is a group of its own. The column is no feature.',
  TIME: 'The latest rows by the date or number in `column` are the test set, rows of one moment on one side; rows without a value are training rows.',
});

@ObjectType('Parameter')
export class ParameterType {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  value!: string;
}

@ObjectType('Split')
export class SplitType {
  @Field(() => SplitStrategyEnum)
  strategy!: SplitRequest['strategy'];

  @Field(() => Float)
  testFraction!: number;

  @Field(() => String, { nullable: true })
  column!: string | null;

  @Field(() => Int)
  seed!: number;

  @Field(() => SafeInt, { nullable: true, description: 'Rows that were fitted on; null until SUCCEEDED.' })
  trainRows!: number | null;

  @Field(() => SafeInt, { nullable: true, description: 'Rows that the metrics are of; null until SUCCEEDED.' })
  testRows!: number | null;
}

@ObjectType('RunError')
export class RunErrorType {
  @Field(() => String, { description: 'From the table of run errors in docs/errors.md.' })
  code!: string;

  @Field(() => String)
  message!: string;

  @Field(() => String, { nullable: true })
  hint!: string | null;
}

@ObjectType('CurvePoint')
export class CurvePointType {
  @Field(() => Int)
  iteration!: number;

  @Field(() => Float, { nullable: true })
  trainLoss!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'GRADIENT_BOOSTING: on the rows set aside for early stopping. RANDOM_FOREST: the out-of-bag loss, of each training row by the trees that it was not drawn for.',
  })
  validationLoss!: number | null;
}

@ObjectType('Resources', { description: 'What a run has cost.' })
export class ResourcesType {
  @Field(() => Float, { description: 'Of all threads together.' })
  cpuSeconds!: number;

  @Field(() => SafeInt, { description: 'The most memory that the worker process had meanwhile.' })
  peakMemoryBytes!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Rows of the dataset by seconds of training; null until SUCCEEDED.',
  })
  rowsPerSecond!: number | null;
}

@ObjectType('TrainingRun', { description: 'One request to train, from QUEUED to its end.' })
export class TrainingRunType {
  @Field(() => ID)
  id!: string;

  @Field(() => RunStatusEnum)
  status!: RunStatus;

  @Field(() => RunStageEnum)
  stage!: RunStage;

  @Field(() => Float, { description: '0 to 1; never falls within one attempt.' })
  progress!: number;

  /** At its own pace; the field of the same name also tells of runs that wait. */
  etaSeconds!: number | null;

  /** What is estimated of it while it waits, where that was looked at already. */
  forecast!: QueueForecast | null;

  @Field(() => DateTime, { nullable: true })
  cancelRequestedAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  stopRequestedAt!: Date | null;
  @Field(() => EndReasonEnum, { nullable: true })
  endReason!: EndReason | null;

  @Field(() => ID)
  datasetId!: string;

  @Field(() => String)
  datasetName!: string;

  @Field(() => Int)
  datasetVersion!: number;

  @Field(() => String)
  target!: string;

  @Field(() => TaskEnum)
  task!: Task;

  @Field(() => AlgorithmNameEnum)
  algorithm!: AlgorithmName;

  /** All of them, where they were read; the field of the same name gives as many as are asked for. */
  features?: readonly string[] | null;

  @Cost({ items: 15 })
  @Field(() => [ParameterType])
  parameters!: readonly ParameterType[];

  @Field(() => SplitType)
  split!: SplitType;

  @Field(() => Int, { description: 'The number of the try that is in flight or ended the run; 0 before the first.' })
  attempt!: number;

  /** The id; the field `retryOf` gives the run. */
  retryOfId!: string | null;

  @Field(() => RunErrorType, { nullable: true })
  error!: RunErrorType | null;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  startedAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  finishedAt!: Date | null;

  @Field(() => Float, { nullable: true, description: 'From start to end, or until now.' })
  durationSeconds!: number | null;

  @Field(() => MetricsType, { nullable: true, description: 'On the test rows; null until SUCCEEDED.' })
  metrics!: MetricsType | null;

  @Field(() => MetricsType, {
    nullable: true,
    description: "The same, of a model that knows nothing but the target's frequencies or mean.",
  })
  baseline!: MetricsType | null;

  /** That of the model, where it was read; the field of the same name also gives what there is of it before. */
  curve?: readonly CurvePointType[] | null;

  /** All of them, where they were read; the field of the same name gives as many as are asked for. */
  featureImportances?: readonly StoredImportance[] | null;

  @Cost({ items: 20 })
  @Field(() => [String])
  warnings!: readonly string[];

  @Field(() => ResourcesType, { nullable: true, description: 'Null until the run has ended or was handed back.' })
  resources!: ResourcesType | null;

  @Field(() => DateTime, { nullable: true, description: 'When the model was removed.' })
  artifactRemovedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was put away: lists, unless they ask for it, and the history leave it out.',
  })
  archivedAt!: Date | null;
}

@ObjectType('TrainingEvent', { description: 'What happened to a run: seq is 1, 2, 3 … per run, without gaps.' })
export class TrainingEventType {
  @Field(() => ID)
  runId!: string;

  @Field(() => Int)
  seq!: number;

  @Field(() => DateTime)
  at!: Date;

  @Field(() => EventKindEnum)
  kind!: (typeof TRAINING_EVENT_KINDS)[number];

  @Field(() => Int)
  attempt!: number;

  @Field(() => RunStatusEnum)
  status!: RunStatus;

  @Field(() => RunStageEnum)
  stage!: RunStage;

  @Field(() => Float)
  progress!: number;

  @Field(() => Float, { nullable: true })
  etaSeconds!: number | null;

  @Field(() => Int, { nullable: true })
  queuePosition!: number | null;

  @Field(() => CurvePointType, { nullable: true })
  point!: CurvePointType | null;

  @Field(() => String, { nullable: true })
  message!: string | null;

  @Field(() => RunErrorType, { nullable: true })
  error!: RunErrorType | null;
}

@ObjectType('TrainingRunChange')
export class TrainingRunChangeType {
  @Field(() => ChangeKindEnum)
  kind!: (typeof CHANGE_KINDS)[number];

  @Field(() => ID)
  runId!: string;

  @Field(() => TrainingRunType, { nullable: true })
  run!: TrainingRunType | null;
}

export const TrainingRunConnection = connectionType('TrainingRun', () => TrainingRunType);
