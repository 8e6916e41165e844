import { Field, Float, ObjectType } from 'type-graphql';
import { ColumnKindEnum } from '../datasets/dataset.type.ts';
import type { ColumnKind } from '../tabular/types/column.ts';

@ObjectType('ModelInput', { description: 'A column that a model reads: what a form needs to ask for it.' })
export class ModelInputType {
  @Field(() => String)
  name!: string;

  @Field(() => ColumnKindEnum)
  kind!: ColumnKind;

  @Field(() => Float, {
    nullable: true,
    description: 'Smallest number of the training rows; of dates in milliseconds since 1970. Null for categories.',
  })
  min!: number | null;

  @Field(() => Float, { nullable: true, description: 'Largest number of the training rows.' })
  max!: number | null;

  @Field(() => Float, { nullable: true, description: 'Median of the training rows.' })
  median!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'How much worse the model gets without the column: see FeatureImportance. Null if it was not measured.',
  })
  importance!: number | null;

  /** All categories, for the field of that name; no field of the API. */
  allCategories!: readonly string[];
}
