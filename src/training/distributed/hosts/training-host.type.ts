import { Field, Int, ObjectType } from 'type-graphql';
import { registerEnum } from '../../../api/graphql/enums.ts';
import { SafeInt } from '../../../api/graphql/scalars.ts';
import { TRAINING_ENGINES } from '../engine.ts';

export const TrainingEngineEnum = registerEnum(
  TRAINING_ENGINES,
  'TrainingEngine',
  'What trains a model. docs/distributed-training.md says when to use which.',
  {
    LOCAL: 'This server, on one host.',
    DISTRIBUTED: 'XGBoost, on several hosts at once. For GRADIENT_BOOSTING only.',
  },
);

@ObjectType('TrainingHost', { description: 'A host that offers to take part in trainings on several hosts.' })
export class TrainingHostType {
  @Field(() => Int, { description: 'The number of its processors.' })
  cores!: number;

  @Field(() => SafeInt, { description: 'The memory of the machine or container.' })
  memoryBytes!: number;

  @Field(() => String, { nullable: true, description: 'The version of its Python; null: it has none.' })
  python!: string | null;

  @Field(() => String, { nullable: true, description: 'The version of its xgboost; null: it has none.' })
  xgboost!: string | null;

  @Field(() => String, { nullable: true, description: 'What it lacks, and what to install; null: nothing.' })
  missing!: string | null;

  @Field(() => Boolean, { description: 'Whether it takes part in a training now.' })
  isBusy!: boolean;
}
