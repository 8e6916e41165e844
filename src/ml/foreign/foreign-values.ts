import { ForeignModelError } from './foreign-model-error.ts';

/** What JSON and Universal Binary JSON can say. Lists of numbers may be typed. */
export type ForeignValue =
  | null
  | boolean
  | number
  | string
  | readonly ForeignValue[]
  | NumberArray
  | ReadonlyMap<string, ForeignValue>;

export type NumberArray = Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** A value, and where in the file it is. */
export interface Located {
  /** A ForeignValue; undefined for a field that its object does not have. */
  readonly value: unknown;
  /** Such as `learner.gradient_booster`; empty for the file. */
  readonly path: string;
}

export function failAt({ path }: Located, wanted: string): never {
  throw new ForeignModelError('INVALID', path === '' ? 'the file' : path, `must be ${wanted}`);
}

/** A field of an object; its value is undefined where the object does not have it. */
export function fieldOf(object: Located, name: string): Located {
  if (!(object.value instanceof Map)) failAt(object, 'an object');
  const fields: ReadonlyMap<unknown, unknown> = object.value;
  return { value: fields.get(name), path: object.path === '' ? name : `${object.path}.${name}` };
}

/** A field of a field, and so on. */
export function fieldAt(object: Located, ...names: readonly string[]): Located {
  return names.reduce(fieldOf, object);
}

export function textAt(text: Located): string {
  return typeof text.value === 'string' ? text.value : failAt(text, 'a text');
}

/** A whole number that is written as a text, as XGBoost writes its parameters. */
export function countAt(text: Located): number {
  const value = typeof text.value === 'number' ? String(text.value) : textAt(text);
  return /^\d{1,9}$/.test(value) ? Number(value) : failAt(text, 'a whole number of at most nine digits');
}

/** As countAt, for a field that may be absent. */
export function optionalCount(text: Located, otherwise: number): number {
  return text.value === undefined ? otherwise : countAt(text);
}

/** The elements of a list that is no list of numbers. */
export function elementsAt(list: Located): readonly Located[] {
  const { value, path } = list;
  if (Array.isArray(value)) return value.map((element: unknown, i) => ({ value: element, path: `${path}[${i}]` }));
  return ArrayBuffer.isView(value) && value.byteLength === 0 ? [] : failAt(list, 'a list');
}

/** The texts of a list. */
export function textsAt(list: Located): readonly string[] {
  return elementsAt(list).map(textAt);
}

/** The numbers of a list, true and false as 1 and 0. `length`: how many there must be. Numbers may be NaN or infinite. */
export function numbersAt(list: Located, length: number | null = null): Float64Array {
  const { value, path } = list;
  const isTyped = ArrayBuffer.isView(value);
  if (!isTyped && !Array.isArray(value)) failAt(list, 'a list of numbers');
  const elements = value as readonly ForeignValue[] | NumberArray;
  if (length !== null && elements.length !== length) failAt(list, `${length} elements long, not ${elements.length}`);
  const numbers = new Float64Array(elements.length);
  for (let i = 0; i < numbers.length; i++) {
    const element = elements[i];
    if (!isTyped && typeof element !== 'number' && typeof element !== 'boolean') {
      failAt({ value: null, path: `${path}[${i}]` }, 'a number');
    }
    numbers[i] = Number(element);
  }
  return numbers;
}

/** The whole numbers of a list, from 0 to `maximum`. */
export function wholeNumbersAt(list: Located, maximum: number, length: number | null = null): Float64Array {
  const numbers = numbersAt(list, length);
  for (const [i, number] of numbers.entries()) {
    if (!Number.isInteger(number) || number < 0 || number > maximum) {
      failAt({ value: number, path: `${list.path}[${i}]` }, `a whole number from 0 to ${maximum}`);
    }
  }
  return numbers;
}
