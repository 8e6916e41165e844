import { Field, Float, ObjectType } from 'type-graphql';
import { Cost } from '../../api/graphql/field-cost.ts';
import { SafeInt } from '../../api/graphql/scalars.ts';
import type { Evaluation } from '../../ml/evaluation/evaluation.ts';
import { cutLabels } from '../runs/cut-labels.ts';

/** More labels are not told one by one: up to so many an evaluation keeps. */
const MAX_EVALUATED_LABELS = 500;

@ObjectType('ConfusionMatrix')
export class ConfusionMatrixType {
  @Cost({ items: MAX_EVALUATED_LABELS })
  @Field(() => [String], { description: "The model's labels, then those that only test rows have." })
  labels!: readonly string[];

  @Cost({ weight: 25_000 })
  @Field(() => [[SafeInt]], { description: 'counts[actual][predicted]' })
  counts!: readonly (readonly number[])[];
}

@ObjectType('ClassMetrics', { description: 'How well one label is told from all others.' })
export class ClassMetricsType {
  @Field(() => String)
  label!: string;

  @Field(() => Float, { description: '0 where the label was never predicted.' })
  precision!: number;

  @Field(() => Float, { description: '0 where no test row has the label.' })
  recall!: number;

  @Field(() => Float)
  f1!: number;

  @Field(() => SafeInt, { description: 'The number of test rows that have the label.' })
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
    description: 'Rows of at least this probability count as positive; null at the point where none does.',
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
    description: 'Rows of at least this probability count as positive; null at the point where none does.',
  })
  threshold!: number | null;
}

@ObjectType('CalibrationBin', { description: 'Test rows that were given about the same probability.' })
export class CalibrationBinType {
  @Field(() => Float, { description: 'The mean of their probabilities.' })
  predicted!: number;

  @Field(() => Float, { description: 'The share of them that are positive.' })
  observed!: number;

  @Field(() => SafeInt)
  count!: number;
}

@ObjectType('ResidualPoint')
export class ResidualPointType {
  @Field(() => Float)
  actual!: number;

  @Field(() => Float)
  predicted!: number;
}

@ObjectType('Evaluation', {
  description:
    'Where a model is right and where it is wrong, on the test rows. A list is null where it does not apply.',
})
export class EvaluationType {
  @Field(() => ConfusionMatrixType, { nullable: true, description: 'CLASSIFICATION, up to 500 labels.' })
  confusionMatrix!: ConfusionMatrixType | null;

  @Cost({ items: MAX_EVALUATED_LABELS })
  @Field(() => [ClassMetricsType], { nullable: true, description: 'CLASSIFICATION, up to 500 labels.' })
  perClass!: readonly ClassMetricsType[] | null;

  @Field(() => String, { nullable: true, description: 'The label that the curves are of: one of two.' })
  positiveClass!: string | null;

  @Cost({ items: 200 })
  @Field(() => [RocCurvePointType], { nullable: true, description: 'Of two labels; at most 200 points.' })
  rocCurve!: readonly RocCurvePointType[] | null;

  @Cost({ items: 200 })
  @Field(() => [PrecisionRecallPointType], { nullable: true, description: 'Of two labels; at most 200 points.' })
  precisionRecallCurve!: readonly PrecisionRecallPointType[] | null;

  @Cost({ items: 10 })
  @Field(() => [CalibrationBinType], { nullable: true, description: 'Of two labels.' })
  calibration!: readonly CalibrationBinType[] | null;

  @Cost({ items: 500 })
  @Field(() => [ResidualPointType], { nullable: true, description: 'REGRESSION; at most 500, evenly drawn.' })
  residuals!: readonly ResidualPointType[] | null;
}

const NOTHING: EvaluationType = {
  confusionMatrix: null,
  perClass: null,
  positiveClass: null,
  rocCurve: null,
  precisionRecallCurve: null,
  calibration: null,
  residuals: null,
};

/** A run's evaluation as the API shows it. */
export function toEvaluation(evaluation: Evaluation): EvaluationType {
  return { ...NOTHING, ...cutLabels(evaluation) };
}
