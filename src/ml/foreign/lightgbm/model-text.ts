import { ForeignModelError } from '../foreign-model-error.ts';

/** A block of lines `name=value` of LightGBM's text, and where it begins. */
export interface TextBlock {
  readonly fields: ReadonlyMap<string, TextField>;
  /** Lines without an equals sign, such as `average_output`. */
  readonly flags: ReadonlySet<string>;
  /** The number of its first line, from 1. */
  readonly line: number;
}

export interface TextField {
  readonly text: string;
  readonly line: number;
}

export interface ModelText {
  readonly header: TextBlock;
  readonly trees: readonly TextBlock[];
  /** What is after the trees: parameters such as `[zero_as_missing: 0]`, by name. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The line `pandas_categorical:`, where there is one. */
  readonly pandasCategories: TextField | null;
}

const FIRST_LINE = 'tree';
const END_OF_TREES = 'end of trees';
const PANDAS = 'pandas_categorical:';

/**
 * Takes apart the text that LightGBM's save_model writes: a header, a block for each tree, and parameters.
 *
 * @throws ForeignModelError where it is none, or ends before its trees do
 */
export function parseModelText(bytes: Uint8Array): ModelText {
  const lines = decode(bytes).split(/\r?\n/);
  if (lines[0] !== FIRST_LINE) throw new ForeignModelError('MALFORMED', 'line 1', `must be ${FIRST_LINE}`);
  const end = lines.indexOf(END_OF_TREES);
  if (end < 0) throw new ForeignModelError('MALFORMED', `line ${lines.length}`, 'the file ends before its trees do');
  const starts = [1];
  for (let i = 1; i < end; i++) if (lines[i]!.startsWith('Tree=')) starts.push(i);
  const blocks = starts.map((start, i) => blockOf(lines, start, starts[i + 1] ?? end));
  const parameters = new Map<string, string>();
  let pandasCategories: TextField | null = null;
  for (let i = end + 1; i < lines.length; i++) {
    const line = lines[i]!;
    const colon = line.indexOf(': ');
    if (line.startsWith('[') && line.endsWith(']') && colon > 0) {
      parameters.set(line.slice(1, colon), line.slice(colon + 2, -1));
    } else if (line.startsWith(PANDAS)) pandasCategories = { text: line.slice(PANDAS.length), line: i + 1 };
  }
  return { header: blocks[0]!, trees: blocks.slice(1), parameters, pandasCategories };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ForeignModelError('MALFORMED', 'the file', 'must be a text in UTF-8');
  }
}

function blockOf(lines: readonly string[], start: number, end: number): TextBlock {
  const fields = new Map<string, TextField>();
  const flags = new Set<string>();
  for (let i = start; i < end; i++) {
    const line = lines[i]!;
    const equals = line.indexOf('=');
    const name = line.slice(0, equals);
    if (equals < 0) flags.add(line);
    else if (fields.has(name)) {
      throw new ForeignModelError('MALFORMED', `line ${i + 1}`, `${JSON.stringify(name.slice(0, 100))} is there twice`);
    } else fields.set(name, { text: line.slice(equals + 1), line: i + 1 });
  }
  return { fields, flags, line: start + 1 };
}

export function failAtLine(line: number, message: string): never {
  throw new ForeignModelError('INVALID', `line ${line}`, message);
}

/** A field that must be there. */
export function fieldOfBlock({ fields, line }: TextBlock, name: string): TextField {
  return fields.get(name) ?? failAtLine(line, `${name}= is missing`);
}

/** A whole number from `minimum` to `maximum`. */
export function wholeNumberOf({ text, line }: TextField, minimum: number, maximum: number): number {
  const number = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return number >= minimum && number <= maximum
    ? number
    : failAtLine(line, `must be a whole number from ${minimum} to ${maximum}`);
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** So many finite numbers, separated by single spaces. `allowsInfinite`: `inf` and `-inf` are numbers too. */
export function numbersOf({ text, line }: TextField, count: number, allowsInfinite = false): Float64Array {
  const texts = text === '' ? [] : text.trimEnd().split(' ');
  if (texts.length !== count) failAtLine(line, `must have ${count} numbers, not ${texts.length}`);
  return Float64Array.from(texts, (each) => {
    if (allowsInfinite && /^-?inf$/.test(each)) {
      return each === 'inf' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    }
    const number = each.length < 100 && NUMBER.test(each) ? Number(each) : Number.NaN;
    return Number.isFinite(number) ? number : failAtLine(line, 'must have finite numbers only');
  });
}

/** As numbersOf, whole ones from `minimum` to `maximum`. */
export function wholeNumbersOf(field: TextField, count: number, minimum: number, maximum: number): Float64Array {
  const numbers = numbersOf(field, count);
  if (!numbers.every((number) => Number.isInteger(number) && number >= minimum && number <= maximum)) {
    failAtLine(field.line, `must have whole numbers from ${minimum} to ${maximum} only`);
  }
  return numbers;
}
