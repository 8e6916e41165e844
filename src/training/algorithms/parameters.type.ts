import { Field, Float, Int, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { ALGORITHM_NAMES } from '../../ml/registry.ts';

export const AlgorithmNameEnum = registerEnum(
  ALGORITHM_NAMES,
  'AlgorithmName',
  'The algorithms; the query `algorithms` describes them.',
);

export const ClassWeightEnum = registerEnum(
  ['NONE', 'BALANCED'],
  'ClassWeight',
  'BALANCED weights every class equally, however rare it is.',
);

export const LOSSES = ['LOG_LOSS', 'SQUARED', 'POISSON', 'QUANTILE'] as const;
export const LossEnum = registerEnum(
  LOSSES,
  'Loss',
  'What the training lowers; by default LOG_LOSS or SQUARED, by the task.',
);

@ObjectType('Parameters', {
  description:
    'The fields of ParametersInput as they were used; null where the algorithm does not take one, or sets no limit.',
})
export class ParametersType {
  @Field(() => Int, { nullable: true })
  maxDepth?: number | null;

  @Field(() => Int, { nullable: true })
  minSamplesLeaf?: number | null;

  @Field(() => Int, { nullable: true })
  maxLeaves?: number | null;

  @Field(() => Float, { nullable: true })
  pruningAlpha?: number | null;

  @Field(() => Int, { nullable: true })
  trees?: number | null;

  @Field(() => Float, { nullable: true })
  featureFraction?: number | null;

  @Field(() => Float, { nullable: true })
  rowFraction?: number | null;

  @Field(() => Float, { nullable: true })
  learningRate?: number | null;

  @Field(() => Int, { nullable: true })
  earlyStoppingRounds?: number | null;

  @Field(() => Float, { nullable: true })
  l2?: number | null;

  @Field(() => LossEnum, { nullable: true })
  loss?: (typeof LOSSES)[number] | null;

  @Field(() => Float, { nullable: true })
  quantile?: number | null;

  @Field(() => Float, { nullable: true })
  l1?: number | null;

  @Field(() => Boolean, { nullable: true })
  randomThresholds?: boolean | null;

  @Field(() => Boolean, { nullable: true })
  sharedTrees?: boolean | null;

  @Field(() => Boolean, { nullable: true })
  linearLeaves?: boolean | null;

  @Field(() => Float, { nullable: true })
  minLeafHessian?: number | null;

  @Field(() => Int, { nullable: true })
  maxIterations?: number | null;

  @Field(() => Int, { nullable: true })
  maxBins?: number | null;

  @Field(() => ClassWeightEnum, { nullable: true })
  classWeight?: 'NONE' | 'BALANCED' | null;

  @Field(() => Int, { nullable: true })
  seed?: number | null;

  @Field(() => Int, { nullable: true })
  timeBudgetSeconds?: number | null;

  @Field(() => Int, { nullable: true })
  folds?: number | null;

  @Field(() => Int, { nullable: true })
  maxCandidates?: number | null;
}
