import { Field, ObjectType } from 'type-graphql';

@ObjectType('RunError')
export class RunErrorType {
  @Field(() => String, { description: 'A code from the tables in docs/errors.md.' })
  code!: string;

  @Field(() => String, { description: 'What went wrong.' })
  message!: string;

  @Field(() => String, { nullable: true, description: 'What to do about it.' })
  hint!: string | null;
}
