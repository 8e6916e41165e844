import { Field, Int, ObjectType } from 'type-graphql';
import { Cost } from '../../api/graphql/field-cost.ts';
import { DateTime, SafeInt } from '../../api/graphql/scalars.ts';
import { RunStatusEnum } from '../../jobs/job.type.ts';
import type { RunStatus } from '../../jobs/job-status.ts';
import type { AlgorithmName } from '../../ml/registry.ts';
import { AlgorithmNameEnum } from '../../training/runs/training-run.type.ts';

@ObjectType('Usage', { description: 'How much a workspace stores and runs.' })
export class UsageType {
  @Field(() => Int, { description: 'Number of datasets; each version counts.' })
  datasets!: number;

  @Field(() => SafeInt, { description: 'Total size of the uploaded files.' })
  datasetBytes!: number;

  @Field(() => Int, { description: 'Number of models.' })
  artifacts!: number;

  @Field(() => SafeInt, { description: 'Total size of the models.' })
  artifactBytes!: number;

  @Field(() => Int, { description: 'Number of batch predictions, in any status.' })
  batchPredictions!: number;

  @Field(() => SafeInt, { description: 'Total size of their files.' })
  batchPredictionBytes!: number;

  @Field(() => Int, { description: 'Deleted datasets that can be restored; they are not among `datasets`.' })
  restorableDatasets!: number;

  @Field(() => SafeInt, {
    description: 'Total size of their uploaded files, models and batch predictions, which are kept until then.',
  })
  restorableBytes!: number;

  @Field(() => Int, { description: 'Uploads in parts that have not ended.' })
  openUploads!: number;

  @Field(() => SafeInt, { description: 'Total size of their files, sent or still to be sent.' })
  openUploadBytes!: number;

  @Field(() => Int, {
    description:
      'Unpinned models beyond the limit of the workspace; they stay because each is the newest, or the best of its dataset name, target and task.',
  })
  artifactsBeyondLimit!: number;

  @Field(() => Int)
  queuedRuns!: number;

  @Field(() => Int)
  runningRuns!: number;

  @Field(() => Int, { description: 'All runs, including archived ones.' })
  runs!: number;
}

@ObjectType('RunCount', { description: 'The runs of one day (UTC) with one status and algorithm.' })
export class RunCountType {
  @Field(() => String, { description: 'The day in UTC on which the runs were created, as 2026-01-31.' })
  day!: string;

  @Field(() => RunStatusEnum, { description: 'The current status.' })
  status!: RunStatus;

  @Field(() => AlgorithmNameEnum)
  algorithm!: AlgorithmName;

  @Field(() => Int, { description: 'At least 1; combinations without runs are left out.' })
  count!: number;
}

@ObjectType('RunStatusCount')
export class RunStatusCountType {
  @Field(() => RunStatusEnum)
  status!: RunStatus;

  @Field(() => Int)
  count!: number;
}

@ObjectType('RunAlgorithmCount')
export class RunAlgorithmCountType {
  @Field(() => AlgorithmNameEnum)
  algorithm!: AlgorithmName;

  @Field(() => Int)
  count!: number;
}

@ObjectType('RunStatistics', { description: 'The runs created in a period, including archived ones.' })
export class RunStatisticsType {
  @Field(() => DateTime, { description: 'Start of the period, inclusive.' })
  from!: Date;

  @Field(() => DateTime, { description: 'End of the period, exclusive.' })
  to!: Date;

  @Field(() => Int, { description: 'Number of runs.' })
  count!: number;

  @Cost({ items: 5 })
  @Field(() => [RunStatusCountType], { description: 'One entry for each status, including those without runs.' })
  byStatus!: readonly RunStatusCountType[];

  @Cost({ items: 5 })
  @Field(() => [RunAlgorithmCountType], { description: 'One entry for each algorithm, including those without runs.' })
  byAlgorithm!: readonly RunAlgorithmCountType[];

  @Cost({ items: 5_000 })
  @Field(() => [RunCountType], { description: 'By day, status and algorithm, oldest day first.' })
  days!: readonly RunCountType[];
}
