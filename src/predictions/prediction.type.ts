import { Field, Float, ID, ObjectType } from 'type-graphql';
import { Cost } from '../api/graphql/field-cost.ts';
import { TaskEnum } from '../datasets/dataset.type.ts';
import type { Task } from '../ml/task.ts';
import type { JsonRow } from './check-rows.ts';

@ObjectType('LabelProbability')
export class LabelProbabilityType {
  @Field(() => String)
  label!: string;

  @Field(() => Float, { description: 'From 0 to 1; those of all labels sum to 1.' })
  probability!: number;
}

@ObjectType('PredictionWarning', { description: 'What was done with a value that the model has learnt nothing about.' })
export class PredictionWarningType {
  @Field(() => String)
  column!: string;

  @Field(() => String, {
    description:
      'MISSING_VALUE: null, or a text that stands for a missing value. UNSEEN_VALUE: a category that was not among the training rows, or too rarely. UNKNOWN_COLUMN: a column that the model does not read, such as an id or the target.',
  })
  code!: string;

  @Field(() => String)
  message!: string;
}

@ObjectType('Contribution', { description: 'How far one column moves a prediction.' })
export class ContributionType {
  @Field(() => String, { description: 'Name of the column.' })
  feature!: string;

  @Field(() => String, { nullable: true, description: 'Its value in the row; null for a missing one.' })
  value!: string | null;

  @Field(() => Float, { description: 'In the unit of the base. Positive: towards the label, or a larger value.' })
  contribution!: number;
}

@ObjectType('Prediction', { description: 'What a model says of one row.' })
export class PredictionType {
  @Field(() => String, { nullable: true, description: 'Classification: the most probable label.' })
  label!: string | null;

  @Field(() => Float, { nullable: true, description: 'Regression: the value, in the unit of the target.' })
  value!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Regression by a model that was trained with folds: where an interval begins that is to hold 90 % of actual values.',
  })
  low!: number | null;

  @Field(() => Float, { nullable: true, description: 'Where that interval ends.' })
  high!: number | null;

  @Cost({ items: 10 })
  @Field(() => [LabelProbabilityType], {
    nullable: true,
    description: 'Classification: the probability of every label, the most probable first.',
  })
  probabilities!: LabelProbabilityType[] | null;

  @Cost({ items: 5 })
  @Field(() => [PredictionWarningType], {
    description: 'Values that were missing, unseen in training, or not read by the model. They are no errors.',
  })
  warnings!: PredictionWarningType[];

  /** What was predicted, for contributions; no field of the API. */
  query!: { readonly artifactId: string; readonly row: JsonRow };
}

@ObjectType('PredictionResult')
export class PredictionResultType {
  @Field(() => ID)
  artifactId!: string;

  @Field(() => TaskEnum)
  task!: Task;

  @Cost({ hasPageOfFieldAbove: true })
  @Field(() => [PredictionType], { description: 'One for each row, in the same order.' })
  predictions!: PredictionType[];
}
