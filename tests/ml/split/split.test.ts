import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTarget } from '../../../src/ml/preprocessing/target.ts';
import { SplitError, type SplitRequest, splitRows } from '../../../src/ml/split/split.ts';
import { numbers, table, texts } from '../made-tables.ts';

const RANDOM: SplitRequest = { strategy: 'RANDOM', testFraction: 0.25, column: null, seed: 1 };

function split(labels: readonly (string | null)[], request: Partial<SplitRequest>, group: readonly string[] = []) {
  const target = texts('target', labels);
  const columns = group.length > 0 ? [target, texts('group', group)] : [target];
  return splitRows({ ...RANDOM, ...request }, table(...columns), readTarget(target, 'CLASSIFICATION'));
}

const labelLists = fc.array(fc.constantFrom('a', 'b', 'c', null), { minLength: 10, maxLength: 120 });

describe('RANDOM', () => {
  test('RANDOM splits all rows with a target, in order, by the fraction', () => {
    fc.assert(
      fc.property(
        labelLists,
        fc.integer(),
        fc.double({ min: 0.2, max: 0.8, noNaN: true }),
        (labels, seed, testFraction) => {
          const known = labels.flatMap((label, row) => (label === null ? [] : [row]));
          fc.pre(known.length >= 5);
          const { train, test: tested } = split(labels, { seed, testFraction });
          expect([...train, ...tested].sort((a, b) => a - b)).toEqual(known);
          expect([...train]).toEqual([...train].sort((a, b) => a - b));
          expect(tested.length).toBe(Math.round(known.length * testFraction));
        },
      ),
    );
  });

  test('RANDOM takes of each class its share, to a row, if there are enough rows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 8, max: 60 }), { minLength: 2, maxLength: 5 }),
        fc.integer(),
        (sizes, seed) => {
          const labels = sizes.flatMap((size, k) => new Array<string>(size).fill(`class ${k}`));
          const { test: tested } = split(labels, { seed });
          for (const [k, size] of sizes.entries()) {
            const drawn = tested.filter((row) => labels[row] === `class ${k}`).length;
            // A quarter of all rows is seldom a whole number: the share is that of the test rows that there are.
            expect(Math.abs(drawn - (size * tested.length) / labels.length)).toBeLessThan(1);
          }
        },
      ),
      { examples: [[[13, 9, 60], 0]] },
    );
  });

  test('RANDOM gives both parts a row of each class, whether the test rows are many or few', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 5, max: 12 }), { minLength: 2, maxLength: 14 }),
        fc.constantFrom(0.2, 0.25, 0.5, 0.75, 0.8),
        fc.integer(),
        (sizes, testFraction, seed) => {
          const labels = sizes.flatMap((size, k) => new Array<string>(size).fill(`class ${k}`));
          const { train, test: tested } = split(labels, { seed, testFraction });
          for (const rows of [train, tested]) {
            expect(new Set(Array.from(rows, (row) => labels[row])).size).toBe(sizes.length);
          }
        },
      ),
    );
  });

  test('RANDOM draws numbers by the fraction of the rows that have one', () => {
    const target = numbers('target', [1, null, 2, 3, Number.POSITIVE_INFINITY, 4, 5, null, 6, 7, 8]);
    const { train, test: tested } = splitRows(RANDOM, table(target), readTarget(target, 'REGRESSION'));
    expect([train.length, tested.length]).toEqual([6, 2]);
    expect([...train, ...tested].sort((a, b) => a - b)).toEqual([0, 2, 3, 5, 6, 8, 9, 10]);
  });

  test('RANDOM draws the same rows with the same seed, and others with another', () => {
    const labels = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 'a' : 'b'));
    expect(split(labels, { seed: 7 })).toEqual(split(labels, { seed: 7 }));
    expect(split(labels, { seed: 7 })).not.toEqual(split(labels, { seed: 8 }));
  });

  test('RANDOM keeps the shares of the other classes if one is too rare', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 8, max: 60 }), { minLength: 2, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
        fc.integer(),
        (sizes, rare, seed) => {
          const of = (size: number, label: string) => new Array<string>(size).fill(label);
          const labels = [
            ...rare.flatMap((size, k) => of(size, `rare ${k}`)),
            ...sizes.flatMap((size, k) => of(size, `usual ${k}`)),
          ];
          const { test: tested } = split(labels, { seed });
          expect(tested.length).toBe(Math.round(labels.length / 4));
          for (const [k, size] of sizes.entries()) {
            const drawn = tested.filter((row) => labels[row] === `usual ${k}`).length;
            const share = (size * tested.length) / labels.length;
            expect(Math.abs(drawn - share)).toBeLessThan(1);
          }
        },
      ),
    );
  });

  test('RANDOM works with a class of one row', () => {
    const labels = ['rare', ...Array.from({ length: 39 }, () => 'usual')];
    expect(split(labels, {}).test.length).toBe(10);
  });
});

describe('the other strategies', () => {
  test('LAST takes the last rows that have a target', () => {
    const { train, test: tested } = split(['a', 'b', 'a', 'b', 'a', null], { strategy: 'LAST', testFraction: 0.4 });
    expect([[...train], [...tested]]).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });

  test('INTERLEAVED counts rows without a target before it leaves them out', () => {
    const labels = ['a', null, 'a', 'b', 'a', null, 'b', 'b', 'a', null];
    const { train, test: tested } = split(labels, { strategy: 'INTERLEAVED', testFraction: 0.2 });
    expect([[...train], [...tested]]).toEqual([[0, 2, 3, 6, 7, 8], [4]]);
  });

  test('INTERLEAVED accepts a third written as a decimal', () => {
    const labels = ['a', 'b', 'a', 'b', 'a', 'b'];
    expect([...split(labels, { strategy: 'INTERLEAVED', testFraction: 0.3333 }).test]).toEqual([2, 5]);
  });

  test('INTERLEAVED with 1/k takes the rows whose number leaves k - 1, of any table', () => {
    fc.assert(
      fc.property(labelLists, fc.integer({ min: 2, max: 10 }), (labels, k) => {
        const isKnown = (row: number): boolean => labels[row] !== null;
        const expected = labels.flatMap((_, row) => (row % k === k - 1 && isKnown(row) ? [row] : []));
        const others = labels.flatMap((_, row) => (row % k !== k - 1 && isKnown(row) ? [row] : []));
        fc.pre(expected.length > 0 && others.length > 0);
        const { train, test: tested } = split(labels, { strategy: 'INTERLEAVED', testFraction: 1 / k });
        expect([[...train], [...tested]]).toEqual([others, expected]);
      }),
    );
  });

  test('INTERLEAVED says so if no test row has a target', () => {
    const labels = ['a', 'b', 'a', 'b', null];
    expect(() => split(labels, { strategy: 'INTERLEAVED', testFraction: 0.2 })).toThrow(/leaves no test rows/);
  });

  test('COLUMN leaves out rows without a target, and trains on rows without a value', () => {
    const target = texts('target', ['a', null, 'b', 'a', 'b', null]);
    const group = texts('group', ['test', 'test', null, 'TEST', 'testing', 'train']);
    const request: SplitRequest = { ...RANDOM, strategy: 'COLUMN', column: 'group' };
    const { train, test: tested } = splitRows(request, table(target, group), readTarget(target, 'CLASSIFICATION'));
    expect([[...train], [...tested]]).toEqual([
      [2, 4],
      [0, 3],
    ]);
  });

  test('COLUMN takes the rows that read "test"', () => {
    const group = ['train', 'test', ' Test ', 'other'];
    const request = { strategy: 'COLUMN', column: 'group' } as const;
    expect([...split(['a', 'b', 'a', 'b'], request, group).test]).toEqual([1, 2]);
  });
});

describe('GROUP', () => {
  const groupLists = fc.array(
    fc.record({ label: fc.constantFrom('a', 'b', null), group: fc.option(fc.integer({ min: 0, max: 9 })) }),
    { minLength: 20, maxLength: 150 },
  );

  function byGroup(
    rows: readonly { label: string | null; group: number | null }[],
    request: Partial<SplitRequest> = {},
  ) {
    const target = texts(
      'target',
      rows.map(({ label }) => label),
    );
    const readings = ['numbers', 'texts'] as const;
    const [first, second] = readings.map((reading) => {
      const column =
        reading === 'numbers'
          ? numbers(
              'group',
              rows.map(({ group }) => group),
            )
          : texts(
              'group',
              rows.map(({ group }) => (group === null ? null : `patient ${group}`)),
            );
      const params: SplitRequest = { ...RANDOM, strategy: 'GROUP', column: 'group', ...request };
      return splitRows(params, table(target, column), readTarget(target, 'CLASSIFICATION'));
    });
    expect(first).toEqual(second);
    return first!;
  }

  test('GROUP keeps each group on one side, and uses every row with a target once', () => {
    fc.assert(
      fc.property(groupLists, fc.integer(), (rows, seed) => {
        const known = rows.flatMap(({ label }, row) => (label === null ? [] : [row]));
        fc.pre(new Set(known.map((row) => rows[row]!.group ?? `none ${row}`)).size > 1);
        const { train, test: tested } = byGroup(rows, { seed });
        expect([...train, ...tested].sort((a, b) => a - b)).toEqual(known);
        const groupsOf = (part: Int32Array) =>
          new Set([...part].map((row) => rows[row]!.group).filter((g) => g !== null));
        expect([...groupsOf(train)].filter((group) => groupsOf(tested).has(group))).toEqual([]);
      }),
    );
  });

  test('GROUP takes the share of many small groups, to a row, and others with another seed', () => {
    const rows = Array.from({ length: 1000 }, (_, row) => ({ label: row % 2 ? 'a' : 'b', group: row % 200 }));
    const { test: tested } = byGroup(rows, { testFraction: 0.2 });
    expect(tested.length).toBe(200);
    expect(byGroup(rows, { testFraction: 0.2 }).test).toEqual(tested);
    expect(byGroup(rows, { testFraction: 0.2, seed: 2 }).test).not.toEqual(tested);
  });

  test('GROUP tests the smallest group if each is larger than the share', () => {
    const rows = Array.from({ length: 100 }, (_, row) => ({ label: row % 2 ? 'a' : 'b', group: row < 55 ? 1 : 2 }));
    expect([...byGroup(rows, { testFraction: 0.1 }).test]).toEqual(Array.from({ length: 45 }, (_, i) => 55 + i));
  });

  test('GROUP cannot split a single group', () => {
    const rows = Array.from({ length: 10 }, (_, row) => ({ label: row % 2 ? 'a' : 'b', group: 1 }));
    expect(() => byGroup(rows)).toThrow(/the column group has one value in all rows with a target/);
  });
});

describe('TIME', () => {
  function byTime(
    times: readonly (number | null)[],
    testFraction: number,
    labels = times.map((): string | null => 'a'),
  ) {
    const target = texts('target', labels);
    const request: SplitRequest = { ...RANDOM, strategy: 'TIME', column: 'time', testFraction };
    return splitRows(request, table(target, numbers('time', times)), readTarget(target, 'CLASSIFICATION'));
  }

  test('TIME tests the latest rows, wherever they are in the file', () => {
    const { train, test: tested } = byTime([9, 1, 8, 2, 7, 3, 6, 4, 10, 5], 0.3);
    expect([[...train], [...tested]]).toEqual([
      [1, 3, 4, 5, 6, 7, 9],
      [0, 2, 8],
    ]);
  });

  test('TIME tests no row that is earlier than, or as early as, a training row', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.integer({ min: 0, max: 12 })), { minLength: 10, maxLength: 80 }),
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        (times, fraction) => {
          fc.pre(new Set(times.filter((time) => time !== null)).size > 1);
          const { train, test: tested } = byTime(times, fraction);
          const latest = Math.max(...[...train].map((row) => times[row] ?? Number.NEGATIVE_INFINITY));
          for (const row of tested) expect(times[row]).toBeGreaterThan(latest);
        },
      ),
    );
  });

  test('TIME keeps rows of one timestamp together, as near to the share as possible, and trains on rows without one', () => {
    expect([...byTime([1, 1, 2, 2, 2, 2, 2, 2, 3, 3], 0.3).test]).toEqual([8, 9]);
    expect([...byTime([1, 1, 1, 1, 1, 2, 2, 2, 2, 3], 0.2).test]).toEqual([9]);
    expect([...byTime([1, 1, 1, 1, 1, 2, 2, 2, 3, 3], 0.4).test]).toEqual([5, 6, 7, 8, 9]);
    expect([...byTime([5, null, 4, 3, 2, 1, Number.POSITIVE_INFINITY, 0, -1, -2], 0.25).test]).toEqual([0, 2]);
    expect([...byTime([1, 2, 3, 4, 5], 0.4, ['a', 'b', 'a', null, 'b']).test]).toEqual([2, 4]);
  });

  test('TIME refuses texts, and a single timestamp', () => {
    const target = texts('target', ['a', 'b']);
    const request: SplitRequest = { ...RANDOM, strategy: 'TIME', column: 'when' };
    const data = table(target, texts('when', ['May', 'June']));
    expect(() => splitRows(request, data, readTarget(target, 'CLASSIFICATION'))).toThrow(/TIME needs numbers or dates/);
    expect(() => byTime([1, 1, 1, null], 0.5)).toThrow(/the column time leaves no test rows/);
  });
});

describe('impossible requests say what is wrong', () => {
  test.each([
    [{ testFraction: 0 }, /testFraction must be above 0 and below 1; got 0/],
    [{ testFraction: Number.NaN }, /got NaN/],
    [{ strategy: 'INTERLEAVED', testFraction: 0.3 }, /one in a whole number.*got 0.3/],
    [{ strategy: 'INTERLEAVED', testFraction: 0.75 }, /one in a whole number/],
    [{ strategy: 'LAST', testFraction: 0.01 }, /leaves no test rows/],
    [{ strategy: 'LAST', testFraction: 0.99 }, /leaves no training rows/],
    [{ strategy: 'COLUMN', column: null }, /needs a column/],
    [{ strategy: 'COLUMN', column: 'absent' }, /no column absent/],
    [{ strategy: 'COLUMN', column: 'target' }, /the column target leaves no test rows/],
  ] as const)('an impossible split says what is wrong: %j', (request, message) => {
    const attempt = (): unknown => split(['a', 'b', 'a', 'b'], request);
    expect(attempt).toThrow(SplitError);
    expect(attempt).toThrow(message);
  });

  test('a numeric column cannot mark test rows', () => {
    const target = texts('target', ['a', 'b']);
    const request: SplitRequest = { ...RANDOM, strategy: 'COLUMN', column: 'x' };
    const data = table(target, numbers('x', [1, 2]));
    expect(() => splitRows(request, data, readTarget(target, 'CLASSIFICATION'))).toThrow(/no test rows/);
  });
});
