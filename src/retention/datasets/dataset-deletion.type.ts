import { Field, ID, Int, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { DateTime, SafeInt } from '../../api/graphql/scalars.ts';
import { ACTIVE_RUNS_POLICIES } from './dataset-deletion.service.ts';
import { DELETION_STATUSES, type DeletionStatus } from './dataset-deletion.table.ts';

export const ActiveRunsPolicyEnum = registerEnum(
  ACTIVE_RUNS_POLICIES,
  'ActiveRunsPolicy',
  'What becomes of runs that have not ended: REFUSE answers CONFLICT with their ids, CANCEL cancels them.',
);

export const DeletionStatusEnum = registerEnum(
  DELETION_STATUSES,
  'DeletionStatus',
  'RESTORABLE: restoreDataset brings it back. DELETING: rows and files are being removed. DELETED: all are gone.',
);

@ObjectType('DatasetDeletion', { description: 'What becomes of a deleted dataset; told for 30 days after its end.' })
export class DatasetDeletionType {
  @Field(() => ID, { description: 'The id of the dataset.' })
  id!: string;

  @Field(() => DeletionStatusEnum)
  status!: DeletionStatus;

  @Field(() => DateTime, { nullable: true, description: 'Null unless RESTORABLE.' })
  restorableUntil!: Date | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Files of the dataset and of its models; null until DELETED. Content that is stored elsewhere stays.',
  })
  filesRemoved!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Files that should have been removed but were not found; null until DELETED.',
  })
  filesMissing!: number | null;

  @Field(() => SafeInt, { nullable: true, description: 'Disk space freed; null until DELETED.' })
  bytesReclaimed!: number | null;

  @Field(() => Int, { nullable: true, description: 'Null until DELETED.' })
  runsDeleted!: number | null;
}
