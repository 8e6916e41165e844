import { Field, Float, ID, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { NodeType } from '../../api/graphql/node.ts';
import { connectionType } from '../../api/graphql/pagination.ts';
import { SafeInt } from '../../api/graphql/scalars.ts';
import { JobType } from '../../jobs/job.type.ts';
import type { QueueForecast } from '../../jobs/queue/queue-forecast.ts';
import { DRIFT_VERDICTS, type DriftVerdict } from '../../ml/drift/stability-index.ts';
import { EvaluationType } from '../../training/evaluations/evaluation.type.ts';
import { MetricsType } from '../../training/runs/metrics.type.ts';
import { PredictionWarningType } from '../prediction.type.ts';

const DriftVerdictEnum = registerEnum(DRIFT_VERDICTS, 'DriftVerdict', 'How far a column has drifted.', {
  NONE: 'Not more than chance makes of so few rows, or hardly.',
  MODERATE: 'Its population stability index is 0.1 or more above what chance makes of it.',
  STRONG: 'The same from 0.25: it is time to train again.',
});

@ObjectType('PredictedRow', { description: 'One row of a batch prediction.' })
export class PredictedRowType {
  @Field(() => SafeInt, { description: 'Number of the row in the file; the first row of data is 1.' })
  row!: number;

  @Field(() => String, { nullable: true, description: 'Classification: the most probable label.' })
  label!: string | null;

  @Field(() => Float, { nullable: true, description: 'Regression: the value, in the unit of the target.' })
  value!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Regression by a model that was trained with folds: where the interval around the value begins.',
  })
  low!: number | null;

  @Field(() => Float, { nullable: true, description: 'Where that interval ends.' })
  high!: number | null;

  @Field(() => Float, { nullable: true, description: 'Classification: the probability of the label.' })
  probability!: number | null;
}

@ObjectType('ColumnDrift', { description: 'How the values of a column differ from those of the training rows.' })
export class ColumnDriftType {
  @Field(() => String, { description: 'Name of the column; that of the target stands for the predictions.' })
  column!: string;

  @Field(() => Float, { description: 'The population stability index.' })
  statistic!: number;

  @Field(() => Float, { description: 'Share of the training rows without a value.' })
  missingBefore!: number;

  @Field(() => Float, { description: 'Share of the rows of the dataset without a value.' })
  missingNow!: number;

  @Field(() => Float, {
    description:
      'Share of the rows whose value is none of the known categories, or beyond the range of the training rows.',
  })
  unseenRatio!: number;

  @Field(() => DriftVerdictEnum)
  verdict!: DriftVerdict;
}

@ObjectType('BatchPrediction', {
  description: 'A model applied to all rows of a dataset, as a job.',
  implements: [NodeType, JobType],
})
export class BatchPredictionType extends JobType {
  @Field(() => ID, { nullable: true, description: 'Null once the model has been deleted.' })
  artifactId!: string | null;

  @Field(() => ID, { nullable: true })
  datasetId!: string | null;

  @Field(() => SafeInt, { nullable: true, description: 'Null until SUCCEEDED.' })
  rowCount!: number | null;

  @Field(() => SafeInt, { nullable: true, description: 'Size of the file with the predictions; null until SUCCEEDED.' })
  sizeBytes!: number | null;

  @Cost({ items: 20 })
  @Field(() => [PredictionWarningType], { description: 'What is remarkable about the rows, by column.' })
  warnings!: readonly PredictionWarningType[];

  @Cost({ items: 20 })
  @Field(() => [PredictedRowType], { description: 'The first 20 rows.' })
  preview!: readonly PredictedRowType[];

  @Field(() => MetricsType, {
    nullable: true,
    description:
      'Where the dataset holds the target: how good the predictions are on the rows that the model was not trained on.',
  })
  metrics!: MetricsType | null;

  @Cost({ weight: 100 })
  @Field(() => EvaluationType, { nullable: true, description: 'Where metrics is not null: on the same rows.' })
  evaluation!: EvaluationType | null;

  @Cost({ items: 20 })
  @Field(() => [ColumnDriftType], {
    nullable: true,
    description:
      'For each column that the model reads, and for the predictions. Null until SUCCEEDED, and for models without a training profile.',
  })
  drift!: readonly ColumnDriftType[] | null;

  /** As far as it was read with the row. */
  forecast!: QueueForecast | null;
}

export const BatchPredictionConnection = connectionType('BatchPrediction', () => BatchPredictionType);

@ObjectType('DeletedBatchPrediction')
export class DeletedBatchPredictionType {
  @Field(() => ID)
  id!: string;

  @Field(() => Boolean)
  deleted!: boolean;
}
