import { type ArrayOfType, type ArrayType, arrayFromLittleEndian, decodeBase64 } from './base64.ts';
import { ModelFormatError } from './write-model-file.ts';

/**
 * Checked access to parsed JSON of unknown origin. Each reader takes a place, and throws ModelFormatError naming it if the value
 * there is not of the kind asked for.
 */
export interface Place {
  readonly value: unknown;
  /** The path that leads to it; empty for the file. */
  readonly path: string;
}

export function fail({ path }: Place, wanted: string): never {
  throw new ModelFormatError(`not a valid model file: ${path || 'the file'} must be ${wanted}`);
}

/** A field of the object at a place, which may be absent. */
export function at(place: Place, name: string): Place {
  const { value, path } = place;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(place, 'an object');
  return { value: (value as Readonly<Record<string, unknown>>)[name], path: path === '' ? name : `${path}.${name}` };
}

/** An element of the array or list at a place, for what is to be said of it. */
export function elementAt({ path }: Place, index: number, value?: unknown): Place {
  return { value, path: `${path}[${index}]` };
}

/** The elements of a list, of which there are so many if a length is given. */
export function listOf<T>(place: Place, read: (element: Place, index: number) => T, length?: number): readonly T[] {
  const { value } = place;
  if (!Array.isArray(value)) fail(place, 'a list');
  checkLength(value, length, place);
  return value.map((element, i) => read(elementAt(place, i, element), i));
}

function checkLength(list: { readonly length: number }, length: number | undefined, place: Place): void {
  if (length !== undefined && list.length !== length) fail(place, `${length} elements long, not ${list.length}`);
}

export function textOf(place: Place): string {
  return typeof place.value === 'string' ? place.value : fail(place, 'a text');
}

export function choiceOf<const T extends string>(place: Place, choices: readonly T[]): T {
  return choices.find((choice) => choice === place.value) ?? fail(place, `one of ${choices.join(', ')}`);
}

/** Reads a text that is one of these. */
export function oneOf<const T extends string>(...choices: readonly T[]): (place: Place) => T {
  return (place) => choiceOf(place, choices);
}

/** The field of that name of the object at a place, as `read` takes it; nothing where it is absent. */
export function optional<Name extends string, T>(
  place: Place,
  name: Name,
  read: (place: Place) => T,
): { readonly [Field in Name]?: T } {
  const field = at(place, name);
  return (field.value === undefined ? {} : { [name]: read(field) }) as { readonly [Field in Name]?: T };
}

/** A number of the range; none is infinite. */
export function numberOf(place: Place, minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY): number {
  const { value } = place;
  if (typeof value === 'number' && Number.isFinite(value) && value >= minimum && value <= maximum) return value;
  return fail(place, `a finite number from ${minimum} to ${maximum}`);
}

export function wholeNumberOf(place: Place, minimum: number, maximum: number): number {
  const number = numberOf(place, minimum, maximum);
  return number % 1 === 0 ? number : fail(place, 'a whole number');
}

export function checkAscending(numbers: readonly number[] | Float64Array, place: Place): void {
  if (numbers.some((value, i) => i > 0 && value <= numbers[i - 1]!)) fail(place, 'ascending');
}

/** A list of texts, each different from the others. */
export function distinctTextsOf(place: Place): readonly string[] {
  const texts = listOf(place, textOf);
  if (new Set(texts).size !== texts.length) fail(place, 'different texts');
  return texts;
}

/** A typed array, with so many elements if a length is given; every element of a float64 array is finite. */
export function arrayOf<T extends ArrayType>(place: Place, type: T, length?: number): ArrayOfType<T> {
  choiceOf(at(place, 'type'), [type]);
  const base64 = at(place, 'base64');
  const bytes = decodeBase64(textOf(base64)) ?? fail(base64, 'base64');
  const array = arrayFromLittleEndian(type, bytes) ?? fail(base64, `whole ${type} elements`);
  if (type === 'float64' && !array.every(Number.isFinite)) fail(place, 'finite numbers');
  checkLength(array, length, place);
  return array;
}
