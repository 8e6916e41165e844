import {
  coerceInputValue,
  type DocumentNode,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql';
import { badInput } from '../../errors.ts';
import { type VariableUse, variableUses } from './variable-uses.ts';

type Variables = Readonly<Record<string, unknown>>;

/** What is wrong within the value of a variable. */
interface Mistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Ends a look that has found enough. */
const ENOUGH = new Error('There are enough mistakes.');

/**
 * The first mistakes, at most so many, in the variables that a client sends with an operation that fits the schema: values of
 * a wrong type or outside their enum, and those that are missing. Each is a BAD_USER_INPUT that names its argument.
 */
export function mistakesOfVariables(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  maxMistakes: number,
): readonly GraphQLError[] {
  const errors: GraphQLError[] = [];
  const { variableDefinitions = [] } = operation;
  if (variableDefinitions.length === 0) return errors;
  let uses: ReturnType<typeof variableUses> | null = null;
  for (const definition of variableDefinitions) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type);
    if (!isInputType(type)) continue;
    const usesOf = (): readonly VariableUse[] => {
      uses ??= variableUses(schema, document, operation);
      return uses.get(name) ?? [];
    };
    for (const mistake of mistakesOf(definition, type, variables, usesOf, maxMistakes - errors.length))
      errors.push(toError(definition, mistake, usesOf()[0]?.argument ?? name));
    if (errors.length >= maxMistakes) return errors;
  }
  return errors;
}

function mistakesOf(
  definition: VariableDefinitionNode,
  type: GraphQLInputType,
  variables: Variables,
  usesOf: () => readonly VariableUse[],
  maxMistakes: number,
): readonly Mistake[] {
  const name = definition.variable.name.value;
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (value === undefined) {
    if (definition.defaultValue !== undefined || !isNonNullType(type)) return [];
    return [{ path: [], message: `of required type "${String(type)}" was not provided.` }];
  }
  if (value !== null) return mistakesWithin(type, value, maxMistakes);
  if (isNonNullType(type)) return [{ path: [], message: `of non-null type "${String(type)}" must not be null.` }];
  // One with a default may stand where null is no value: null is found out only here.
  const isRequired = usesOf().some((use) => use.isRequired);
  return isRequired ? [{ path: [], message: 'must not be null where it is used.' }] : [];
}

function mistakesWithin(type: GraphQLInputType, value: unknown, maxMistakes: number): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  try {
    coerceInputValue(value, type, (path, _value, { message }) => {
      mistakes.push({ path: [...path], message });
      if (mistakes.length >= maxMistakes) throw ENOUGH;
    });
  } catch (error) {
    if (error !== ENOUGH) throw error;
  }
  return mistakes;
}

function toError(definition: VariableDefinitionNode, { path, message }: Mistake, argument: string): GraphQLError {
  const name = definition.variable.name.value;
  const told =
    path.length === 0 && /^(?:of |must )/.test(message)
      ? `Variable "$${name}" ${message}`
      : `Variable "$${name}" got invalid value${path.length > 0 ? ` at "${[name, ...path].join('.')}"` : ''}: ${message}`;
  const place = [argument, ...path].join('.');
  return new GraphQLError(told, { nodes: definition, originalError: badInput(place, told) });
}
