import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Cost } from '../../api/graphql/field-cost.ts';
import { SafeInt } from '../../api/graphql/scalars.ts';

@ObjectType('CleanupReport', { description: 'What a cleanup has removed, or with dryRun would remove.' })
export class CleanupReportType {
  @Field(() => Int, { description: 'Number of datasets.' })
  deleted!: number;

  @Field(() => Int, { description: '0 while the datasets can be restored: their files stay until then.' })
  filesRemoved!: number;

  @Field(() => Int, { description: 'Files that should have been removed but were not found.' })
  filesMissing!: number;

  @Field(() => SafeInt, { description: 'Disk space freed.' })
  bytesReclaimed!: number;

  @Field(() => Int)
  runsDeleted!: number;

  @Field(() => Int)
  artifactsDeleted!: number;

  @Cost({ items: 100 })
  @Field(() => [ID])
  datasetIds!: readonly string[];

  @Field(() => Int, { description: 'Expired datasets that are still there: beyond the limit, or used by active runs.' })
  remaining!: number;
}
