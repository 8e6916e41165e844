import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNumber } from '../../../src/runtime/values/cells.ts';
import { NumberReader } from '../../../src/tabular/reader/cell-reader.ts';
import { readCsv } from '../../../src/tabular/reader/csv-reader.ts';
import { NullTokens } from '../../../src/tabular/reader/null-tokens.ts';
import { inspect, temporaryFile } from '../temporary-file.ts';

/** How the numbers of a file are written. */
interface Writing {
  readonly delimiter?: string;
  readonly decimal?: string;
  readonly missing?: readonly string[];
}

/** The second of three columns, which is one of numbers, of a file with these cells in it. */
function read(cells: readonly string[], { delimiter = ',', decimal = '.', missing = [] }: Writing = {}): NumberReader {
  const format = { decimal, thousands: '' };
  const plan = { storage: 'number', format, kind: 'NUMERIC' } as const;
  const raw = readCsv(
    {
      path: temporaryFile(`${cells.map((cell) => ['1', cell, 'a'].join(delimiter)).join('\n')}\n`),
      dialect: {
        delimiter,
        quote: '"',
        escape: null,
        newline: '\n',
        decimal,
        encoding: 'utf-8',
        hasBom: false,
        hasHeader: false,
      },
      skip: 0,
      firstLine: 1,
      plans: [plan, plan, { ...plan, storage: 'label' }],
      missing: new NullTokens({ missingTokens: missing }, format),
      expectedRows: cells.length,
      chunkBytes: 1024,
    },
    () => {},
  );
  const reader = raw.readers[1];
  if (!(reader instanceof NumberReader)) throw new Error('some cell was no number');
  return reader;
}

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 25 });
const spelled = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.constantFrom('', '0', '000'),
    digits,
    fc.option(digits),
    fc.option(fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '-', '+'), fc.integer({ min: 0, max: 330 }))),
  )
  .map(([sign, zeros, whole, fraction, exponent]) => {
    const mantissa = zeros + whole + (fraction === null ? '' : `.${fraction}`);
    return sign + mantissa + (exponent === null ? '' : exponent.join(''));
  })
  .filter((text) => !Number.isNaN(parseNumber(text)));

/** A decimal that lies between two neighbouring doubles, or next to there: the hardest to round. */
const halfway = fc
  .tuple(fc.integer({ min: 2 ** 30, max: 2 ** 52 }), fc.integer({ min: -60, max: 60 }), fc.integer({ min: -1, max: 1 }))
  .map(([odd, power, offset]) => {
    const [over, under] = power >= 0 ? [2n ** BigInt(power), 1n] : [1n, 2n ** BigInt(-power)];
    const scaled = (BigInt(odd) * 2n + 1n) * over * 10n ** 30n;
    return `${scaled / under / 2n + BigInt(offset)}e-30`;
  });

const anyNumber = fc.oneof(
  spelled,
  halfway,
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toExponential()),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toPrecision(17)),
  fc.tuple(fc.integer(), fc.integer({ min: 0, max: 20 })).map(([value, layouts]) => (value / 1000).toFixed(layouts)),
);
const numbers = fc.array(anyNumber, { minLength: 1, maxLength: 60 });

/** What a column holds for a number: one beyond the range of a double is missing. */
function kept(text: string): number {
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.NaN;
}

describe('numbers', () => {
  it('numbers equal Number(text) in every bit', () => {
    fc.assert(
      fc.property(numbers, (texts) => {
        const { values } = read(texts);
        texts.forEach((text, row) => {
          expect([text, values[row]]).toEqual([text, kept(text)]);
        });
      }),
      { numRuns: 400 },
    );
  });

  it('numbers with a decimal comma, in quotes and among spaces, are the same', () => {
    fc.assert(
      fc.property(numbers, fc.constantFrom(';', ',', '\t'), (texts, delimiter) => {
        const written = texts.map((text, index) => {
          const cell = text.replace('.', ',');
          return delimiter === ',' || index % 3 === 0 ? `" ${cell}"` : index % 3 === 1 ? ` ${cell} ` : cell;
        });
        const { values } = read(written, { delimiter, decimal: ',' });
        expect([...values.subarray(0, texts.length)]).toEqual(texts.map(kept));
      }),
      { numRuns: 200 },
    );
  });

  it('missing tokens that are numbers are missing, however they are written', () => {
    const reader = read(['-200', '-2e2', '-200.0', '5', '', 'NA', '" -200 "', '1e400', '12345678901234567890123'], {
      missing: ['-200'],
    });
    expect([...reader.values.subarray(0, 9)]).toEqual([
      ...[Number.NaN, Number.NaN, Number.NaN, 5, Number.NaN, Number.NaN, Number.NaN, Number.NaN],
      12345678901234568e6,
    ]);
    expect(reader).toMatchObject({ missing: 7 });
    expect(reader.nonFinite.lines).toEqual([8]);
    expect(reader.range).toMatchObject({ low: 5, high: 12345678901234568e6, areWhole: false });
  });

  it('missing tokens that are numbers are missing also in a column with another decimal mark', () => {
    const cells = ['-9,5', '"-9,5"', '-9,50', '1,5'].map((cell) => `${cell};0.5`);
    const content = `a;b\n${cells.join('\n')}\n2,25;2.5\n-9,5;3.5`;
    const { columns } = inspect(content, { missingTokens: ['-9,5'] });
    expect(columns.map(({ kind, missing }) => [kind, missing])).toEqual([
      ['NUMERIC', 4],
      ['NUMERIC', 0],
    ]);
  });

  it.each(['.', '+.', 'e5', '1e', '1e+', 'abc', '1.2.3', '1 2', '0x1f', '1_000', '--1', '5-'])(
    '%j is not a number',
    (text) => {
      expect(() => read(['1', text])).toThrow('some cell was no number');
    },
  );

  it('a single dash is missing', () => {
    expect(read(['1', '-']).missing).toBe(1);
  });
});
