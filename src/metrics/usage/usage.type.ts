import { Field, Int, ObjectType } from 'type-graphql';
import { Cost } from '../../api/graphql/field-cost.ts';
import { DateTime, SafeInt } from '../../api/graphql/scalars.ts';
import type { AlgorithmName } from '../../ml/registry.ts';
import { AlgorithmNameEnum, RunStatusEnum } from '../../training/runs/training-run.type.ts';
import type { RunStatus } from '../../training/runs/training-run-status.ts';

@ObjectType('Usage', { description: 'How much a workspace holds and runs.' })
export class UsageType {
  @Field(() => Int, { description: 'Each version of a name is one.' })
  datasets!: number;

  @Field(() => SafeInt, { description: 'Of their files as they were uploaded.' })
  datasetBytes!: number;

  @Field(() => Int)
  artifacts!: number;

  @Field(() => SafeInt)
  artifactBytes!: number;

  @Field(() => Int)
  queuedRuns!: number;

  @Field(() => Int)
  runningRuns!: number;

  @Field(() => Int, { description: 'All runs, archived ones too.' })
  runs!: number;
}

@ObjectType('RunCount', { description: 'The runs of one day, in UTC, with one status and algorithm.' })
export class RunCountType {
  @Field(() => String, { description: 'The day on which they were made, in UTC: 2026-01-31.' })
  day!: string;

  @Field(() => RunStatusEnum, { description: 'As it is now.' })
  status!: RunStatus;

  @Field(() => AlgorithmNameEnum)
  algorithm!: AlgorithmName;

  @Field(() => Int, { description: '1 or more: what did not occur has no entry.' })
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

@ObjectType('RunStatistics', { description: 'The runs that were made in a period; archived ones too.' })
export class RunStatisticsType {
  @Field(() => DateTime)
  from!: Date;

  @Field(() => DateTime, { description: 'A run that was made at this very moment no longer counts.' })
  to!: Date;

  @Field(() => Int)
  count!: number;

  @Cost({ items: 5 })
  @Field(() => [RunStatusCountType], { description: 'For each status, also where there is no such run.' })
  byStatus!: readonly RunStatusCountType[];

  @Cost({ items: 5 })
  @Field(() => [RunAlgorithmCountType], { description: 'For each algorithm, also where there is no such run.' })
  byAlgorithm!: readonly RunAlgorithmCountType[];

  @Cost({ items: 5_000 })
  @Field(() => [RunCountType], { description: 'By day, status and algorithm, the oldest day first.' })
  days!: readonly RunCountType[];
}
