import { describe, expect, it } from 'vitest';
import type { CsvOptions } from '../../../src/tabular/csv-options.ts';
import { codesOf, inspect } from '../temporary-file.ts';

/** The kind of a column of the given values, beside a column that makes the file complete. */
function kindOf(name: string, values: readonly string[], options: CsvOptions = {}) {
  const content = [`${name},other`, ...values.map((value, index) => `"${value}",${index % 2}.5`)].join('\n');
  const inspection = inspect(content, options);
  return { profile: inspection.columns[0], codes: codesOf(inspection), table: inspection.table };
}

const thirty = Array.from({ length: 30 }, (_, index) => index);
const WORDS = ['amber', 'birch', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'heath', 'inlet', 'jetty'];

describe('kinds that are found', () => {
  it.each([
    ['numbers', 'x', thirty.map((n) => `${n * 1.37}`), 'NUMERIC'],
    [
      'numbers with gaps',
      'x',
      thirty.map((n) => (n % 4 === 0 ? (['', 'NA', '?', '-'][n % 3] ?? '') : `${n * 3}`)),
      'NUMERIC',
    ],
    [
      'numbers with exponents',
      'x',
      thirty.map((n) => `${n}.5${'eE'[n % 2]}${['-', '+', ''][n % 3]}${n % 7}`),
      'NUMERIC',
    ],
    ['0 and 1', 'x', thirty.map((n) => `${n % 2}`), 'NUMERIC'],
    ['distinct prices', 'price', thirty.map((n) => `${900 + n * n}`), 'NUMERIC'],
    ['years that count up', 'year', thirty.map((n) => `${1990 + n}`), 'NUMERIC'],
    ['row numbers from 1', 'x', thirty.map((n) => `${n + 1}`), 'IDENTIFIER'],
    ['row numbers from 0 without a name', '', thirty.map((n) => `${n}`), 'IDENTIFIER'],
    ['distinct whole numbers named id', 'customerId', thirty.map((n) => `${n * 7919}`), 'IDENTIFIER'],
    ['repeated whole numbers named id', 'city_id', thirty.map((n) => `${n % 5}`), 'NUMERIC'],
    ['numbers of 19 digits', 'account', thirty.map((n) => `${1234567890123456700n + BigInt(n)}`), 'IDENTIFIER'],
    ['numbers of 16 digits', 'x', thirty.map((n) => `${9007199254740900 - (n % 7)}`), 'NUMERIC'],
    ['distinct codes', 'x', thirty.map((n) => `AB-${n * 31}`), 'IDENTIFIER'],
    ['true and false', 'x', thirty.map((n) => (n % 3 ? 'True' : 'False')), 'BOOLEAN'],
    ['yes and no in two cases', 'x', thirty.map((n) => ['yes', 'No', 'YES'][n % 3] ?? ''), 'BOOLEAN'],
    ['t and f with gaps', 'x', thirty.map((n) => ['t', 'f', ''][n % 3] ?? ''), 'BOOLEAN'],
    ['yes alone', 'x', thirty.map(() => 'yes'), 'CONSTANT'],
    ['yes, no and maybe', 'x', thirty.map((n) => ['yes', 'no', 'maybe'][n % 3] ?? ''), 'CATEGORICAL'],
    ['one number', 'x', thirty.map(() => '7'), 'CONSTANT'],
    ['nothing', 'x', thirty.map(() => ''), 'CONSTANT'],
    ['ISO dates', 'x', thirty.map((n) => `2024-01-${String((n % 28) + 1).padStart(2, '0')}`), 'DATETIME'],
    [
      'ISO moments with zones',
      'x',
      thirty.map((n) => `2024-01-02T0${n % 9}:30:00${['Z', '+02:00', '-0500'][n % 3]}`),
      'DATETIME',
    ],
    [
      'dates with names of months',
      'x',
      thirty.map((n) => `${n + 1} ${['Jan', 'March', 'Dec'][n % 3]} 2024`),
      'DATETIME',
    ],
    ['dates with points', 'x', thirty.map((n) => `0${(n % 5) + 1}.02.2024`), 'DATETIME'],
    ['years of two digits', 'x', thirty.map((n) => `25/12/${10 + (n % 9)}`), 'CATEGORICAL'],
    ['local dates with a 25th', 'x', thirty.map((n) => `${(n % 28) + 1}/01/2024`), 'DATETIME'],
    ['ambiguous dates', 'x', thirty.map((n) => `0${(n % 5) + 1}/01/2024`), 'CATEGORICAL'],
    ['times of day', 'x', thirty.map((n) => `${10 + (n % 12)}:00`), 'NUMERIC'],
    ['durations', 'x', thirty.map((n) => `${n % 3}:${10 + n}:05`), 'NUMERIC'],
    ['days as digits', 'x', thirty.map((n) => `202401${10 + (n % 20)}`), 'DATETIME'],
    ['stamps as digits', 'x', thirty.map((n) => `20240110T0${n % 10}3000`), 'DATETIME'],
    ['dates as mails write them', 'x', thirty.map((n) => `Wed, ${1 + (n % 28)} Jan 2025 10:00:00 +0200`), 'DATETIME'],
    ['nanoseconds since 1970', 'x', thirty.map((n) => `${1735689601507000000n + BigInt(n) * 1000n}`), 'DATETIME'],
    ['months', 'x', thirty.map((n) => `2024-0${1 + (n % 9)}`), 'DATETIME'],
    ['dates with points and years of two digits', 'x', thirty.map((n) => `${13 + (n % 9)}.10.14`), 'DATETIME'],
    ['postal codes', 'x', thirty.map((n) => `0${1000 + (n % 7)}`), 'CATEGORICAL'],
    ['product codes with an E', 'x', thirty.map((n) => `${100 + (n % 7)}E3`), 'CATEGORICAL'],
    ['amounts of money', 'x', thirty.map((n) => `$1,234.${10 + n}`), 'NUMERIC'],
    ['amounts in lakh', 'x', thirty.map((n) => `21,58,4${10 + n}`), 'NUMERIC'],
    ['signs behind', 'x', thirty.map((n) => `${n}.50-`), 'NUMERIC'],
    ['Unicode minus signs', 'x', thirty.map((n) => `\u2212${n}.5`), 'NUMERIC'],
    [
      'prose',
      'x',
      thirty.map((n) => `the ${WORDS[n % 10]} stood beside the ${WORDS[(n * 7) % 10]} number ${n}`),
      'TEXT',
    ],
    ['names of people', 'x', thirty.map((n) => `${WORDS[n % 10]} ${WORDS[(n * 3 + 1) % 10]} ${n}`), 'TEXT'],
    ['many labels', 'city', thirty.map((n) => WORDS[n % 10] ?? ''), 'CATEGORICAL'],
    ['ten different labels in ten rows', 'city', WORDS, 'CATEGORICAL'],
  ])('%s', (_, name, values, kind) => {
    expect(kindOf(name, values).profile?.kind).toBe(kind);
  });

  it('holds what the interface says for each kind', () => {
    const dates = kindOf('x', ['2024-01-01', '', '2024-01-02']).table?.columns[0];
    expect(dates).toMatchObject({ storage: 'number', kind: 'DATETIME' });
    expect(dates?.storage === 'number' ? [...dates.values] : []).toEqual([
      Date.UTC(2024, 0, 1),
      Number.NaN,
      Date.UTC(2024, 0, 2),
    ]);
    const flags = kindOf('x', ['yes', 'YES', '', 'No']).table?.columns[0];
    expect(flags).toMatchObject({ storage: 'label', labels: ['yes', 'No'], codes: Int32Array.of(0, 0, -1, 1) });
  });

  it('keeps identifiers as they are written', () => {
    const column = kindOf(
      'id',
      thirty.map((n) => `00${n}`),
    ).table?.columns[0];
    expect(column?.storage === 'label' ? column.labels[1] : null).toBe('001');
  });

  it('says of ambiguous dates what to do, and reads them when told', () => {
    const values = thirty.map((n) => `0${(n % 5) + 1}/02/2024`);
    expect(kindOf('x', values).codes).toContain('COLUMN_DATE_AMBIGUOUS');
    const told = kindOf('x', values, { dateOrder: 'DMY' });
    expect(told.profile).toMatchObject({ kind: 'DATETIME', dateOrder: 'DMY' });
    expect(told.profile?.topValues[0]?.value).toBe('2024-02-01');
  });
});

describe('kinds that are asked for', () => {
  const asked = (kind: 'NUMERIC' | 'CATEGORICAL' | 'BOOLEAN' | 'DATETIME' | 'TEXT' | 'CONSTANT'): CsvOptions => ({
    columnKinds: [{ column: 'x', kind }],
  });

  it('reads numbers as labels, as they are written', () => {
    const { table } = kindOf('x', ['1', '01', '1', '2'], asked('CATEGORICAL'));
    expect(table?.columns[0]).toMatchObject({ kind: 'CATEGORICAL', labels: ['1', '01', '2'] });
  });

  it('makes missing what is no number, and says so with lines', () => {
    const { table, codes } = kindOf('x', ['1', 'n.v.', '2', 'n.v.'], asked('NUMERIC'));
    expect(table?.columns[0]).toMatchObject({ kind: 'NUMERIC', values: Float64Array.of(1, Number.NaN, 2, Number.NaN) });
    expect(codes).toContain('COLUMN_VALUES_UNPARSABLE');
  });

  it('makes missing what is no date', () => {
    const { profile, codes } = kindOf('x', ['2024-01-01', 'soon', '2024-01-02'], asked('DATETIME'));
    expect(profile).toMatchObject({ kind: 'DATETIME', missing: 1 });
    expect(codes).toContain('COLUMN_VALUES_UNPARSABLE');
  });

  it('reads two labels of any sort as a boolean', () => {
    expect(kindOf('x', ['1', '0', '1'], asked('BOOLEAN')).profile?.kind).toBe('BOOLEAN');
  });

  it.each([
    ['BOOLEAN', ['a', 'b', 'c']],
    ['DATETIME', ['a', 'b', 'c']],
    ['CONSTANT', ['a', 'b', 'a']],
  ] as const)('says where %s is not possible', (kind, values) => {
    const { profile, codes } = kindOf('x', values, asked(kind));
    expect(profile?.kind).toBe('CATEGORICAL');
    expect(codes).toContain('COLUMN_KIND_NOT_POSSIBLE');
  });
});
