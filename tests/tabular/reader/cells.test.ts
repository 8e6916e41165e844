import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  currentReading,
  firstReading,
  isMissing,
  parseBoolean,
  parseDateTime,
  parseNumber,
  trimCell,
} from '../../../src/runtime/values/cells.ts';
import { MISSING_TOKENS } from '../../../src/runtime/values/missing-tokens.ts';

describe('parseNumber', () => {
  it('parseNumber equals Number() for every number that can be printed', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Object.is(parseNumber(String(value)), Number(String(value)))).toBe(true);
      }),
    );
  });

  it.each([
    ['1.234,5', ',', '.', 1234.5],
    ['1,234,567', '.', ',', 1234567],
    ["12'345", '.', "'", 12345],
    ['0,5', ',', '', 0.5],
    ['-1,5e3', ',', '', -1500],
  ])(
    'parseNumber reads %s with the decimal mark %j and the thousands separator %j',
    (text, decimal, thousands, value) => {
      expect(parseNumber(text, { decimal, thousands })).toBe(value);
    },
  );

  it.each([
    ['12,34', '.', ','],
    ['1,2345', '.', ','],
    ['0,123', '.', ','],
    ['001,234', '.', ','],
    ['1.5,234', '.', ','],
    ['1.5', ',', ''],
    ['0x10', '.', ''],
    ['1_000', '.', ''],
    ['1 000', '.', ''],
    ['٣', '.', ''],
    ['', '.', ''],
  ])('parseNumber refuses %s with the decimal mark %j and the thousands separator %j', (text, decimal, thousands) => {
    expect(parseNumber(text, { decimal, thousands })).toBeNaN();
  });

  it.each(['inf', '-Infinity', '1e400'])('parseNumber returns an infinity for %s', (text) => {
    expect(Math.abs(parseNumber(text))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('parseDateTime', () => {
  it('parseDateTime reads every timestamp that toISOString prints', () => {
    const dates = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(dates, (date) => {
        expect(parseDateTime(date.toISOString(), null)).toBeCloseTo(date.getTime(), 6);
        expect(parseDateTime(date.toISOString().slice(0, 10), null)).toBe(
          Math.floor(date.getTime() / 86_400_000) * 86_400_000,
        );
      }),
    );
  });

  it.each([
    ['2024-04-03 17:05', null, '2024-04-03T17:05:00Z'],
    ['2024/4/3', null, '2024-04-03T00:00:00Z'],
    ['2024-04-03T17:05:09+02:00', null, '2024-04-03T15:05:09Z'],
    ['2024-04-03 17:05:09,250', null, '2024-04-03T17:05:09.250Z'],
    ['2024-04-03 17:05:09.25+02', null, '2024-04-03T15:05:09.250Z'],
    ['2024-04-03 17:05:09-0330', null, '2024-04-03T20:35:09Z'],
    ['2024-04-03 17:05:09 UTC', null, '2024-04-03T17:05:09Z'],
    ['03/Apr/2024', null, '2024-04-03T00:00:00Z'],
    ['03/04/2024', 'DMY', '2024-04-03T00:00:00Z'],
    ['03/04/2024', 'MDY', '2024-03-04T00:00:00Z'],
    ['3.4.2024', null, '2024-04-03T00:00:00Z'],
    ['3.4.2024', 'MDY', '2024-03-04T00:00:00Z'],
    ['12/31/2024 12:30 AM', 'MDY', '2024-12-31T00:30:00Z'],
    ['3 Apr 2024', null, '2024-04-03T00:00:00Z'],
    ['03-April-2024', null, '2024-04-03T00:00:00Z'],
    ['Sept 3, 2024 5:05 pm', null, '2024-09-03T17:05:00Z'],
  ] as const)('parseDateTime reads %s in the order %s', (text, order, expected) => {
    expect(parseDateTime(text, order)).toBe(Date.parse(expected));
  });

  it.each([
    ['2023-02-29', null],
    ['2024-13-01', null],
    ['2024-01-01 24:00', null],
    ['03/04/2024', null],
    ['03/04/2024', 'YMD'],
    ['31/04/2024', 'DMY'],
    ['03/04/24', 'DMY'],
    ['3/4-2024', 'DMY'],
    ['3 Foo 2024', null],
    ['0803-001', null],
    ['2024', null],
  ] as const)('parseDateTime refuses %s in the order %s', (text, order) => {
    expect(parseDateTime(text, order)).toBeNaN();
  });
});

describe('other cells', () => {
  it('the default and the given missing tokens are recognised', () => {
    for (const reading of [firstReading(), currentReading()]) {
      expect(MISSING_TOKENS.every((token) => isMissing(token, reading))).toBe(true);
      expect(isMissing('unknown', reading)).toBe(false);
      expect(isMissing('na', reading)).toBe(false);
    }
    expect(isMissing('unknown', firstReading([' unknown']))).toBe(true);
    expect(isMissing('unknown', currentReading([' unknown']))).toBe(true);
    expect(isMissing('#DIV/0!', firstReading())).toBe(false);
    expect(isMissing('#DIV/0!', currentReading())).toBe(true);
  });

  it('without the default tokens only the empty cell is missing', () => {
    const reading = currentReading(['unknown'], false);
    expect(['NA', 'None', '-', '.', ''].filter((token) => isMissing(token, reading))).toEqual(['']);
    expect(isMissing('unknown', reading)).toBe(true);
  });

  it('booleans are read in any case', () => {
    expect(['TRUE', 'yes', 'T', 'y'].map(parseBoolean)).toEqual([true, true, true, true]);
    expect(['False', 'NO', 'f', 'n'].map(parseBoolean)).toEqual([false, false, false, false]);
    expect(['1', '', 'maybe'].map(parseBoolean)).toEqual([null, null, null]);
  });

  it('only ASCII white space is trimmed', () => {
    expect(trimCell(' \t\r\n a b \v\f')).toBe('a b');
    expect(trimCell('\u00a0a')).toBe('\u00a0a');
  });
});
