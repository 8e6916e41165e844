import { Field, Float, Int, ObjectType } from 'type-graphql';
import { Cost } from '../../api/graphql/field-cost.ts';
import { SafeInt } from '../../api/graphql/scalars.ts';
import type { MetricName } from '../../ml/evaluation/metrics.ts';
import { MetricNameEnum, MetricsType } from '../runs/metrics.type.ts';

/** Maximum number of labels in a stored evaluation. */
const MAX_EVALUATED_LABELS = 500;

@ObjectType('ConfusionMatrix')
export class ConfusionMatrixType {
  @Cost({ items: MAX_EVALUATED_LABELS })
  @Field(() => [String], { description: "The model's labels, then labels that occur in the test rows only." })
  labels!: readonly string[];

  @Cost({ weight: 25_000 })
  @Field(() => [[SafeInt]], { description: 'counts[actual][predicted]' })
  counts!: readonly (readonly number[])[];
}

@ObjectType('ClassMetrics', { description: 'One-vs-rest metrics of one label.' })
export class ClassMetricsType {
  @Field(() => String)
  label!: string;

  @Field(() => Float, {
    description: 'Share of the rows predicted as this label that have it; 0 if the label was never predicted.',
  })
  precision!: number;

  @Field(() => Float, {
    description: 'Share of the rows with this label that were predicted as it; 0 if no test row has the label.',
  })
  recall!: number;

  @Field(() => Float, { description: 'Harmonic mean of precision and recall.' })
  f1!: number;

  @Field(() => SafeInt, { description: 'Number of test rows with this label.' })
  support!: number;
}

@ObjectType('RocCurvePoint')
export class RocCurvePointType {
  @Field(() => Float)
  falsePositiveRate!: number;

  @Field(() => Float)
  truePositiveRate!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Rows with at least this probability count as positive; null for the point where no row does.',
  })
  threshold!: number | null;
}

@ObjectType('PrecisionRecallPoint')
export class PrecisionRecallPointType {
  @Field(() => Float)
  recall!: number;

  @Field(() => Float)
  precision!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Rows with at least this probability count as positive; null for the point where no row does.',
  })
  threshold!: number | null;
}

@ObjectType('CalibrationBin', { description: 'Test rows with a similar predicted probability.' })
export class CalibrationBinType {
  @Field(() => Float, { description: 'Mean predicted probability of the rows in this bin.' })
  predicted!: number;

  @Field(() => Float, { description: 'Share of the rows in this bin that are positive.' })
  observed!: number;

  @Field(() => SafeInt, { description: 'Number of test rows in this bin.' })
  count!: number;
}

@ObjectType('ThresholdPoint', {
  description: 'What counting the rows of at least this probability of the positive class as positive comes to.',
})
export class ThresholdPointType {
  @Field(() => Float)
  threshold!: number;

  @Field(() => Float)
  precision!: number;

  @Field(() => Float)
  recall!: number;

  @Field(() => Float)
  f1!: number;

  @Field(() => Float)
  accuracy!: number;

  @Field(() => SafeInt)
  truePositives!: number;

  @Field(() => SafeInt)
  falsePositives!: number;

  @Field(() => SafeInt)
  falseNegatives!: number;

  @Field(() => SafeInt)
  trueNegatives!: number;
}

@ObjectType('IntervalCoverage', {
  description: 'The interval around the predictions of a regression, Prediction.low to high, on the test rows.',
})
export class IntervalCoverageType {
  @Field(() => Float, { description: 'How often an actual value is to lie within it: 0.9.' })
  level!: number;

  @Field(() => Float, { description: 'Half the width of the interval, in the unit of the target.' })
  radius!: number;

  @Field(() => Float, { description: 'The share of the test rows whose actual value does.' })
  coverage!: number;

  @Field(() => Float, { description: 'Lower bound of the 95 % confidence interval of the coverage.' })
  low!: number;

  @Field(() => Float, { description: 'Upper bound of it.' })
  high!: number;
}

@ObjectType('FoldScore', { description: 'A metric over the folds of a cross-validation.' })
export class FoldScoreType {
  @Field(() => MetricNameEnum)
  name!: MetricName;

  @Field(() => Boolean)
  higherIsBetter!: boolean;

  @Field(() => Float, { nullable: true, description: 'Over the folds where it is defined; null where there are none.' })
  mean!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Standard deviation over the folds; null for fewer than two values.',
  })
  stddev!: number | null;

  @Cost({ items: 20 })
  @Field(() => [Float], { nullable: 'items', description: 'Of each finished fold; null where it is undefined.' })
  values!: readonly (number | null)[];
}

@ObjectType('CrossValidation', {
  description: 'How models by the same parameters did on training rows that they were not fitted to.',
})
export class CrossValidationType {
  @Field(() => Int, { description: 'How many folds were asked for.' })
  folds!: number;

  @Field(() => Int, { description: 'How many were finished; fewer where the training was stopped.' })
  foldsDone!: number;

  @Field(() => MetricsType, { description: 'Of all training rows that a fold has predicted, together.' })
  metrics!: MetricsType;

  @Cost({ items: 11 })
  @Field(() => [FoldScoreType], { description: 'Every metric of the task, fold by fold.' })
  scores!: readonly FoldScoreType[];
}

@ObjectType('ResidualPoint')
export class ResidualPointType {
  @Field(() => Float, { description: 'The true value.' })
  actual!: number;

  @Field(() => Float, { description: 'The predicted value.' })
  predicted!: number;
}

@ObjectType('Evaluation', {
  description: 'How the model performs on the test rows, in detail. Fields that do not apply are null.',
})
export class EvaluationType {
  @Field(() => ConfusionMatrixType, { nullable: true, description: 'CLASSIFICATION with up to 500 labels.' })
  confusionMatrix!: ConfusionMatrixType | null;

  @Cost({ items: MAX_EVALUATED_LABELS })
  @Field(() => [ClassMetricsType], { nullable: true, description: 'CLASSIFICATION with up to 500 labels.' })
  perClass!: readonly ClassMetricsType[] | null;

  @Field(() => String, { nullable: true, description: 'The positive class of the curves; binary classification only.' })
  positiveClass!: string | null;

  @Cost({ items: 200 })
  @Field(() => [RocCurvePointType], { nullable: true, description: 'Binary classification only; at most 200 points.' })
  rocCurve!: readonly RocCurvePointType[] | null;

  @Cost({ items: 200 })
  @Field(() => [PrecisionRecallPointType], {
    nullable: true,
    description: 'Binary classification only; at most 200 points.',
  })
  precisionRecallCurve!: readonly PrecisionRecallPointType[] | null;

  @Cost({ items: 10 })
  @Field(() => [CalibrationBinType], { nullable: true, description: 'Binary classification only.' })
  calibration!: readonly CalibrationBinType[] | null;

  @Cost({ items: 200 })
  @Field(() => [ThresholdPointType], {
    nullable: true,
    description:
      'Binary classification with folds: by the training rows that folds have predicted, never by the test rows; at most 200 points, from the highest threshold to the lowest.',
  })
  thresholds!: readonly ThresholdPointType[] | null;

  @Cost({ items: 500 })
  @Field(() => [ResidualPointType], { nullable: true, description: 'REGRESSION; a sample of at most 500 test rows.' })
  residuals!: readonly ResidualPointType[] | null;

  @Field(() => IntervalCoverageType, {
    nullable: true,
    description: 'REGRESSION with folds: the intervals of the model, and what they hold.',
  })
  interval!: IntervalCoverageType | null;

  @Field(() => CrossValidationType, { nullable: true, description: 'Trained with folds: how these did.' })
  crossValidation!: CrossValidationType | null;
}
