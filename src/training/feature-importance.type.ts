import { Field, Float, ObjectType } from 'type-graphql';
import { registerEnum } from '../api/enums.ts';
import { IMPORTANCE_METHODS, type ImportanceMethod } from '../ml/importances/feature-importance.ts';

const ImportanceMethodEnum = registerEnum(IMPORTANCE_METHODS, 'ImportanceMethod', 'How an importance was found.', {
  PERMUTATION: 'By shuffling the column among test rows: the columns of largest gain.',
  GAIN: 'By what the fitting gained: all other columns.',
});

@ObjectType('FeatureImportance')
export class FeatureImportanceType {
  @Field(() => String)
  feature!: string;

  @Field(() => ImportanceMethodEnum)
  method!: ImportanceMethod;

  @Field(() => Float, {
    description:
      'PERMUTATION: what of the primary metric is lost when the column is shuffled. GAIN: the same as `gain`.',
  })
  importance!: number;

  @Field(() => Float, { nullable: true, description: 'Of the importance, over several shuffles; null for GAIN.' })
  stddev!: number | null;

  @Field(() => Float, {
    description:
      'The share of all that fitting gained by this column; for LINEAR of the size of the standardised weights. All of a model sum to 1.',
  })
  gain!: number;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the importance cannot be told from chance; null for GAIN.',
  })
  isNoise!: boolean | null;
}
