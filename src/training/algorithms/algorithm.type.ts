import { Field, Float, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { TaskEnum } from '../../datasets/dataset.type.ts';
import type { AlgorithmName } from '../../ml/registry.ts';
import type { Task } from '../../ml/task.ts';
import { AlgorithmNameEnum } from '../runs/training-run.type.ts';

const PARAMETER_KINDS = ['INT', 'FLOAT', 'ENUM', 'BOOLEAN'] as const;
const ParameterKindEnum = registerEnum(PARAMETER_KINDS, 'ParameterKind', 'What kind of value a parameter takes.');

@ObjectType('ParameterSpec')
export class ParameterSpecType {
  @Field(() => String, { description: 'A field of ParametersInput.' })
  name!: string;

  @Field(() => ParameterKindEnum, { description: 'What kind of value the parameter takes.' })
  kind!: (typeof PARAMETER_KINDS)[number];

  @Field(() => String, { nullable: true, description: 'The default value as text; null for none.' })
  default!: string | null;

  @Field(() => Float, { nullable: true, description: 'The smallest allowed value; null for no limit.' })
  min!: number | null;

  @Field(() => Float, { nullable: true, description: 'The largest allowed value; null for no limit.' })
  max!: number | null;

  @Cost({ items: 5 })
  @Field(() => [String], { description: 'The allowed values of an ENUM; empty for other kinds.' })
  choices!: readonly string[];

  @Field(() => String, { description: 'What the parameter does.' })
  description!: string;
}

@ObjectType('Algorithm')
export class AlgorithmType {
  @Field(() => AlgorithmNameEnum)
  name!: AlgorithmName;

  @Cost({ items: 2 })
  @Field(() => [TaskEnum], { description: 'The tasks that it can be trained for.' })
  tasks!: readonly Task[];

  @Field(() => String, { description: 'What the algorithm does, and what it suits.' })
  description!: string;

  @Field(() => Boolean, { description: 'False when the operator has switched real training off.' })
  enabled!: boolean;

  @Field(() => Boolean, { description: 'Whether startTraining uses it when no algorithm is given.' })
  isDefault!: boolean;

  @Cost({ items: 15 })
  @Field(() => [ParameterSpecType], { description: 'Every parameter that it takes.' })
  parameters!: readonly ParameterSpecType[];
}
