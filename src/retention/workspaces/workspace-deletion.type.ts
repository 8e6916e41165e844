import { Field, ID, ObjectType } from 'type-graphql';
import type { DeletionStatus } from '../datasets/dataset-deletion.table.ts';
import { DeletionStatusEnum } from '../datasets/dataset-deletion.type.ts';

@ObjectType('DeletedWorkspace')
export class DeletedWorkspaceType {
  @Field(() => ID)
  id!: string;

  @Field(() => DeletionStatusEnum, {
    description: 'DELETING: nobody sees it any more, and its rows and files are being removed.',
  })
  status!: DeletionStatus;
}
