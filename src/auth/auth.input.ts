import { Field, InputType } from 'type-graphql';

@InputType()
export class SignUpInput {
  @Field(() => String)
  email!: string;

  @Field(() => String, { description: '8 characters or more.' })
  password!: string;

  @Field(() => String, { nullable: true, description: 'Also the name of the new workspace; unset: the address.' })
  name?: string | null;
}

@InputType()
export class SignInInput {
  @Field(() => String)
  email!: string;

  @Field(() => String)
  password!: string;
}
