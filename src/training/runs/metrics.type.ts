import { Field, Float, Int, InterfaceType, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { SafeInt } from '../../api/graphql/scalars.ts';
import { TaskEnum } from '../../datasets/dataset.type.ts';
import { METRIC_NAMES, type MetricName } from '../../ml/evaluation/metrics.ts';
import type { Task } from '../../ml/task.ts';

export const MetricNameEnum = registerEnum(METRIC_NAMES, 'MetricName', 'A metric of model quality.');

@ObjectType('MetricValue')
export class MetricValueType {
  @Field(() => MetricNameEnum)
  name!: MetricName;

  @Field(() => Float)
  value!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Lower bound of the 95 % confidence interval; primary metric only.',
  })
  low!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Upper bound of the 95 % confidence interval; primary metric only.',
  })
  high!: number | null;

  @Field(() => Boolean)
  higherIsBetter!: boolean;
}

@ObjectType('UndefinedMetric', { description: 'A metric that cannot be computed on these test rows.' })
export class UndefinedMetricType {
  @Field(() => MetricNameEnum)
  name!: MetricName;

  @Field(() => String, { description: 'Why it is undefined.' })
  reason!: string;
}

@InterfaceType('Metrics', {
  description: 'Metrics on the test rows, which no step of training has seen.',
  resolveType: ({ task }: { task: Task }) =>
    task === 'CLASSIFICATION' ? 'ClassificationMetrics' : 'RegressionMetrics',
})
export abstract class MetricsType {
  @Field(() => TaskEnum)
  task!: Task;

  @Field(() => SafeInt, { description: 'Number of test rows.' })
  nSamples!: number;

  @Field(() => Int, { description: 'Number of features.' })
  nFeatures!: number;

  @Field(() => MetricValueType, { nullable: true, description: 'The main metric of the task: accuracy or R2.' })
  primary!: MetricValueType | null;

  @Cost({ items: 11 })
  @Field(() => [MetricValueType], { description: 'Every metric that is defined, the primary one first.' })
  values!: readonly MetricValueType[];

  @Cost({ items: 2 })
  @Field(() => [UndefinedMetricType], { description: 'Metrics that cannot be computed on these test rows.' })
  undefinedMetrics!: readonly UndefinedMetricType[];
}

@ObjectType('ClassificationMetrics', { implements: MetricsType })
export class ClassificationMetricsType extends MetricsType {
  @Field(() => Float, { description: 'Share of test rows that are predicted correctly.' })
  accuracy!: number;

  @Field(() => Float, { description: 'Macro average over the classes; 0 for a class that was never predicted.' })
  precision!: number;

  @Field(() => Float, { description: 'Macro average over the classes.' })
  recall!: number;

  @Field(() => Float, { description: 'Macro average over the classes.' })
  f1!: number;

  @Field(() => Float, { nullable: true, description: 'Average over the classes, weighted by their test rows.' })
  weightedPrecision!: number | null;

  @Field(() => Float, { nullable: true, description: 'Average over the classes, weighted by their test rows.' })
  weightedRecall!: number | null;

  @Field(() => Float, { nullable: true, description: 'Average over the classes, weighted by their test rows.' })
  weightedF1!: number | null;

  @Field(() => Float, { nullable: true })
  logLoss!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Area under the ROC curve; with more than two classes, the mean of one-vs-rest.',
  })
  rocAuc!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Area under the precision-recall curve; binary classification only.',
  })
  averagePrecision!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Mean squared error of the predicted probability; binary classification only.',
  })
  brier!: number | null;
}

@ObjectType('RegressionMetrics', { implements: MetricsType })
export class RegressionMetricsType extends MetricsType {
  @Field(() => Float, { nullable: true, description: 'Coefficient of determination.' })
  r2!: number | null;

  @Field(() => Float, { nullable: true, description: 'Mean squared error.' })
  mse!: number | null;

  @Field(() => Float, { nullable: true, description: 'Root mean squared error.' })
  rmse!: number | null;

  @Field(() => Float, { nullable: true, description: 'Mean absolute error.' })
  mae!: number | null;

  @Field(() => Float, { nullable: true, description: 'Mean absolute percentage error, as a ratio.' })
  mape!: number | null;
}
