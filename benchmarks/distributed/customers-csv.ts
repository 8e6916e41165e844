import { createRandom, type Random } from '../../src/ml/random.ts';

const NUMBERS = 14;
const TEXTS = 6;
const VALUES = 12;
export const COLUMNS = NUMBERS + TEXTS;

/** Bytes of a row, filled up with blanks before the first number: any part of the file can be made by itself. */
const ROW_BYTES = 128;
const MISSING_SHARE = 0.05;

const header = [
  ...Array.from({ length: NUMBERS }, (_, at) => `number${at}`),
  ...Array.from({ length: TEXTS }, (_, at) => `text${at}`),
].join(',');
const HEADER = `${header},outcome\n`;

/** Rows that are made together, by a generator of their own. */
const BLOCK = 1_000;

/**
 * A made-up CSV file of any length: 14 columns of numbers, 6 of texts with 12 values each, a twentieth of the numbers missing, and `outcome`,
 * which depends on six of them. A shorter file is the beginning of a longer one.
 */
export class CustomersCsv {
  readonly #rows: number;

  constructor(rows: number) {
    this.#rows = rows;
  }

  get sizeBytes(): number {
    return HEADER.length + this.#rows * ROW_BYTES;
  }

  /** The bytes from `begin` up to `end`. */
  bytes(begin: number, end: number): Uint8Array<ArrayBuffer> {
    const bytesPerBlock = BLOCK * ROW_BYTES;
    const offset = HEADER.length;
    const first = Math.max(0, Math.floor((begin - offset) / bytesPerBlock));
    const last = Math.ceil(Math.max(0, end - offset) / bytesPerBlock);
    const pieces = begin < offset ? [HEADER] : [];
    for (let block = first; block < last; block++) pieces.push(this.#block(block));
    const from = begin < offset ? begin : begin - offset - first * bytesPerBlock;
    return new Uint8Array(Buffer.from(pieces.join(''), 'latin1').subarray(from, from + end - begin));
  }

  #block(block: number): string {
    const random = createRandom(block + 1);
    const count = Math.min(BLOCK, this.#rows - block * BLOCK);
    return Array.from({ length: count }, () => rowOf(random)).join('');
  }
}

function rowOf(random: Random): string {
  // Sums of three draws are close to normally distributed.
  const numbers = Array.from({ length: NUMBERS }, () => random.uniform() + random.uniform() + random.uniform() - 1.5);
  const texts = Array.from({ length: TEXTS }, () => random.below(VALUES));
  const [a, b, c, d, e] = numbers as [number, number, number, number, number];
  const odds = 2 * a + 3 * b * b - 1 + 2 * Math.sin(3 * c) + (d * e > 0 ? 0.8 : -0.8) + (texts[0]! % 5) * 0.5 - 1;
  const label = random.uniform() < 1 / (1 + Math.exp(-odds)) ? 'paid' : 'left';
  const cells = numbers.map((number, at) => (at > 0 && random.uniform() < MISSING_SHARE ? '' : number.toFixed(3)));
  const line = [...cells, ...texts.map((text) => `t${text}`), label].join(',');
  return `${line.padStart(ROW_BYTES - 1)}\n`;
}
