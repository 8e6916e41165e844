import { Field, ID, Int, ObjectType } from 'type-graphql';
import { SafeInt } from '../../api/graphql/scalars.ts';

@ObjectType('DeletedTrainingRun')
export class DeletedTrainingRunType {
  @Field(() => ID)
  id!: string;

  @Field(() => Boolean)
  deleted!: boolean;

  @Field(() => Int, { description: '0 when it had no model, or another one of the workspace has the same content.' })
  filesRemoved!: number;

  @Field(() => Int, { description: 'Files that should have been removed but were not found.' })
  filesMissing!: number;

  @Field(() => SafeInt, { description: 'Disk space freed.' })
  bytesReclaimed!: number;
}
