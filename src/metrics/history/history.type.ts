import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { Cost } from '../../api/graphql/field-cost.ts';
import { DateTime } from '../../api/graphql/scalars.ts';
import type { AlgorithmName } from '../../ml/registry.ts';
import { MetricsType } from '../../training/runs/metrics.type.ts';
import { AlgorithmNameEnum } from '../../training/runs/training-run.type.ts';
import type { Figure } from './metric-figures.ts';

@ObjectType('MetricTrendPoint', { description: 'A run that succeeded, as a point of a trend.' })
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

@ObjectType('MetricStats', { description: 'One metric of several runs: of those that have it.' })
export class MetricStatsType {
  @Field(() => Int, { description: 'How many of the runs have it; 1 or more.' })
  count!: number;

  @Field(() => Float)
  mean!: number;

  @Field(() => Float, { description: 'The highest; of errors, losses and durations the lowest.' })
  best!: number;

  @Field(() => Float)
  worst!: number;

  @Field(() => Float, {
    description: 'A quarter of the values lie below it; between two of them by the straight line.',
  })
  p25!: number;

  @Field(() => Float)
  median!: number;

  @Field(() => Float)
  p75!: number;

  @Field(() => Float, { description: 'Of the newest run that has it.' })
  latest!: number;
}

@ObjectType('MetricsSummary', {
  description:
    'Figures of the newest runs that succeeded. A metric is of the runs of its own task only, and null where none has it.',
})
export class MetricsSummaryType implements Readonly<Record<Figure, MetricStatsType | null>> {
  /** Of the filter: `latestChange` is of the runs of one name only. */
  datasetName!: string | null;

  @Field(() => Int, { description: 'How many runs the figures are of: at most `limit`.' })
  count!: number;

  @Field(() => Int)
  classificationCount!: number;

  @Field(() => Int)
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
    description:
      'From start to end, of the runs of both tasks; filter by task, or by algorithm, to compare like with like.',
  })
  durationSeconds!: MetricStatsType | null;

  @Cost({ hasPageOfFieldAbove: true })
  @Field(() => [MetricTrendPointType], { description: 'The very runs that the figures are of, newest first.' })
  trends!: readonly MetricTrendPointType[];
}
