import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { Cost } from '../../api/graphql/field-cost.ts';
import { DateTime } from '../../api/graphql/scalars.ts';
import type { AlgorithmName } from '../../ml/registry.ts';
import { MetricsType } from '../../training/runs/metrics.type.ts';
import { AlgorithmNameEnum } from '../../training/runs/training-run.type.ts';
import type { SummaryField } from './summary-fields.ts';

@ObjectType('MetricTrendPoint', { description: 'A successful run, as a point of a trend.' })
export class MetricTrendPointType {
  @Field(() => ID)
  runId!: string;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => String)
  datasetName!: string;

  @Field(() => Int)
  datasetVersion!: number;

  @Field(() => AlgorithmNameEnum)
  algorithm!: AlgorithmName;

  @Field(() => MetricsType)
  metrics!: MetricsType;

  @Field(() => Float, { nullable: true })
  durationSeconds!: number | null;
}

@ObjectType('MetricStats', { description: 'Statistics of one metric, over the runs that have it.' })
export class MetricStatsType {
  @Field(() => Int, { description: 'Number of runs that have the metric; at least 1.' })
  count!: number;

  @Field(() => Float)
  mean!: number;

  @Field(() => Float, { description: 'The highest value; for errors, losses and durations, the lowest.' })
  best!: number;

  @Field(() => Float, { description: 'The opposite of best.' })
  worst!: number;

  @Field(() => Float, {
    description: 'First quartile, linearly interpolated.',
  })
  p25!: number;

  @Field(() => Float)
  median!: number;

  @Field(() => Float, { description: 'Third quartile, linearly interpolated.' })
  p75!: number;

  @Field(() => Float, { description: 'Value of the newest run that has the metric.' })
  latest!: number;
}

@ObjectType('MetricsSummary', {
  description:
    'Statistics of the latest successful runs. A metric covers the runs of its own task only, and is null if none has it.',
})
export class MetricsSummaryType implements Readonly<Record<SummaryField, MetricStatsType | null>> {
  /** From the filter: `latestChange` needs a single dataset name. */
  datasetName!: string | null;

  @Field(() => Int, { description: 'Number of runs summarized; at most `limit`.' })
  count!: number;

  @Field(() => Int, { description: 'Number of CLASSIFICATION runs among them.' })
  classificationCount!: number;

  @Field(() => Int, { description: 'Number of REGRESSION runs among them.' })
  regressionCount!: number;

  @Field(() => MetricStatsType, { nullable: true })
  accuracy!: MetricStatsType | null;

  @Field(() => MetricStatsType, { nullable: true })
  precision!: MetricStatsType | null;

  @Field(() => MetricStatsType, { nullable: true })
  recall!: MetricStatsType | null;

  @Field(() => MetricStatsType, { nullable: true })
  f1!: MetricStatsType | null;

  @Field(() => MetricStatsType, { nullable: true })
  weightedPrecision!: MetricStatsType | null;

  @Field(() => MetricStatsType, { nullable: true })
  weightedRecall!: MetricStatsType | null;

  @Field(() => MetricStatsType, { nullable: true })
  weightedF1!: MetricStatsType | null;

  @Field(() => MetricStatsType, { nullable: true })
  logLoss!: MetricStatsType | null;

  @Field(() => MetricStatsType, { nullable: true })
  rocAuc!: MetricStatsType | null;

  @Field(() => MetricStatsType, { nullable: true })
  averagePrecision!: MetricStatsType | null;

  @Field(() => MetricStatsType, { nullable: true })
  brier!: MetricStatsType | null;

  @Field(() => MetricStatsType, { nullable: true })
  r2!: MetricStatsType | null;

  @Field(() => MetricStatsType, { nullable: true })
  mse!: MetricStatsType | null;

  @Field(() => MetricStatsType, { nullable: true })
  rmse!: MetricStatsType | null;

  @Field(() => MetricStatsType, { nullable: true })
  mae!: MetricStatsType | null;

  @Field(() => MetricStatsType, { nullable: true })
  mape!: MetricStatsType | null;

  @Field(() => MetricStatsType, {
    nullable: true,
    description: 'Training time, of runs of both tasks; filter by task or algorithm to compare like with like.',
  })
  durationSeconds!: MetricStatsType | null;

  @Cost({ hasPageOfFieldAbove: true })
  @Field(() => [MetricTrendPointType], { description: 'The summarized runs, newest first.' })
  trends!: readonly MetricTrendPointType[];
}
