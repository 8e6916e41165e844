import { Field, Int, ObjectType } from 'type-graphql';
import { registerEnum } from '../graphql/enums.ts';
import { Cost } from '../graphql/field-cost.ts';
import { SafeInt } from '../graphql/scalars.ts';

const SIGN_UP_POLICIES = ['OPEN', 'INVITED', 'CLOSED'] as const;
export type SignUpPolicy = (typeof SIGN_UP_POLICIES)[number];
const SignUpPolicyEnum = registerEnum(SIGN_UP_POLICIES, 'SignUpPolicy', 'Who may sign up.', {
  OPEN: 'Anyone.',
  INVITED: 'Whoever has an invitation to a workspace.',
  CLOSED: 'Nobody.',
});

@ObjectType('Limits')
export class LimitsType {
  @Field(() => SafeInt, { description: 'Maximum size of a CSV file, in bytes.' })
  maxUploadBytes!: number;

  @Cost({ items: 10 })
  @Field(() => [String], { description: 'Extensions that uploaded files may have, without a dot.' })
  allowedUploadExtensions!: readonly string[];

  @Field(() => Int, { description: 'Maximum value of the argument `first` of lists.' })
  maxPageSize!: number;

  @Field(() => Int, { description: 'Maximum rows of one `predict`.' })
  maxPredictionRows!: number;

  @Field(() => Int, { description: 'Maximum levels of an operation; introspection is exempt.' })
  maxQueryDepth!: number;

  @Field(() => SignUpPolicyEnum, { description: 'Who may sign up.' })
  signUp!: SignUpPolicy;
}
