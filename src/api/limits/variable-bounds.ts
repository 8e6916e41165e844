import { MAX_NAME_LENGTH } from './document-bounds.ts';

/** Input types within input types and lists: those of the schema go four levels deep. */
const MAX_DEPTH = 10;

/** No input type has so many fields, and no operation so many variables. */
const MAX_KEYS = 100;

/**
 * What is too much about variables as a client sends them, before they are compared with the schema, where each mistake is
 * told with all of the value around it; null for nothing. How long a list may be, its argument says.
 *
 * @example violationOfVariables({ input: { a: { b: 1 } } }) // null
 */
export function violationOfVariables(variables: Readonly<Record<string, unknown>>): string | null {
  return violationOf(variables, 0);
}

function violationOf(value: unknown, depth: number): string | null {
  // A file of a multipart request has no entries.
  if (typeof value !== 'object' || value === null) return null;
  if (depth > MAX_DEPTH) return `The variables nest values in more than ${MAX_DEPTH} levels.`;
  if (Array.isArray(value)) return firstViolation(value, depth);
  const keys = Object.keys(value);
  if (keys.length > MAX_KEYS)
    return `An object of the variables has ${keys.length} fields; at most ${MAX_KEYS} are read.`;
  const long = keys.find((key) => key.length > MAX_NAME_LENGTH);
  if (long !== undefined)
    return `The name "${long.slice(0, 30)}…" of the variables is longer than ${MAX_NAME_LENGTH} characters.`;
  return firstViolation(Object.values(value), depth);
}

function firstViolation(values: readonly unknown[], depth: number): string | null {
  for (const value of values) {
    const violation = violationOf(value, depth + 1);
    if (violation !== null) return violation;
  }
  return null;
}
