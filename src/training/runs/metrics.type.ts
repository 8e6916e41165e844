import { Field, Float, Int, InterfaceType, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { SafeInt } from '../../api/graphql/scalars.ts';
import { TaskEnum } from '../../datasets/dataset.type.ts';
import {
  HIGHER_IS_BETTER,
  METRIC_NAMES,
  type MetricName,
  type Metrics,
  PRIMARY_METRIC,
} from '../../ml/evaluation/metrics.ts';
import type { Task } from '../../ml/task.ts';

export const MetricNameEnum = registerEnum(
  METRIC_NAMES,
  'MetricName',
  'The name of a figure that tells how good a model is.',
);

@ObjectType('MetricValue')
export class MetricValueType {
  @Field(() => MetricNameEnum)
  name!: MetricName;

  @Field(() => Float)
  value!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'With `high`: where it would lie for other test rows of the same kind, with 95 % confidence. Only of the primary metric.',
  })
  low!: number | null;

  @Field(() => Float, { nullable: true })
  high!: number | null;

  @Field(() => Boolean)
  higherIsBetter!: boolean;
}

@ObjectType('UndefinedMetric', { description: 'A metric that these test rows do not define, and why.' })
export class UndefinedMetricType {
  @Field(() => MetricNameEnum)
  name!: MetricName;

  @Field(() => String)
  reason!: string;
}

@InterfaceType('Metrics', {
  description: 'How good a model is on the test rows: rows that no step of fitting saw.',
  resolveType: ({ task }: { task: Task }) =>
    task === 'CLASSIFICATION' ? 'ClassificationMetrics' : 'RegressionMetrics',
})
export abstract class MetricsType {
  @Field(() => TaskEnum)
  task!: Task;

  @Field(() => SafeInt, { description: 'The number of test rows.' })
  nSamples!: number;

  @Field(() => Int)
  nFeatures!: number;

  @Field(() => MetricValueType, { nullable: true, description: 'The one to look at first: accuracy, or R2.' })
  primary!: MetricValueType | null;

  @Cost({ items: 2 })
  @Field(() => [UndefinedMetricType])
  undefinedMetrics!: readonly UndefinedMetricType[];
}

@ObjectType('ClassificationMetrics', { implements: MetricsType })
export class ClassificationMetricsType extends MetricsType {
  @Field(() => Float)
  accuracy!: number;

  @Field(() => Float, { description: 'The mean over the classes; 0 for a class that was never predicted.' })
  precision!: number;

  @Field(() => Float, { description: 'The mean over the classes.' })
  recall!: number;

  @Field(() => Float, { description: 'The mean over the classes.' })
  f1!: number;

  @Field(() => Float, { nullable: true, description: 'Each class counting by its test rows, as do the next two.' })
  weightedPrecision!: number | null;

  @Field(() => Float, { nullable: true })
  weightedRecall!: number | null;

  @Field(() => Float, { nullable: true })
  weightedF1!: number | null;

  @Field(() => Float, { nullable: true })
  logLoss!: number | null;

  @Field(() => Float, { nullable: true, description: 'For more than two classes: the mean of one against the rest.' })
  rocAuc!: number | null;

  @Field(() => Float, { nullable: true, description: 'Of two classes: the area below the precision-recall curve.' })
  averagePrecision!: number | null;

  @Field(() => Float, { nullable: true, description: 'Of two classes: the mean squared error of the probability.' })
  brier!: number | null;
}

@ObjectType('RegressionMetrics', { implements: MetricsType })
export class RegressionMetricsType extends MetricsType {
  @Field(() => Float, { nullable: true })
  r2!: number | null;

  @Field(() => Float, { nullable: true })
  mse!: number | null;

  @Field(() => Float, { nullable: true })
  rmse!: number | null;

  @Field(() => Float, { nullable: true })
  mae!: number | null;

  @Field(() => Float, { nullable: true, description: 'The mean of |error / truth|, as a ratio.' })
  mape!: number | null;
}

/** A run's metrics as the API shows them. */
export function toMetrics(metrics: Metrics): ClassificationMetricsType | RegressionMetricsType {
  const name = PRIMARY_METRIC[metrics.task];
  const value = metrics.task === 'CLASSIFICATION' ? metrics.accuracy : metrics.r2;
  // Runs of earlier versions have no interval, and some metrics not.
  const { low, high } = metrics.interval ?? { low: null, high: null };
  const primary = value === null ? null : { name, value, low, high, higherIsBetter: HIGHER_IS_BETTER[name] };
  return { ...metrics, primary };
}
