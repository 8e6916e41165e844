import { Field, Float, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { TaskEnum } from '../../datasets/dataset.type.ts';
import type { AlgorithmName } from '../../ml/registry.ts';
import type { Task } from '../../ml/task.ts';
import { AlgorithmNameEnum } from '../runs/training-run.type.ts';

const PARAMETER_KINDS = ['INT', 'FLOAT', 'ENUM'] as const;
const ParameterKindEnum = registerEnum(PARAMETER_KINDS, 'ParameterKind', 'What a parameter takes.');
export const ClassWeightEnum = registerEnum(
  ['NONE', 'BALANCED'],
  'ClassWeight',
  'BALANCED gives every class the same say, however rare it is.',
);

@ObjectType('ParameterSpec')
export class ParameterSpecType {
  @Field(() => String, { description: 'A field of ParametersInput.' })
  name!: string;

  @Field(() => ParameterKindEnum)
  kind!: (typeof PARAMETER_KINDS)[number];

  @Field(() => String, { nullable: true })
  default!: string | null;

  @Field(() => Float, { nullable: true })
  min!: number | null;

  @Field(() => Float, { nullable: true })
  max!: number | null;

  @Cost({ items: 5 })
  @Field(() => [String])
  choices!: readonly string[];

  @Field(() => String)
  description!: string;
}

@ObjectType('Algorithm')
export class AlgorithmType {
  @Field(() => AlgorithmNameEnum)
  name!: AlgorithmName;

  @Cost({ items: 2 })
  @Field(() => [TaskEnum])
  tasks!: readonly Task[];

  @Field(() => String)
  description!: string;

  @Field(() => Boolean, { description: 'False where the operator has switched real training off.' })
  enabled!: boolean;

  @Field(() => Boolean)
  isDefault!: boolean;

  @Cost({ items: 15 })
  @Field(() => [ParameterSpecType])
  parameters!: readonly ParameterSpecType[];
}
