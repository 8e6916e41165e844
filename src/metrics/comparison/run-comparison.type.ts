import { Field, Float, ID, ObjectType } from 'type-graphql';
import { Cost } from '../../api/graphql/field-cost.ts';
import type { MetricName } from '../../ml/evaluation/metrics.ts';
import { MetricNameEnum } from '../../training/runs/metrics.type.ts';
import { TrainingRunType } from '../../training/runs/training-run.type.ts';

@ObjectType('ComparedMetric', { description: 'One metric of several runs.' })
export class ComparedMetricType {
  @Field(() => MetricNameEnum)
  name!: MetricName;

  @Field(() => Boolean)
  higherIsBetter!: boolean;

  @Cost({ items: 20 })
  @Field(() => [Float], {
    nullable: 'items',
    description: 'In the order of the runs; null where a run does not have it.',
  })
  values!: readonly (number | null)[];

  @Field(() => ID, {
    nullable: true,
    description: 'Of equal runs the one that was named first; null where the runs do different tasks.',
  })
  bestRunId!: string | null;

  /** The field `significant` asks for it. */
  isSignificant!: () => Promise<boolean | null>;
}

@ObjectType('ComparedParameter', { description: 'One setting of several runs.' })
export class ComparedParameterType {
  @Field(() => String, {
    description:
      'A field of ParametersInput; or what else a run was started with: run.algorithm, run.features, run.split.',
  })
  name!: string;

  @Cost({ items: 20 })
  @Field(() => [String], {
    nullable: 'items',
    description: 'In the order of the runs; null where a run does not have it. Of features their number.',
  })
  values!: readonly (string | null)[];

  @Field(() => Boolean)
  differs!: boolean;
}

@ObjectType('RunComparison', { description: 'Runs side by side.' })
export class RunComparisonType {
  @Cost({ items: 1 })
  @Field(() => [TrainingRunType], { description: 'In the order in which they were named.' })
  runs!: readonly TrainingRunType[];

  @Cost({ items: 1 })
  @Field(() => [ComparedMetricType], { description: 'Every metric that at least one of the runs has.' })
  metrics!: readonly ComparedMetricType[];

  @Cost({ items: 1 })
  @Field(() => [ComparedParameterType])
  parameters!: readonly ComparedParameterType[];

  @Cost({ items: 1 })
  @Field(() => [String], {
    description: 'What makes the runs less comparable than they look. "Run 1" is the one that was named first.',
  })
  warnings!: readonly string[];
}
