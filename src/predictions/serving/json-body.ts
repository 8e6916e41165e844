import { badInput } from '../../errors.ts';

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Throws BAD_USER_INPUT, with the path, for anything but an object. */
export function objectAt(value: unknown, path: string): JsonObject {
  if (isObject(value)) return value;
  throw badInput(path, `${path} must be an object.`);
}

/** Throws BAD_USER_INPUT, with the path, for anything but a list. */
export function listAt(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw badInput(path, `${path} must be a list.`);
}

/** A list of texts. */
export function textsAt(value: unknown, path: string): readonly string[] {
  const texts = listAt(value, path);
  texts.forEach((text, index) => {
    if (typeof text !== 'string') throw badInput(`${path}[${index}]`, `${path}[${index}] must be a text.`);
  });
  return texts as readonly string[];
}

/** An object of these columns, none of which is inherited. */
export function rowOf(columns: readonly string[], values: readonly unknown[]): JsonObject {
  return Object.fromEntries(columns.map((column, index) => [column, values[index]]));
}
