import { Kind, type OperationDefinitionNode, type TypeNode } from 'graphql';
import { MAX_NAME_LENGTH } from './document-bounds.ts';

/** Maximum nesting of input types and lists; the schema has four levels. */
const MAX_DEPTH = 10;

/** More than any input type has fields, or any operation variables. */
const MAX_KEYS = 100;

/** Variables whose objects may have any keys, such as the names of a file's columns. */
const JSON_TYPE = 'JSONObject';

/** The names of the variables that are JSON objects, or lists of them. */
export function jsonVariablesOf({ variableDefinitions = [] }: OperationDefinitionNode): ReadonlySet<string> {
  const ofJson = variableDefinitions.filter(({ type }) => nameOf(type) === JSON_TYPE);
  return new Set(ofJson.map(({ variable }) => variable.name.value));
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}

/**
 * The limit that the variables of a request violate, checked before validation, whose error messages contain the whole value;
 * null for none. List lengths are limited per argument. Objects of `jsonVariables` may have any keys.
 *
 * @example violationOfVariables({ input: { a: { b: 1 } } }, new Set()) // null
 */
export function violationOfVariables(
  variables: Readonly<Record<string, unknown>>,
  jsonVariables: ReadonlySet<string>,
): string | null {
  const others = Object.keys(variables).filter((name) => !jsonVariables.has(name));
  // Before they are copied, which takes longer than reading them.
  if (others.length > MAX_KEYS) return tooManyFields(others.length);
  const copy = Object.fromEntries(others.map((name) => [name, variables[name]]));
  return violationOf(copy, 0, MAX_KEYS) ?? violationOfJson(variables, jsonVariables);
}

function tooManyFields(count: number): string {
  return `An object of the variables has ${count} fields; at most ${MAX_KEYS} are read.`;
}

function violationOfJson(
  variables: Readonly<Record<string, unknown>>,
  jsonVariables: ReadonlySet<string>,
): string | null {
  for (const name of jsonVariables) {
    const violation = violationOf(variables[name], 1, Number.POSITIVE_INFINITY);
    if (violation !== null) return violation;
  }
  return null;
}

function violationOf(value: unknown, depth: number, maxKeys: number): string | null {
  // An uploaded file has no entries.
  if (typeof value !== 'object' || value === null) return null;
  if (depth > MAX_DEPTH) return `The variables nest values in more than ${MAX_DEPTH} levels.`;
  if (Array.isArray(value)) return firstViolation(value, depth, maxKeys);
  const keys = Object.keys(value);
  if (keys.length > maxKeys) return tooManyFields(keys.length);
  const long = maxKeys === MAX_KEYS ? keys.find((key) => key.length > MAX_NAME_LENGTH) : undefined;
  if (long !== undefined) {
    return `The name "${long.slice(0, 30)}…" of the variables is longer than ${MAX_NAME_LENGTH} characters.`;
  }
  return firstViolation(Object.values(value), depth, maxKeys);
}

function firstViolation(values: readonly unknown[], depth: number, maxKeys: number): string | null {
  for (const value of values) {
    const violation = violationOf(value, depth + 1, maxKeys);
    if (violation !== null) return violation;
  }
  return null;
}
