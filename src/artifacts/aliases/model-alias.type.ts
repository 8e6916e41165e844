import { Field, ObjectType } from 'type-graphql';
import { DateTime } from '../../api/graphql/scalars.ts';
import { ArtifactType } from '../artifact.type.ts';

@ObjectType('ModelAlias', {
  description: 'A name that applications ask, such as "champion", whichever model it stands for.',
})
export class ModelAliasType {
  @Field(() => String)
  name!: string;

  @Field(() => ArtifactType, { nullable: true, description: 'Null while the model is deleted but may be restored.' })
  artifact!: ArtifactType | null;

  @Field(() => DateTime, { description: 'When it was made, or moved to another model.' })
  updatedAt!: Date;
}
