import { Field, ObjectType } from 'type-graphql';
import { Cost } from '../../api/graphql/field-cost.ts';
import { DatasetIssueType } from '../../datasets/dataset.type.ts';
import { ArtifactType } from '../artifact.type.ts';

@ObjectType('ImportModelPayload')
export class ImportModelPayloadType {
  @Field(() => ArtifactType, {
    nullable: true,
    description: 'Null if the file was refused: the report then has an ERROR, and nothing is stored.',
  })
  artifact!: ArtifactType | null;

  @Cost({ items: 10 })
  @Field(() => [DatasetIssueType], { description: 'What is to be known of the file; codes as in docs/errors.md.' })
  report!: readonly DatasetIssueType[];
}
