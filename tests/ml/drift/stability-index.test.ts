import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { driftVerdict, randomIndex, stabilityIndex } from '../../../src/ml/drift/stability-index.ts';
import { createRandom } from '../../../src/ml/random.ts';

const counts = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: length, maxLength: length });
const pairs = fc.integer({ min: 2, max: 20 }).chain((length) => fc.tuple(counts(length), counts(length)));

/** As its textbooks define it: the sum of the divergences in both directions, over shares that are none of them 0. */
function divergences(before: readonly number[], now: readonly number[]): number {
  const sharesOf = (rows: readonly number[]) => {
    const all = rows.reduce((sum, row) => sum + row, 0);
    return rows.map((row) => row / all);
  };
  const [p, q] = [sharesOf(before), sharesOf(now)];
  const from = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, share, group) => sum + share * Math.log(share / (b[group] ?? Number.NaN)), 0);
  return from(p, q) + from(q, p);
}

describe('the population stability index', () => {
  test('it is the worked example of the textbooks within a thousandth', () => {
    // 10 groups of a tenth each, of which the last has lost half of its share to the first.
    const before = Array.from({ length: 10 }, () => 10_000);
    const now = [15_000, ...Array.from({ length: 8 }, () => 10_000), 5_000];
    expect(stabilityIndex(before, now)).toBeCloseTo(0.05 * Math.log(1.5) - 0.05 * Math.log(0.5), 3);
  });

  test('it is the sum of both Kullback-Leibler divergences of the counts with half a row more in each group', () => {
    fc.assert(
      fc.property(pairs, ([before, now]) => {
        fc.pre(before.some((count) => count > 0) && now.some((count) => count > 0));
        const used = before.flatMap((count, group) => (count + (now[group] ?? 0) > 0 ? [group] : []));
        const more = (rows: readonly number[]) => used.map((group) => (rows[group] ?? 0) + 0.5);
        expect(stabilityIndex(before, now)).toBeCloseTo(divergences(more(before), more(now)), 9);
      }),
    );
  });

  test('it is never negative, the same in both directions and in any order of the groups, and 0 for equal samples', () => {
    fc.assert(
      fc.property(pairs, ([before, now]) => {
        const index = stabilityIndex(before, now);
        expect(index).toBeGreaterThanOrEqual(-1e-12);
        expect(stabilityIndex(now, before)).toBeCloseTo(index, 9);
        expect(stabilityIndex(before.toReversed(), now.toReversed())).toBeCloseTo(index, 9);
        expect(stabilityIndex(before, before)).toBeCloseTo(0, 12);
      }),
    );
  });

  test('a group that neither sample has changes nothing', () => {
    expect(stabilityIndex([5, 0, 7], [9, 0, 2])).toBe(stabilityIndex([5, 7], [9, 2]));
    expect(driftVerdict([0, 0], [0, 0])).toBe('NONE');
  });
});

/** How many of so many samples without any drift get another verdict than NONE. */
function falseAlarms(rowsBefore: number, rowsNow: number, groups: number, samples: number): number {
  const random = createRandom(7);
  const draw = (rows: number) => {
    const drawn = new Array<number>(groups).fill(0);
    for (let row = 0; row < rows; row++) drawn[random.below(groups)]! += 1;
    return drawn;
  };
  let alarms = 0;
  for (let sample = 0; sample < samples; sample++) {
    if (driftVerdict(draw(rowsBefore), draw(rowsNow)) !== 'NONE') alarms++;
  }
  return alarms;
}

describe('the verdict', () => {
  test.each([
    [10_000, 20],
    [10_000, 100],
    [200, 50],
    [10_000, 5],
  ])('samples of %i and %i rows of one distribution hardly ever cry drift', (before, now) => {
    expect(falseAlarms(before, now, 10, 400)).toBeLessThanOrEqual(6);
  });

  test('the index of samples without drift is on average what chance makes of it', () => {
    const random = createRandom(3);
    const draw = (rows: number) => {
      const drawn = new Array<number>(10).fill(0);
      for (let row = 0; row < rows; row++) drawn[random.below(10)]! += 1;
      return drawn;
    };
    let sum = 0;
    for (let sample = 0; sample < 500; sample++) sum += stabilityIndex(draw(2_000), draw(1_000));
    const { expected } = randomIndex(new Array(10).fill(200), new Array(10).fill(100));
    expect(sum / 500 / expected).toBeGreaterThan(0.9);
    expect(sum / 500 / expected).toBeLessThan(1.1);
  });

  test('of many rows it follows the limits of 0.1 and 0.25', () => {
    const half = (share: number) => [share * 1e6, (1 - share) * 1e6];
    expect(driftVerdict(half(0.5), half(0.6))).toBe('NONE');
    expect(driftVerdict(half(0.5), half(0.67))).toBe('MODERATE');
    expect(driftVerdict(half(0.5), half(0.8))).toBe('STRONG');
  });

  test('few rows that all lie in a group that was rare are a drift', () => {
    expect(driftVerdict([9_900, 100], [0, 12])).toBe('STRONG');
  });

  test('the quantile is that of the chi-squared distribution within a percent', () => {
    // R: qchisq(0.999, 9) = 27.877, qchisq(0.999, 1) = 10.828.
    const { limit } = randomIndex(new Array(10).fill(1e9), new Array(10).fill(100));
    expect(limit * 1_000).toBeCloseTo(27.877, 0);
    expect(randomIndex([1e9, 1e9], [500, 500]).limit * 1_000).toBeGreaterThan(10.5);
  });
});
