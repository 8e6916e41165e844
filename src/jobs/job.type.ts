import { Field, Float, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import { registerEnum } from '../api/graphql/enums.ts';
import { DateTime } from '../api/graphql/scalars.ts';
import { RUN_STAGES, RUN_STATUSES, type RunStage, type RunStatus } from './job-status.ts';

export const RunStatusEnum = registerEnum(RUN_STATUSES, 'RunStatus', 'The status of a run.', {
  QUEUED: 'Waiting for a worker.',
  RUNNING: 'A worker is training it.',
  SUCCEEDED: 'Ended with a model and metrics.',
  FAILED: 'Ended with an error.',
  CANCELLED: 'Cancelled; nothing was kept.',
});
export const RunStageEnum = registerEnum(RUN_STAGES, 'RunStage', 'What a run is currently doing.', {
  WAITING: 'Waiting in the queue.',
  LOADING: 'Reading the dataset.',
  PREPARING: 'Splitting the rows and preprocessing the features.',
  FITTING: 'Training the model.',
  EVALUATING: 'Evaluating the model on the test rows.',
  SAVING: 'Storing the model.',
  DONE: 'The run has ended.',
});

@ObjectType('RunError')
export class RunErrorType {
  @Field(() => String, { description: 'A code from the tables in docs/errors.md.' })
  code!: string;

  @Field(() => String, { description: 'What went wrong.' })
  message!: string;

  @Field(() => String, { nullable: true, description: 'What to do about it.' })
  hint!: string | null;
}

@InterfaceType('Job', {
  description: 'Work in the background: the same life, whatever it is about.',
  resolveType: ({ __typename }: { readonly __typename: string }) => __typename,
})
export abstract class JobType {
  @Field(() => ID)
  id!: string;

  @Field(() => RunStatusEnum)
  status!: RunStatus;

  @Field(() => RunStageEnum)
  stage!: RunStage;

  @Field(() => Float, { description: '0 to 1; never decreases within an attempt.' })
  progress!: number;

  @Field(() => Float, { nullable: true, description: 'Estimated seconds until it ends; null when unknown.' })
  etaSeconds!: number | null;

  @Field(() => Int, { nullable: true, description: 'Position in the queue, 1 is next; null unless QUEUED.' })
  queuePosition!: number | null;

  @Field(() => Int, { description: 'Number of the current or last attempt; 0 before the first.' })
  attempt!: number;

  @Field(() => DateTime, { nullable: true, description: 'When a user asked to cancel it.' })
  cancelRequestedAt!: Date | null;

  @Field(() => RunErrorType, { nullable: true, description: 'Set when it has FAILED.' })
  error!: RunErrorType | null;

  @Field(() => DateTime, { description: 'When it was queued.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When a worker first started it.' })
  startedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it ended.' })
  finishedAt!: Date | null;
}
