import { Field, Float, ObjectType } from 'type-graphql';
import { Cost } from '../../api/graphql/field-cost.ts';
import { SafeInt } from '../../api/graphql/scalars.ts';

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

  @Cost({ items: 500 })
  @Field(() => [ResidualPointType], { nullable: true, description: 'REGRESSION; a sample of at most 500 test rows.' })
  residuals!: readonly ResidualPointType[] | null;
}
