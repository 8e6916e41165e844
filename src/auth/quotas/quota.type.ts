import { Field, Int, ObjectType } from 'type-graphql';
import { SafeInt } from '../../api/graphql/scalars.ts';

@ObjectType('Quota', { description: 'What a workspace may have and do.' })
export class QuotaType {
  @Field(() => SafeInt, { description: 'Maximum size of a file.' })
  maxUploadBytes!: number;

  @Field(() => SafeInt, {
    description:
      'Maximum bytes of all uploaded files together, with those of open uploads; each counts, even if equal.',
  })
  maxTotalDatasetBytes!: number;

  @Field(() => SafeInt, {
    description:
      'Maximum bytes of the files of all batch predictions together; one that has not ended counts as its dataset.',
  })
  maxTotalPredictionBytes!: number;

  @Field(() => Int, { description: 'Unpinned models that are kept; beyond it, the oldest are removed.' })
  artifactRetention!: number;

  @Field(() => Int, { description: 'Beyond it, trainings wait.' })
  maxConcurrentRuns!: number;

  @Field(() => Int, { description: 'Beyond it, trainings are refused.' })
  maxQueuedRuns!: number;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'Beyond it, within 24 hours, trainings are refused. Null: no limit.',
  })
  maxTrainingSecondsPerDay!: number | null;

  @Field(() => Int, {
    description:
      'Open uploads of createUpload, and besides as many files that are uploaded or inspected in one request each; beyond it, further ones are refused.',
  })
  maxConcurrentUploads!: number;
}
