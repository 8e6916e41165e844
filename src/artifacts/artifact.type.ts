import { Field, ID, Int, ObjectType } from 'type-graphql';
import { NodeType } from '../api/graphql/node.ts';
import { connectionType } from '../api/graphql/pagination.ts';
import { DateTime, SafeInt } from '../api/graphql/scalars.ts';

@ObjectType('Artifact', {
  description: 'The file of a trained model, including its preprocessing.',
  implements: NodeType,
})
export class ArtifactType {
  @Field(() => ID)
  id!: string;

  @Field(() => ID)
  runId!: string;

  @Field(() => String, { description: 'TRAINYARD_JSON: see docs/model-format.md.' })
  format!: string;

  @Field(() => SafeInt, { description: 'Size of the model file.' })
  sizeBytes!: number;

  @Field(() => String, { description: 'SHA-256 of the model file, in hexadecimal.' })
  sha256!: string;

  @Field(() => Boolean, { description: 'A pinned model is never removed automatically.' })
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

  @Field(() => Int, { description: '0 when another artifact of the workspace has the same content.' })
  filesRemoved!: number;

  @Field(() => Int, { description: 'Files that should have been removed but were not found.' })
  filesMissing!: number;

  @Field(() => SafeInt, { description: 'Disk space freed.' })
  bytesReclaimed!: number;
}

export const ArtifactConnection = connectionType('Artifact', () => ArtifactType);
