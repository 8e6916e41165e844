import { Field, ID, Int, ObjectType } from 'type-graphql';
import { connectionType } from '../api/graphql/pagination.ts';
import { DateTime, SafeInt } from '../api/graphql/scalars.ts';

@ObjectType('Artifact', { description: 'The file of a trained model, with its preprocessing.' })
export class ArtifactType {
  @Field(() => ID)
  id!: string;

  @Field(() => ID)
  runId!: string;

  @Field(() => String, { description: 'TRAINYARD_JSON: docs/model-format.md.' })
  format!: string;

  @Field(() => SafeInt)
  sizeBytes!: number;

  @Field(() => String)
  sha256!: string;

  @Field(() => Boolean)
  pinned!: boolean;

  @Field(() => DateTime)
  createdAt!: Date;
}

@ObjectType('DeletedArtifact')
export class DeletedArtifactType {
  @Field(() => ID)
  id!: string;

  @Field(() => Boolean)
  deleted!: boolean;

  @Field(() => Int, { description: '0 where another artifact of the workspace has the very same bytes.' })
  filesRemoved!: number;

  @Field(() => Int, { description: 'Files that were to be removed and were not there.' })
  filesMissing!: number;

  @Field(() => SafeInt)
  bytesReclaimed!: number;
}

export const ArtifactConnection = connectionType('Artifact', () => ArtifactType);
