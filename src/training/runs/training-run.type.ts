import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { NodeType } from '../../api/graphql/node.ts';
import { connectionType } from '../../api/graphql/pagination.ts';
import { DateTime, SafeInt } from '../../api/graphql/scalars.ts';
import { TaskEnum } from '../../datasets/dataset.type.ts';
import { JobType, RunErrorType, RunStageEnum, RunStatusEnum } from '../../jobs/job.type.ts';
import type { RunStage, RunStatus } from '../../jobs/job-status.ts';
import type { QueueForecast } from '../../jobs/queue/queue-forecast.ts';
import type { ForeignModelFormat } from '../../ml/foreign/foreign-model.ts';
import type { AlgorithmName } from '../../ml/registry.ts';
import { SPLIT_STRATEGIES, type SplitRequest } from '../../ml/split/split.ts';
import type { Task } from '../../ml/task.ts';
import { MonotoneConstraintType } from '../algorithms/monotone.type.ts';
import { AlgorithmNameEnum, ParametersType } from '../algorithms/parameters.type.ts';
import { CandidateType } from '../candidates/candidate.type.ts';
import type { TrainingEngine } from '../distributed/engine.ts';
import { TrainingEngineEnum } from '../distributed/hosts/training-host.type.ts';
import { ForeignModelFormatEnum, ImportedModelType } from '../imports/imported-model.type.ts';
import { CHANGE_KINDS } from '../live/run-changes.ts';
import { ResourcesType } from '../working-time/resources.type.ts';
import { END_REASONS, type EndReason } from './end-reason.ts';
import { MetricsType } from './metrics.type.ts';
import type { StoredImportance } from './stored-importances.ts';
import { TRAINING_EVENT_KINDS } from './training-run.table.ts';
import { ARCHIVED_FILTERS, RUN_ORDERS } from './training-run-query.ts';

export { AlgorithmNameEnum, ResourcesType };

const EndReasonEnum = registerEnum(END_REASONS, 'EndReason', 'Why a run ended.', {
  COMPLETED: 'The training was completed.',
  EARLY_STOPPING: 'The validation loss stopped improving.',
  TIME_BUDGET: 'timeBudgetSeconds was reached; the best model so far was kept.',
  STOPPED: 'stopTraining was called; the best model so far was kept.',
  CANCELLED: 'cancelTraining was called; nothing was kept.',
  FAILED: 'The training failed; see TrainingRun.error.',
});
const EventKindEnum = registerEnum(TRAINING_EVENT_KINDS, 'TrainingEventKind', 'What an event is about.', {
  STATUS: 'The status changed.',
  STAGE: 'The stage changed.',
  PROGRESS: 'The training progressed.',
  METRIC: 'The training progressed, with a new point of the loss curve.',
  LOG: 'A message.',
  CANDIDATE: 'AUTO: something of a candidate has changed.',
});
const ChangeKindEnum = registerEnum(CHANGE_KINDS, 'ChangeKind', 'What happened to a run in a list.', {
  CREATED: 'The run is new.',
  UPDATED: 'The run has changed.',
  DELETED: 'The run is gone.',
});
export const ArchivedFilterEnum = registerEnum(
  ARCHIVED_FILTERS,
  'ArchivedFilter',
  'Whether archived runs are listed.',
  { EXCLUDE: 'Without archived runs.', ONLY: 'Only archived runs.', INCLUDE: 'With archived runs.' },
);
export const RunOrderEnum = registerEnum(RUN_ORDERS, 'RunOrder', 'The order of a list of runs.', {
  NEWEST: 'The run that was queued last comes first.',
  BEST: 'By the primary metric, the best run first, then the newest; runs without metrics come last. Filter by task and target: other values cannot be compared.',
});
export const SplitStrategyEnum = registerEnum(
  SPLIT_STRATEGIES,
  'SplitStrategy',
  'How rows are split into training and test rows.',
  {
    RANDOM: 'At random, by `seed`; stratified by class if every class has enough rows.',
    LAST: 'The last rows of the file are the test set, for files in time order.',
    INTERLEAVED: 'Every k-th row is a test row (0-based index i with i % k == k - 1), for testFraction 1/k.',
    COLUMN: 'Rows with "test" in `column` are the test set.',
    GROUP:
      'At random, by `seed`, with all rows that share a value of `column`, such as one patient, on the same side. A row without a value is a group of its own. The column is not a feature.',
    TIME: 'The latest rows by the date or number in `column` are the test set; rows with equal values stay on the same side, and rows without a value are training rows.',
  },
);

@ObjectType('Parameter')
export class ParameterType {
  @Field(() => String, { description: 'A field of ParametersInput.' })
  name!: string;

  @Field(() => String, { description: 'The value as text.' })
  value!: string;
}

@ObjectType('Split')
export class SplitType {
  @Field(() => SplitStrategyEnum)
  strategy!: SplitRequest['strategy'];

  @Field(() => Float, { description: 'Share of the rows that are test rows.' })
  testFraction!: number;

  @Field(() => String, { nullable: true, description: 'The column that splits the rows, for COLUMN, GROUP and TIME.' })
  column!: string | null;

  @Field(() => Int, { description: 'Seed of the random split.' })
  seed!: number;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'Number of training rows; null until SUCCEEDED, and for imported models.',
  })
  trainRows!: number | null;

  @Field(() => SafeInt, { nullable: true, description: 'Number of test rows; null until SUCCEEDED.' })
  testRows!: number | null;
}

@ObjectType('CurvePoint')
export class CurvePointType {
  @Field(() => Int, { description: 'Number of the tree, boosting round or solver iteration; the first is 1.' })
  iteration!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'Seconds of fitting until then, over all attempts that it took. Null for runs of versions that did not measure it.',
  })
  seconds!: number | null;

  @Field(() => Float, { nullable: true, description: 'Loss on the training rows.' })
  trainLoss!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'GRADIENT_BOOSTING: loss on the rows held out for early stopping. RANDOM_FOREST, and EXTRA_TREES with a rowFraction below 1: out-of-bag loss.',
  })
  validationLoss!: number | null;
}

@ObjectType('TrainingRun', { description: 'One training, from QUEUED to its end.', implements: [NodeType, JobType] })
export class TrainingRunType {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { nullable: true, description: 'What its users call it.' })
  name!: string | null;

  @Cost({ items: 20 })
  @Field(() => [String], { description: 'At most 20, in the order in which they were given.' })
  tags!: readonly string[];

  @Field(() => RunStatusEnum)
  status!: RunStatus;

  @Field(() => RunStageEnum)
  stage!: RunStage;

  @Field(() => Float, { description: '0 to 1; never decreases within an attempt.' })
  progress!: number;

  /** Of a running training; the field of the same name also covers queued runs. */
  etaSeconds!: number | null;

  /** The forecast of a queued run, if it was already read. */
  forecast!: QueueForecast | null;

  @Field(() => DateTime, { nullable: true, description: 'When cancelTraining was called.' })
  cancelRequestedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When stopTraining was called.' })
  stopRequestedAt!: Date | null;
  @Field(() => EndReasonEnum, { nullable: true, description: 'Null until the run has ended.' })
  endReason!: EndReason | null;

  @Field(() => ID, { description: 'Zeros for an import without a dataset.' })
  datasetId!: string;

  @Field(() => String, { description: 'Empty for an import without a dataset.' })
  datasetName!: string;

  @Field(() => Int, { description: '0 for an import without a dataset.' })
  datasetVersion!: number;

  @Field(() => ForeignModelFormatEnum, {
    nullable: true,
    description: 'The format of the file that its model was imported from, by importModel; null: it was trained here.',
  })
  importedFrom!: ForeignModelFormat | null;

  @Field(() => ImportedModelType, { nullable: true, description: 'What that file was; null: it was trained here.' })
  importedModel!: ImportedModelType | null;

  @Field(() => String, { description: 'The column to predict.' })
  target!: string;

  @Field(() => TaskEnum)
  task!: Task;

  @Field(() => AlgorithmNameEnum)
  algorithm!: AlgorithmName;

  /** All of them, where they were read; the field of the same name gives as many as are asked for. */
  features?: readonly string[] | null;

  @Cost({ items: 15 })
  @Field(() => [ParameterType], { description: 'The parameters of the training, with all defaults filled in.' })
  parameters!: readonly ParameterType[];

  @Field(() => ParametersType, { description: 'The same, by name and of their own kinds.' })
  settings!: ParametersType;

  @Field(() => SplitType)
  split!: SplitType;

  @Cost({ items: 100 })
  @Field(() => [MonotoneConstraintType], {
    description: 'Which way predictions may go as columns rise; empty for none.',
  })
  monotone!: readonly MonotoneConstraintType[];

  @Field(() => String, { nullable: true, description: 'The column by which rows count in fitting; null: all alike.' })
  weightColumn!: string | null;

  @Field(() => TrainingEngineEnum, { description: 'What trains it.' })
  engine!: TrainingEngine;

  @Field(() => Int, {
    nullable: true,
    description: 'On how many hosts its current or last attempt trains; null for LOCAL, and until it does.',
  })
  hosts!: number | null;

  @Field(() => Boolean, { description: 'Whether a model that is fitted to all rows was asked for.' })
  refit!: boolean;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the model has learned the test rows too; metrics are of one that has not. Null until SUCCEEDED. False with refit if the training ended early.',
  })
  refitted!: boolean | null;

  @Field(() => Int, { description: 'Number of the current or last attempt; 0 before the first.' })
  attempt!: number;

  /** The id; the field `retryOf` gives the run. */
  retryOfId!: string | null;

  @Field(() => RunErrorType, { nullable: true, description: 'Set when the run has FAILED.' })
  error!: RunErrorType | null;

  @Field(() => DateTime, { description: 'When the run was queued.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When a worker first started it.' })
  startedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When the run ended.' })
  finishedAt!: Date | null;

  @Field(() => Float, { nullable: true, description: 'Seconds from startedAt to finishedAt, or until now.' })
  durationSeconds!: number | null;

  @Field(() => MetricsType, {
    nullable: true,
    description: 'Metrics on the test rows; null until SUCCEEDED, and for an import without a dataset.',
  })
  metrics!: MetricsType | null;

  @Field(() => MetricsType, {
    nullable: true,
    description: "The same metrics for a model that predicts from the target's class frequencies or mean alone.",
  })
  baseline!: MetricsType | null;

  /** That of the model, where it was read; the field of the same name also gives what there is of it before. */
  curve?: readonly CurvePointType[] | null;

  /** All of them, where they were read; the field of the same name gives as many as are asked for. */
  featureImportances?: readonly StoredImportance[] | null;

  @Cost({ items: 20 })
  @Field(() => [String], { description: 'What to know about the data and the model, such as suspected leakage.' })
  warnings!: readonly string[];

  @Field(() => ResourcesType, { nullable: true, description: 'Null until the run has ended or was requeued.' })
  resources!: ResourcesType | null;

  @Field(() => DateTime, { nullable: true, description: 'When the model was deleted.' })
  artifactRemovedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the run was archived; archived runs are left out of lists by default, and of the history.',
  })
  archivedAt!: Date | null;
}

@ObjectType('TrainingEvent', { description: 'One entry in the history of a run.' })
export class TrainingEventType {
  @Field(() => ID, { description: 'The run that the event belongs to.' })
  runId!: string;

  @Field(() => Int, { description: 'Number of the event within the run, from 1 without gaps.' })
  seq!: number;

  @Field(() => DateTime, { description: 'When it happened.' })
  at!: Date;

  @Field(() => EventKindEnum, { description: 'What the event is about.' })
  kind!: (typeof TRAINING_EVENT_KINDS)[number];

  @Field(() => Int, { description: 'The attempt that it happened in; 0 before the first.' })
  attempt!: number;

  @Field(() => RunStatusEnum, { description: 'Status of the run after the event.' })
  status!: RunStatus;

  @Field(() => RunStageEnum, { description: 'Stage of the run after the event.' })
  stage!: RunStage;

  @Field(() => Float, { description: 'Progress of the run after the event, 0 to 1.' })
  progress!: number;

  @Field(() => Float, { nullable: true, description: 'Estimated seconds until the run ends; null when unknown.' })
  etaSeconds!: number | null;

  @Field(() => Int, { nullable: true, description: 'Position in the queue, 1 is next; set when the run was queued.' })
  queuePosition!: number | null;

  @Field(() => CurvePointType, { nullable: true, description: 'The new point of the loss curve; set for METRIC.' })
  point!: CurvePointType | null;

  @Field(() => CandidateType, { nullable: true, description: 'The candidate as it was then; set for CANDIDATE.' })
  candidate!: CandidateType | null;

  @Field(() => String, { nullable: true, description: 'A message for people, such as why the run was requeued.' })
  message!: string | null;

  @Field(() => RunErrorType, { nullable: true, description: 'Set when the run has failed.' })
  error!: RunErrorType | null;
}

@ObjectType('TrainingRunChange')
export class TrainingRunChangeType {
  @Field(() => ChangeKindEnum)
  kind!: (typeof CHANGE_KINDS)[number];

  @Field(() => ID)
  runId!: string;

  @Field(() => TrainingRunType, { nullable: true, description: 'The run as it is now; null for DELETED.' })
  run!: TrainingRunType | null;
}

export const TrainingRunConnection = connectionType('TrainingRun', () => TrainingRunType);
