import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType('SecretChanged')
export class SecretChangedType {
  @Field(() => Boolean, { description: 'Whether other sessions of the user were ended.' })
  signedOutElsewhere!: boolean;
}

@ObjectType('DeletedAccount')
export class DeletedAccountType {
  @Field(() => ID, { description: 'Id of the user.' })
  id!: string;
}
