import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { CANDIDATE_STATUSES, type CandidateStatus } from '../../ml/auto/candidate.ts';
import type { AlgorithmName } from '../../ml/registry.ts';
import { AlgorithmNameEnum, ParametersType } from '../algorithms/parameters.type.ts';
import { MetricValueType } from '../runs/metrics.type.ts';

const CandidateStatusEnum = registerEnum(CANDIDATE_STATUSES, 'CandidateStatus', 'How far a candidate got.', {
  WAITING: 'Its turn has not come.',
  RUNNING: 'Its folds are being fitted.',
  DONE: 'All of its folds have been fitted; it may be part of the blend.',
  DROPPED: 'It was clearly worse than others.',
  SKIPPED:
    'It was left out, or given up: for lack of time, because others had brought no gain, or because the run was stopped.',
  FAILED: 'The algorithm does not take these rows.',
});

@ObjectType('Candidate', { description: 'One model that an AUTO run tries.' })
export class CandidateType {
  @Field(() => ID, { description: 'The same as long as the run exists.' })
  id!: string;

  @Field(() => String, { description: 'Unlike those of the others of the run.' })
  name!: string;

  @Field(() => AlgorithmNameEnum)
  algorithm!: AlgorithmName;

  @Field(() => ParametersType, { description: 'Its parameters, with all defaults filled in.' })
  settings!: ParametersType;

  @Field(() => CandidateStatusEnum)
  status!: CandidateStatus;

  @Field(() => String, { nullable: true, description: 'Of DROPPED, SKIPPED and FAILED: why.' })
  reason!: string | null;

  @Field(() => Int, { description: 'How many folds have been fitted.' })
  foldsDone!: number;

  @Field(() => Int, { description: 'How many folds there are.' })
  folds!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'Mean log-loss, or mean squared error, of the rows that its folds have predicted; null before the first.',
  })
  loss!: number | null;

  @Field(() => Float, { nullable: true, description: 'Lower bound of the 95 % confidence interval of the loss.' })
  low!: number | null;

  @Field(() => Float, { nullable: true, description: 'Upper bound of the 95 % confidence interval of the loss.' })
  high!: number | null;

  @Field(() => MetricValueType, { nullable: true, description: 'Accuracy or R2 of the same rows.' })
  score!: MetricValueType | null;

  @Field(() => Float, { nullable: true, description: 'Seconds that fitting its folds has taken.' })
  fitSeconds!: number | null;

  @Field(() => Float, { nullable: true, description: 'Microseconds that predicting a row takes.' })
  predictMicroseconds!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Its weight in the best model so far, 0 to 1; those of all candidates sum to 1. Null before it is DONE.',
  })
  weight!: number | null;
}
