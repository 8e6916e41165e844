import { MAX_NESTING } from '../foreign-limits.ts';
import { ForeignModelError } from '../foreign-model-error.ts';
import type { ForeignValue } from '../foreign-values.ts';

/**
 * Parses JSON as XGBoost writes it: that of RFC 8259, with the numbers NaN, Infinity and -Infinity too, which JSON.parse refuses
 * (the thresholds of splits by categories are NaN). Of objects with the same name twice, and of nesting beyond MAX_NESTING, it
 * wants to know nothing.
 *
 * @throws ForeignModelError with the number of the character
 */
export function parseForeignJson(bytes: Uint8Array): ForeignValue {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ForeignModelError('MALFORMED', 'the file', 'must be a text in UTF-8');
  }
  const parser = new JsonParser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Longer numbers say no more: those of floats have at most 15 characters. */
const MAX_NUMBER_LENGTH = 64;

const WORDS: readonly (readonly [string, ForeignValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];

class JsonParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): ForeignValue {
    this.#skip();
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#list(depth);
    if (first === '"') return this.#string();
    const word = WORDS.find(([name]) => this.#text.startsWith(name, this.#at));
    if (word === undefined) return this.#number();
    this.#at += word[0].length;
    return word[1];
  }

  end(): void {
    this.#skip();
    if (this.#at < this.#text.length) this.#fail('the end is expected');
  }

  #object(depth: number): ForeignValue {
    const fields = new Map<string, ForeignValue>();
    this.#elements(depth, '}', () => {
      this.#skip();
      const name = this.#string();
      if (fields.has(name)) this.#fail(`the name ${JSON.stringify(name.slice(0, 100))} is there twice`);
      if (!this.#take(':')) this.#fail('a colon is expected');
      fields.set(name, this.value(depth + 1));
    });
    return fields;
  }

  #list(depth: number): ForeignValue {
    const elements: ForeignValue[] = [];
    this.#elements(depth, ']', () => elements.push(this.value(depth + 1)));
    return elements;
  }

  /** What is between two brackets, separated by commas. */
  #elements(depth: number, close: string, read: () => void): void {
    if (depth >= MAX_NESTING) {
      throw new ForeignModelError('TOO_LARGE', this.#where(), `values are nested more than ${MAX_NESTING} levels deep`);
    }
    this.#at++;
    if (this.#take(close)) return;
    do read();
    while (this.#take(','));
    if (!this.#take(close)) this.#fail(`a comma or ${close} is expected`);
  }

  #number(): number {
    let end = this.#at;
    while (end - this.#at <= MAX_NUMBER_LENGTH && isOfNumber(this.#text.charCodeAt(end))) end++;
    const number = this.#text.slice(this.#at, end);
    if (!NUMBER.test(number)) this.#fail('a value is expected');
    this.#at = end;
    return Number(number);
  }

  #string(): string {
    const start = this.#at;
    if (this.#text[start] !== '"') this.#fail('a text in double quotes is expected');
    let end = start + 1;
    let code = this.#text.charCodeAt(end);
    for (; code !== QUOTE; code = this.#text.charCodeAt(end)) {
      // NaN after the end.
      if (!(code >= 0x20)) {
        this.#at = end;
        this.#fail('a text must not contain control characters');
      }
      end += code === BACKSLASH ? 2 : 1;
    }
    this.#at = end + 1;
    return this.#unescaped(start, end + 1);
  }

  #unescaped(start: number, end: number): string {
    const string = this.#text.slice(start, end);
    if (!string.includes('\\')) return string.slice(1, -1);
    try {
      return JSON.parse(string) as string;
    } catch {
      this.#at = start;
      return this.#fail('a text has an escape that JSON does not know');
    }
  }

  /** Whether the next character that is no white space is this one, which is then read. */
  #take(character: string): boolean {
    this.#skip();
    const isNext = this.#text[this.#at] === character;
    if (isNext) this.#at++;
    return isNext;
  }

  #skip(): void {
    while (isWhiteSpace(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  #where(): string {
    return `character ${this.#at}`;
  }

  #fail(message: string): never {
    const isEnd = this.#at >= this.#text.length;
    throw new ForeignModelError('MALFORMED', this.#where(), isEnd ? 'the file ends too early' : message);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function isWhiteSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d;
}

/** Digits, signs, the point and the letter of exponents. */
function isOfNumber(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2b || code === 0x2d || code === 0x2e || (code | 0x20) === 0x65;
}
