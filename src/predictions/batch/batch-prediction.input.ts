import { Field, ID, InputType, Int } from 'type-graphql';
import { RunStatusEnum } from '../../jobs/job.type.ts';
import type { RunStatus } from '../../jobs/job-status.ts';

@InputType()
export class StartBatchPredictionInput {
  @Field(() => ID, { description: 'The model.' })
  artifactId!: string;

  @Field(() => ID, {
    description: 'The dataset whose rows are predicted. It must have every column that the model reads.',
  })
  datasetId!: string;

  @Field(() => Int, {
    defaultValue: 0,
    nullable: true,
    description: 'How many of the columns that moved each prediction most are written beside it; at most 10.',
  })
  contributions!: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Within 24 hours the same key with the same input returns the same batch prediction; with another input, IDEMPOTENCY_CONFLICT.',
  })
  idempotencyKey?: string | null;
}

@InputType()
export class BatchPredictionFilter {
  @Field(() => ID, { nullable: true, description: 'By this model.' })
  artifactId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of the rows of this dataset.' })
  datasetId?: string | null;

  @Field(() => [RunStatusEnum], { nullable: true, description: 'With one of these statuses.' })
  statuses?: RunStatus[] | null;
}
