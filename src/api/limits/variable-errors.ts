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

/** An error within the value of a variable. */
interface VariableError {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Ends the search once there are enough errors. */
const STOP = new Error('There are enough mistakes.');

/**
 * The first errors in the variables of a valid operation: values of a wrong type or outside their enum, and missing ones.
 * Each is a BAD_USER_INPUT that names its argument.
 */
export function variableErrors(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  maxErrors: number,
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
    for (const error of errorsOf(definition, type, variables, usesOf, maxErrors - errors.length)) {
      errors.push(toError(definition, error, usesOf()[0]?.argument ?? name));
    }
    if (errors.length >= maxErrors) return errors;
  }
  return errors;
}

function errorsOf(
  definition: VariableDefinitionNode,
  type: GraphQLInputType,
  variables: Variables,
  usesOf: () => readonly VariableUse[],
  maxErrors: number,
): readonly VariableError[] {
  const name = definition.variable.name.value;
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (value === undefined) {
    if (definition.defaultValue !== undefined || !isNonNullType(type)) return [];
    return [{ path: [], message: `of required type "${String(type)}" was not provided.` }];
  }
  if (value !== null) return errorsWithin(type, value, maxErrors);
  if (isNonNullType(type)) return [{ path: [], message: `of non-null type "${String(type)}" must not be null.` }];
  // A variable with a default is allowed where null is not; its null is detected only here.
  const isRequired = usesOf().some((use) => use.isRequired);
  return isRequired ? [{ path: [], message: 'must not be null where it is used.' }] : [];
}

function errorsWithin(type: GraphQLInputType, value: unknown, maxErrors: number): readonly VariableError[] {
  const errors: VariableError[] = [];
  try {
    coerceInputValue(value, type, (path, _value, { message }) => {
      errors.push({ path: [...path], message });
      if (errors.length >= maxErrors) throw STOP;
    });
  } catch (error) {
    if (error !== STOP) throw error;
  }
  return errors;
}

function toError(definition: VariableDefinitionNode, { path, message }: VariableError, argument: string): GraphQLError {
  const name = definition.variable.name.value;
  const text =
    path.length === 0 && /^(?:of |must )/.test(message)
      ? `Variable "$${name}" ${message}`
      : `Variable "$${name}" got invalid value${path.length > 0 ? ` at "${[name, ...path].join('.')}"` : ''}: ${message}`;
  const argumentPath = [argument, ...path].join('.');
  return new GraphQLError(text, { nodes: definition, originalError: badInput(argumentPath, text) });
}
