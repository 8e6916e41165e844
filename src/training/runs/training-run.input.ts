import { Field, Float, ID, InputType, Int } from 'type-graphql';
import { TaskEnum } from '../../datasets/dataset.type.ts';
import type { AlgorithmName } from '../../ml/registry.ts';
import type { SplitRequest } from '../../ml/split/split.ts';
import type { Task } from '../../ml/task.ts';
import { ClassWeightEnum } from '../algorithms/algorithm.type.ts';
import { AlgorithmNameEnum, ArchivedFilterEnum, RunStatusEnum, SplitStrategyEnum } from './training-run.type.ts';
import type { ARCHIVED_FILTERS } from './training-run-query.ts';
import type { RunStatus } from './training-run-status.ts';

@InputType({ description: 'Which rows are kept from fitting, to measure the model on.' })
export class SplitInput {
  @Field(() => SplitStrategyEnum, { defaultValue: 'RANDOM' })
  strategy!: SplitRequest['strategy'];

  @Field(() => Float, { defaultValue: 0.2 })
  testFraction!: number;

  @Field(() => String, { nullable: true, description: 'For the strategies COLUMN, GROUP and TIME.' })
  column?: string | null;

  @Field(() => Int, { defaultValue: 0 })
  seed!: number;
}

@InputType({
  description:
    'Each algorithm takes some of these; one that it does not take is an error that says so. Defaults: `algorithms`.',
})
export class ParametersInput {
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

  @Field(() => Float, { nullable: true })
  minLeafHessian?: number | null;

  @Field(() => Int, { nullable: true })
  maxIterations?: number | null;

  @Field(() => Int, { nullable: true })
  maxBins?: number | null;

  @Field(() => ClassWeightEnum, { nullable: true })
  classWeight?: 'NONE' | 'BALANCED' | null;

  @Field(() => Int, { nullable: true, description: "Of the fitting; SplitInput.seed is the split's." })
  seed?: number | null;

  @Field(() => Int, { nullable: true, description: 'Then it stops and keeps the best so far.' })
  timeBudgetSeconds?: number | null;
}

@InputType()
export class StartTrainingInput {
  @Field(() => ID)
  datasetId!: string;

  @Field(() => String, { nullable: true, description: "Default: the dataset's suggestedTarget." })
  target?: string | null;

  @Field(() => TaskEnum, { nullable: true, description: 'Default: from the target column.' })
  task?: Task | null;

  @Field(() => AlgorithmNameEnum, { nullable: true, description: 'Default: the one with isDefault.' })
  algorithm?: AlgorithmName | null;

  @Field(() => [String], { nullable: true, description: 'Default: every usable column but the target.' })
  features?: string[] | null;

  @Field(() => ParametersInput, { nullable: true })
  parameters?: ParametersInput | null;

  @Field(() => SplitInput, { nullable: true })
  split?: SplitInput | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Of two labels, the one that precision-recall, ROC and calibration speak of. Default: the one that reads true, yes or 1 if just one does, else the rarer one, else the later one. Evaluation.positiveClass names it.',
  })
  positiveClass?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The same key with the same input within 24 hours: the same run. With another input: IDEMPOTENCY_CONFLICT.',
  })
  idempotencyKey?: string | null;
}

@InputType()
export class TrainingRunFilter {
  @Field(() => [RunStatusEnum], { nullable: true })
  statuses?: RunStatus[] | null;

  @Field(() => ID, { nullable: true })
  datasetId?: string | null;

  @Field(() => String, { nullable: true })
  datasetName?: string | null;

  @Field(() => TaskEnum, { nullable: true })
  task?: Task | null;

  @Field(() => AlgorithmNameEnum, { nullable: true })
  algorithm?: AlgorithmName | null;

  @Field(() => ArchivedFilterEnum, { defaultValue: 'EXCLUDE' })
  archived!: (typeof ARCHIVED_FILTERS)[number];
}
