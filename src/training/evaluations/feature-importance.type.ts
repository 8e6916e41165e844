import { Field, Float, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { SafeInt } from '../../api/graphql/scalars.ts';
import { IMPORTANCE_METHODS, type ImportanceMethod } from '../../ml/importances/feature-importance.ts';

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
      'PERMUTATION: the log-loss that is added (CLASSIFICATION), or the R2 that is lost (REGRESSION), when the column is shuffled; of runs without `rows` the accuracy that is lost. GAIN: the same as `gain`.',
  })
  importance!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'The standard error of the importance, over rows and shuffles; null for GAIN.',
  })
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

  @Field(() => SafeInt, {
    nullable: true,
    description: 'How many test rows were predicted anew; null for GAIN, and for runs of before it was kept.',
  })
  rows!: number | null;
}
