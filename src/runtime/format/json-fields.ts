import { type ArrayOfType, type ArrayType, arrayFromLittleEndian, decodeBase64 } from './base64.ts';
import { ModelFormatError } from './write-model-file.ts';

/**
 * Checked access to parsed JSON of unknown origin. Each reader takes a value, and throws ModelFormatError naming it if it
 * is not of the kind asked for.
 */
export interface JsonValue {
  readonly value: unknown;
  /** The path that leads to it; empty for the file. */
  readonly path: string;
}

export function fail({ path }: JsonValue, wanted: string): never {
  throw new ModelFormatError(`not a valid model file: ${path || 'the file'} must be ${wanted}`);
}

/** A field of an object, which may be absent. */
export function at(json: JsonValue, name: string): JsonValue {
  const { value, path } = json;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(json, 'an object');
  return { value: (value as Readonly<Record<string, unknown>>)[name], path: path === '' ? name : `${path}.${name}` };
}

/** An element of an array or list, for what is to be said of it. */
export function elementAt({ path }: JsonValue, index: number, value?: unknown): JsonValue {
  return { value, path: `${path}[${index}]` };
}

/** The elements of a list, of which there are so many if a length is given. */
export function listOf<T>(
  json: JsonValue,
  read: (element: JsonValue, index: number) => T,
  length?: number,
): readonly T[] {
  const { value } = json;
  if (!Array.isArray(value)) fail(json, 'a list');
  checkLength(value, length, json);
  return value.map((element, i) => read(elementAt(json, i, element), i));
}

function checkLength(list: { readonly length: number }, length: number | undefined, json: JsonValue): void {
  if (length !== undefined && list.length !== length) fail(json, `${length} elements long, not ${list.length}`);
}

export function textOf(json: JsonValue): string {
  return typeof json.value === 'string' ? json.value : fail(json, 'a text');
}

export function choiceOf<const T extends string>(json: JsonValue, choices: readonly T[]): T {
  return choices.find((choice) => choice === json.value) ?? fail(json, `one of ${choices.join(', ')}`);
}

/** Reads a text that is one of these. */
export function oneOf<const T extends string>(...choices: readonly T[]): (json: JsonValue) => T {
  return (json) => choiceOf(json, choices);
}

/** The field of that name of an object, as `read` takes it; nothing where it is absent. */
export function optional<Name extends string, T>(
  json: JsonValue,
  name: Name,
  read: (json: JsonValue) => T,
): { readonly [Field in Name]?: T } {
  const field = at(json, name);
  return (field.value === undefined ? {} : { [name]: read(field) }) as { readonly [Field in Name]?: T };
}

/** A number of the range; none is infinite. */
export function numberOf(json: JsonValue, minimum = -Infinity, maximum = Infinity): number {
  const { value } = json;
  if (typeof value === 'number' && Number.isFinite(value) && value >= minimum && value <= maximum) return value;
  return fail(json, `a finite number from ${minimum} to ${maximum}`);
}

export function wholeNumberOf(json: JsonValue, minimum: number, maximum: number): number {
  const number = numberOf(json, minimum, maximum);
  return number % 1 === 0 ? number : fail(json, 'a whole number');
}

export function checkAscending(numbers: readonly number[] | Float64Array, json: JsonValue): void {
  if (numbers.some((value, i) => i > 0 && value <= numbers[i - 1]!)) fail(json, 'ascending');
}

/** A list of texts, each different from the others. */
export function distinctTextsOf(json: JsonValue): readonly string[] {
  const texts = listOf(json, textOf);
  if (new Set(texts).size !== texts.length) fail(json, 'different texts');
  return texts;
}

/** A typed array, with so many elements if a length is given; every element of a float64 array is finite. */
export function arrayOf<T extends ArrayType>(json: JsonValue, type: T, length?: number): ArrayOfType<T> {
  choiceOf(at(json, 'type'), [type]);
  const base64 = at(json, 'base64');
  const bytes = decodeBase64(textOf(base64)) ?? fail(base64, 'base64');
  const array = arrayFromLittleEndian(type, bytes) ?? fail(base64, `whole ${type} elements`);
  if (type === 'float64' && !array.every(Number.isFinite)) fail(json, 'finite numbers');
  checkLength(array, length, json);
  return array;
}
