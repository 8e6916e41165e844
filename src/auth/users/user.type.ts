import { Field, ID, ObjectType } from 'type-graphql';
import { DateTime } from '../../api/graphql/scalars.ts';

@ObjectType('User')
export class UserType {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { nullable: true })
  email!: string | null;

  @Field(() => String, { nullable: true })
  name!: string | null;

  @Field(() => DateTime)
  createdAt!: Date;
}
