import { type ArrayOfType, type ArrayType, arrayFromLittleEndian, decodeBase64 } from './base64.ts';
import { ModelFormatError } from './write-model-file.ts';

/**
 * Checked access to parsed JSON of unknown origin. Each function takes the value and the path that leads to it, and
 * throws ModelFormatError naming the path if the value is not of the kind asked for.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

export function fail(path: string, wanted: string): never {
  throw new ModelFormatError(`not a valid model file: ${path} must be ${wanted}`);
}

export function objectAt(value: unknown, path: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(path, 'an object');
  return value as JsonObject;
}

export function listAt(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) fail(path, 'a list');
  return value;
}

export function listOfLengthAt(value: unknown, length: number, path: string): readonly unknown[] {
  const list = listAt(value, path);
  checkLength(list, length, path);
  return list;
}

function checkLength(list: { readonly length: number }, length: number, path: string): void {
  if (list.length !== length) fail(path, `${length} elements long, not ${list.length}`);
}

export function textAt(value: unknown, path: string): string {
  if (typeof value !== 'string') fail(path, 'a text');
  return value;
}

export function choiceAt<const T extends string>(value: unknown, choices: readonly T[], path: string): T {
  const found = choices.find((choice) => choice === value);
  return found ?? fail(path, `one of ${choices.join(', ')}`);
}

/** Reads a text that is one of these. */
export function oneOf<const T extends string>(choices: readonly T[]): (value: unknown, path: string) => T {
  return (value, path) => choiceAt(value, choices, path);
}

/** The field of that name of the object at `path`, as `read` takes it; nothing where it is absent. */
export function optionalAt<Name extends string, T>(
  object: JsonObject,
  name: Name,
  path: string,
  read: (value: unknown, path: string) => T,
): { readonly [Field in Name]?: T } {
  const value = object[name];
  return (value === undefined ? {} : { [name]: read(value, `${path}.${name}`) }) as { readonly [Field in Name]?: T };
}

export function numberAt(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) fail(path, 'a finite number');
  return value;
}

/** The field of that name of the object at `path`. */
export function numberFieldAt(object: JsonObject, name: string, path: string): number {
  return numberAt(object[name], `${path}.${name}`);
}

export function wholeNumberAt(value: unknown, minimum: number, maximum: number, path: string): number {
  if (typeof value !== 'number' || value % 1 !== 0 || value < minimum || value > maximum) {
    fail(path, `a whole number from ${minimum} to ${maximum}`);
  }
  return value;
}

export function checkAscending(numbers: readonly number[] | Float64Array, path: string): void {
  if (numbers.some((value, i) => i > 0 && value <= numbers[i - 1]!)) fail(path, 'ascending');
}

/** A list of texts, each different from the others. */
export function distinctTextsAt(value: unknown, path: string): readonly string[] {
  const texts = listAt(value, path).map((text, i) => textAt(text, `${path}[${i}]`));
  if (new Set(texts).size !== texts.length) fail(path, 'different texts');
  return texts;
}

/** A typed array; every element of a float64 array is finite. */
export function arrayAt<T extends ArrayType>(value: unknown, type: T, path: string): ArrayOfType<T> {
  const holder = objectAt(value, path);
  choiceAt(holder['type'], [type], `${path}.type`);
  const bytes = decodeBase64(textAt(holder['base64'], `${path}.base64`));
  if (bytes === null) fail(`${path}.base64`, 'base64');
  const array = arrayFromLittleEndian(type, bytes);
  if (array === null) fail(`${path}.base64`, `whole ${type} elements`);
  if (type === 'float64' && !array.every(Number.isFinite)) fail(path, 'finite numbers');
  return array;
}

/** The same, with the number of elements that is wanted. */
export function arrayOfLengthAt<T extends ArrayType>(
  value: unknown,
  type: T,
  length: number,
  path: string,
): ArrayOfType<T> {
  const array = arrayAt(value, type, path);
  checkLength(array, length, path);
  return array;
}
