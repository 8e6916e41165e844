import { Field, Float, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { SafeInt } from '../../api/graphql/scalars.ts';
import { IMPORTANCE_METHODS, type ImportanceMethod } from '../../ml/importances/feature-importance.ts';

const ImportanceMethodEnum = registerEnum(IMPORTANCE_METHODS, 'ImportanceMethod', 'How an importance was measured.', {
  PERMUTATION: 'Permutation importance on test rows; measured for the columns with the largest gain.',
  GAIN: 'Total gain of the splits or weights of the column; used for all other columns.',
});

@ObjectType('FeatureImportance')
export class FeatureImportanceType {
  @Field(() => String, { description: 'The name of the column.' })
  feature!: string;

  @Field(() => ImportanceMethodEnum)
  method!: ImportanceMethod;

  @Field(() => Float, {
    description:
      'PERMUTATION: increase in log-loss (CLASSIFICATION) or decrease in R2 (REGRESSION) when the column is permuted; for runs without `rows`, decrease in accuracy. GAIN: same as `gain`.',
  })
  importance!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Standard error of the importance, over rows and permutations; null for GAIN.',
  })
  stddev!: number | null;

  @Field(() => Float, {
    description:
      'Share of the total training gain due to this column; for LINEAR, share of the absolute standardized weights; for imported models, share of the splits. All shares sum to 1.',
  })
  gain!: number;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the importance is indistinguishable from noise; null for GAIN.',
  })
  isNoise!: boolean | null;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'Number of test rows used for the permutation; null for GAIN, and for runs of earlier versions.',
  })
  rows!: number | null;
}
