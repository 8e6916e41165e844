import { Field, InputType, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { MONOTONE_DIRECTIONS, type MonotoneConstraint } from '../../ml/monotone/monotone-constraint.ts';

const MonotoneEnum = registerEnum(
  MONOTONE_DIRECTIONS,
  'Monotone',
  'Which way a prediction may go when one column rises and all others stay.',
  {
    INCREASING: 'It never falls.',
    DECREASING: 'It never rises.',
  },
);

@InputType({ description: 'Which way predictions may go as a column of numbers or dates rises.' })
export class MonotoneInput implements MonotoneConstraint {
  @Field(() => String, { description: 'A feature that is NUMERIC or DATETIME.' })
  column!: string;

  @Field(() => MonotoneEnum)
  direction!: MonotoneConstraint['direction'];
}

@ObjectType('MonotoneConstraint', { description: 'Which way predictions may go as a column rises.' })
export class MonotoneConstraintType implements MonotoneConstraint {
  @Field(() => String, { description: 'A feature.' })
  column!: string;

  @Field(() => MonotoneEnum)
  direction!: MonotoneConstraint['direction'];
}
