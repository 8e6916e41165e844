import { MAX_NAME_LENGTH } from './document-bounds.ts';

/** Maximum nesting of input types and lists; the schema has four levels. */
const MAX_DEPTH = 10;

/** More than any input type has fields, or any operation variables. */
const MAX_KEYS = 100;

/**
 * The limit that the variables of a request violate, checked before validation, whose error messages contain the whole value;
 * null for none. List lengths are limited per argument.
 *
 * @example violationOfVariables({ input: { a: { b: 1 } } }) // null
 */
export function violationOfVariables(variables: Readonly<Record<string, unknown>>): string | null {
  return violationOf(variables, 0);
}

function violationOf(value: unknown, depth: number): string | null {
  // An uploaded file has no entries.
  if (typeof value !== 'object' || value === null) return null;
  if (depth > MAX_DEPTH) return `The variables nest values in more than ${MAX_DEPTH} levels.`;
  if (Array.isArray(value)) return firstViolation(value, depth);
  const keys = Object.keys(value);
  if (keys.length > MAX_KEYS) {
    return `An object of the variables has ${keys.length} fields; at most ${MAX_KEYS} are read.`;
  }
  const long = keys.find((key) => key.length > MAX_NAME_LENGTH);
  if (long !== undefined) {
    return `The name "${long.slice(0, 30)}…" of the variables is longer than ${MAX_NAME_LENGTH} characters.`;
  }
  return firstViolation(Object.values(value), depth);
}

function firstViolation(values: readonly unknown[], depth: number): string | null {
  for (const value of values) {
    const violation = violationOf(value, depth + 1);
    if (violation !== null) return violation;
  }
  return null;
}
