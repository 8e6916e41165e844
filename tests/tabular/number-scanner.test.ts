import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNumber } from '../../src/runtime/cells.ts';
import { NumberScanner } from '../../src/tabular/number-scanner.ts';

function scan(text: string, decimal = '.'): { value: number; end: number } {
  const scanner = new NumberScanner(decimal);
  const value = scanner.scan(Buffer.from(`${text}\n`), 0);
  return { value, end: scanner.end };
}

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 25 });
const spelled = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    digits,
    fc.option(digits),
    fc.option(fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '-', '+'), fc.integer({ min: 0, max: 330 }))),
  )
  .map(([sign, whole, fraction, exponent]) => {
    return sign + whole + (fraction === null ? '' : `.${fraction}`) + (exponent === null ? '' : exponent.join(''));
  });

const anyNumber = fc.oneof(
  spelled,
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toExponential()),
  fc.tuple(fc.integer(), fc.integer({ min: 0, max: 20 })).map(([value, places]) => (value / 1000).toFixed(places)),
);

describe('NumberScanner', () => {
  it('equals Number(text) in every bit', () => {
    fc.assert(
      fc.property(anyNumber, (text) => {
        const { value, end } = scan(text);
        fc.pre(/\d/.test(text.replace(/[eE].*/, '')));
        expect(Object.is(value, Number(text))).toBe(true);
        expect(end).toBe(text.length);
      }),
      { numRuns: 5000 },
    );
  });

  it('agrees with the parser of text that predictions use, with a point and with a comma', () => {
    fc.assert(
      fc.property(fc.oneof(anyNumber, fc.string({ maxLength: 6 })), fc.constantFrom('.', ','), (text, decimal) => {
        const written = decimal === ',' ? text.replace('.', ',') : text;
        const { value, end } = scan(written, decimal);
        const expected = parseNumber(written, { decimal, thousands: '' });
        const scannedAll = !Number.isNaN(value) && end === written.length;
        // "inf" is a word, which is left to the parser of text.
        if (!/inf/i.test(written)) expect(Object.is(scannedAll ? value : Number.NaN, expected)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['12abc', 12, 2],
    ['1.5,2', 1.5, 3],
    ['-0', -0, 2],
    ['.5', 0.5, 2],
    ['5.', 5, 2],
    ['1e400', Number.POSITIVE_INFINITY, 5],
    ['9007199254740993', 9007199254740992, 16],
  ])('reads %s as %d and stops at byte %d', (text, value, end) => {
    expect(scan(text)).toEqual({ value, end });
  });

  it.each(['', '-', '.', '+.', 'e5', '1e', '1e+', 'abc'])('finds no number in %j', (text) => {
    expect(scan(text).value).toBeNaN();
  });
});
