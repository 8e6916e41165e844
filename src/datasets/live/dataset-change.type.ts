import { Field, ID, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { DatasetType } from '../dataset.type.ts';
import { DATASET_CHANGE_KINDS, type DatasetChange } from './dataset-changes.ts';

const DatasetChangeKindEnum = registerEnum(
  DATASET_CHANGE_KINDS,
  'DatasetChangeKind',
  'CREATED: uploaded or restored. UPDATED: pinned or unpinned. DELETED: gone.',
);

@ObjectType('DatasetChange')
export class DatasetChangeType {
  @Field(() => DatasetChangeKindEnum)
  kind!: DatasetChange['kind'];

  @Field(() => ID)
  datasetId!: string;

  @Field(() => DatasetType, { nullable: true, description: 'The dataset as it is now; null for DELETED.' })
  dataset!: DatasetType | null;
}
