import { Field, ID, InputType } from 'type-graphql';

@InputType()
export class UpdateTrainingRunInput {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { nullable: true, description: '1 to 200 characters; null removes it. Left out, it stays.' })
  name?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'All tags from now on: at most 20, of 1 to 50 characters each. Left out or null, they stay.',
  })
  tags?: string[] | null;
}
