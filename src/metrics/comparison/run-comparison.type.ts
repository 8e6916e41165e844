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
    description: 'In the order of the runs; null where a run does not have the metric.',
  })
  values!: readonly (number | null)[];

  @Field(() => ID, {
    nullable: true,
    description: 'Of equal runs, the one named first; null if the runs have different tasks.',
  })
  bestRunId!: string | null;

  /** Called by the field `significant`. */
  isSignificant!: () => Promise<boolean | null>;
}

@ObjectType('ComparedParameter', { description: 'One setting of several runs.' })
export class ComparedParameterType {
  @Field(() => String, {
    description: 'A field of ParametersInput, or run.algorithm, run.features or run.split.',
  })
  name!: string;

  @Cost({ items: 20 })
  @Field(() => [String], {
    nullable: 'items',
    description:
      'In the order of the runs; null where a run does not have the parameter. For run.features, the number of features.',
  })
  values!: readonly (string | null)[];

  @Field(() => Boolean, { description: 'Whether the runs have different values.' })
  differs!: boolean;
}

@ObjectType('RunComparison', { description: 'A comparison of runs.' })
export class RunComparisonType {
  @Cost({ items: 1 })
  @Field(() => [TrainingRunType], { description: 'In the order of the ids.' })
  runs!: readonly TrainingRunType[];

  @Cost({ items: 1 })
  @Field(() => [ComparedMetricType], { description: 'Every metric that at least one run has.' })
  metrics!: readonly ComparedMetricType[];

  @Cost({ items: 1 })
  @Field(() => [ComparedParameterType])
  parameters!: readonly ComparedParameterType[];

  @Cost({ items: 1 })
  @Field(() => [String], {
    description: 'What makes the runs less comparable than they look. "Run 1" is the first id.',
  })
  warnings!: readonly string[];
}
