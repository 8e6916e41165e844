import { Field, Float, ID, InputType, Int } from 'type-graphql';
import { JSONObject } from '../../api/graphql/scalars.ts';
import { TaskEnum } from '../../datasets/dataset.type.ts';
import { RunStatusEnum } from '../../jobs/job.type.ts';
import type { RunStatus } from '../../jobs/job-status.ts';
import type { AlgorithmName } from '../../ml/registry.ts';
import type { SplitRequest } from '../../ml/split/split.ts';
import type { Task } from '../../ml/task.ts';
import { MonotoneInput } from '../algorithms/monotone.type.ts';
import { ClassWeightEnum, type LOSSES, LossEnum } from '../algorithms/parameters.type.ts';
import type { TrainingEngine } from '../distributed/engine.ts';
import { TrainingEngineEnum } from '../distributed/hosts/training-host.type.ts';
import { AlgorithmNameEnum, ArchivedFilterEnum, SplitStrategyEnum } from './training-run.type.ts';
import type { ARCHIVED_FILTERS } from './training-run-query.ts';

@InputType({ description: 'How the test rows are chosen, on which the model is evaluated.' })
export class SplitInput {
  @Field(() => SplitStrategyEnum, {
    defaultValue: 'RANDOM',
    description: 'How rows become test rows.',
  })
  strategy!: SplitRequest['strategy'];

  @Field(() => Float, { defaultValue: 0.2, description: 'Share of the rows that become test rows, between 0 and 1.' })
  testFraction!: number;

  @Field(() => String, { nullable: true, description: 'Required for the strategies COLUMN, GROUP and TIME.' })
  column?: string | null;

  @Field(() => Int, { defaultValue: 0, description: 'Seed of the random split.' })
  seed!: number;
}

@InputType({
  description:
    'Parameters of the algorithms. A parameter that the algorithm does not take is an error. See `algorithms` for parameters and defaults.',
})
export class ParametersInput {
  @Field(() => Int, { nullable: true, description: 'Maximum depth of a tree.' })
  maxDepth?: number | null;

  @Field(() => Int, { nullable: true, description: 'Minimum number of training rows in a leaf.' })
  minSamplesLeaf?: number | null;

  @Field(() => Int, { nullable: true, description: 'Maximum number of leaves of a tree.' })
  maxLeaves?: number | null;

  @Field(() => Float, { nullable: true, description: 'Strength of cost-complexity pruning.' })
  pruningAlpha?: number | null;

  @Field(() => Int, { nullable: true, description: 'Number of trees.' })
  trees?: number | null;

  @Field(() => Float, { nullable: true, description: 'Share of the features considered at each split or tree.' })
  featureFraction?: number | null;

  @Field(() => Float, { nullable: true, description: 'Share of the training rows drawn for each tree.' })
  rowFraction?: number | null;

  @Field(() => Float, { nullable: true, description: "Shrinkage of each tree's contribution." })
  learningRate?: number | null;

  @Field(() => Int, { nullable: true, description: 'Stop after this many rounds without a better validation loss.' })
  earlyStoppingRounds?: number | null;

  @Field(() => Float, { nullable: true, description: 'Strength of L2 regularization.' })
  l2?: number | null;

  @Field(() => LossEnum, {
    nullable: true,
    description: 'What is lowered. Default: LOG_LOSS for labels, else SQUARED.',
  })
  loss?: (typeof LOSSES)[number] | null;

  @Field(() => Float, {
    nullable: true,
    description: 'With the loss QUANTILE: the share of rows below the prediction.',
  })
  quantile?: number | null;

  @Field(() => Float, { nullable: true, description: 'Strength of L1 regularization.' })
  l1?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Try one random threshold per feature at each split.' })
  randomThresholds?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'With more than two labels: one tree for all of them in each round.',
  })
  sharedTrees?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Leaves are linear functions of the numeric features on their paths instead of numbers.',
  })
  linearLeaves?: boolean | null;

  @Field(() => Float, { nullable: true, description: 'Minimum sum of second derivatives in a leaf.' })
  minLeafHessian?: number | null;

  @Field(() => Int, { nullable: true, description: 'Maximum number of solver iterations.' })
  maxIterations?: number | null;

  @Field(() => Int, { nullable: true, description: 'Maximum number of histogram bins per feature.' })
  maxBins?: number | null;

  @Field(() => ClassWeightEnum, { nullable: true, description: 'How the classes are weighted.' })
  classWeight?: 'NONE' | 'BALANCED' | null;

  @Field(() => Int, { nullable: true, description: 'Seed of the training; the seed of the split is SplitInput.seed.' })
  seed?: number | null;

  @Field(() => Int, { nullable: true, description: 'Training stops after this time and keeps the best model so far.' })
  timeBudgetSeconds?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Cross-validation inside the training rows, for every algorithm: so many more models are fitted. See Evaluation.crossValidation.',
  })
  folds?: number | null;

  @Field(() => Int, { nullable: true, description: 'AUTO: the number of models to try at most.' })
  maxCandidates?: number | null;
}

@InputType()
export class StartTrainingInput {
  @Field(() => ID, { description: 'The dataset to train on.' })
  datasetId!: string;

  @Field(() => String, {
    nullable: true,
    description: "The column to predict. Default: the dataset's suggestedTarget.",
  })
  target?: string | null;

  @Field(() => TaskEnum, { nullable: true, description: 'Default: derived from the target column.' })
  task?: Task | null;

  @Field(() => AlgorithmNameEnum, { nullable: true, description: 'Default: the algorithm with isDefault.' })
  algorithm?: AlgorithmName | null;

  @Field(() => [String], {
    nullable: true,
    description: 'The columns to learn from. Default: every usable column except the target.',
  })
  features?: string[] | null;

  @Field(() => ParametersInput, {
    nullable: true,
    description: 'Parameters of the algorithm. Defaults: see `algorithms`.',
  })
  parameters?: ParametersInput | null;

  @Field(() => SplitInput, { nullable: true, description: 'How the test rows are chosen. Default: 20 % at random.' })
  split?: SplitInput | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Binary classification: the label that precision-recall, ROC and calibration refer to. Default: the label that reads true, yes or 1 if exactly one does, else the rarer one, else the later one. Evaluation.positiveClass names it.',
  })
  positiveClass?: string | null;

  @Field(() => [MonotoneInput], {
    nullable: true,
    description:
      'For DECISION_TREE and GRADIENT_BOOSTING, of numbers or two labels: columns as which rise, predictions never fall, or never rise. Of two labels it is the probability of the positive class. Missing values have no place in the order. At most 100.',
  })
  monotone?: MonotoneInput[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A NUMERIC column of weights from 0, by which rows count in fitting; not a feature. A row of weight 2 counts as two, one of weight 0 is left out. Metrics count test rows alike.',
  })
  weightColumn?: string | null;

  @Field(() => TrainingEngineEnum, {
    nullable: true,
    description:
      'What trains. Default: LOCAL, but DISTRIBUTED for GRADIENT_BOOSTING on a table that is too large for one host, while enough hosts live. ENGINE_UNAVAILABLE if DISTRIBUTED is asked for without them. See TrainingHost.',
  })
  engine?: TrainingEngine | null;

  @Field(() => Boolean, {
    defaultValue: false,
    nullable: true,
    description:
      'Delivers a model that is fitted again to all rows, the test rows too, with what the first fitting found, such as the number of rounds. Metrics and evaluation are those of the first model, which has not seen the test rows. See TrainingRun.refitted.',
  })
  refit?: boolean | null;

  @Field(() => JSONObject, {
    nullable: true,
    description:
      'AUTO: the plan that an earlier run has carried out, as its model card has it, to make the same model again, however long it takes.',
  })
  plan?: Record<string, unknown> | null;

  @Field(() => String, { nullable: true, description: 'What to call the run: 1 to 200 characters.' })
  name?: string | null;

  @Field(() => [String], { nullable: true, description: 'At most 20, of 1 to 50 characters each.' })
  tags?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Within 24 hours the same key with the same input returns the same run; with another input, IDEMPOTENCY_CONFLICT.',
  })
  idempotencyKey?: string | null;
}

@InputType()
export class TrainingRunFilter {
  @Field(() => [RunStatusEnum], { nullable: true, description: 'Runs with one of these statuses.' })
  statuses?: RunStatus[] | null;

  @Field(() => ID, { nullable: true, description: 'Runs on this version of a dataset.' })
  datasetId?: string | null;

  @Field(() => String, { nullable: true, description: 'Runs on any version of the dataset with exactly this name.' })
  datasetName?: string | null;

  @Field(() => TaskEnum, { nullable: true })
  task?: Task | null;

  @Field(() => AlgorithmNameEnum, { nullable: true })
  algorithm?: AlgorithmName | null;

  @Field(() => String, { nullable: true, description: 'Runs that predict exactly this column.' })
  target?: string | null;

  @Field(() => String, { nullable: true, description: 'Runs that have exactly this tag.' })
  tag?: string | null;

  @Field(() => ArchivedFilterEnum, { defaultValue: 'EXCLUDE', description: 'Whether archived runs are listed.' })
  archived!: (typeof ARCHIVED_FILTERS)[number];
}
