import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profileLabels, profileNumbers } from '../../../src/tabular/profile/profile.ts';
import { countValues } from '../../../src/tabular/profile/value-counts.ts';
import { WasmNumbers } from '../../../src/tabular/scan/wasm-numbers.ts';

function profileOf(values: readonly number[]) {
  using numbers = WasmNumbers.of(Float64Array.from(values));
  return profileNumbers(numbers, 'NUMERIC');
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

describe('numeric profiles', () => {
  // numpy: x = [3, 1, 4, 1, 5, 9, 2, 6]; x.mean(), x.std(ddof=1), np.percentile(x, [5, 25, 50, 75, 95])
  it('numeric profiles equal those of numpy', () => {
    const { numeric, missing, distinct } = profileOf([3, 1, 4, 1, 5, Number.NaN, 9, 2, 6]);
    expect({ missing, distinct }).toEqual({ missing: 1, distinct: 7 });
    expect(numeric).toMatchObject({ min: 1, max: 9, mean: 3.875, p25: 1.75, median: 3.5, p75: 5.25 });
    expect(numeric?.stddev).toBeCloseTo(2.748376143938713, 12);
    expect(numeric?.p05).toBeCloseTo(1, 12);
    expect(numeric?.p95).toBeCloseTo(7.95, 12);
    expect(numeric?.histogram).toHaveLength(20);
    expect(numeric?.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(8);
    expect(numeric?.histogram.at(-1)).toEqual({ from: expect.closeTo(8.6, 12), to: 9, count: 1 });
  });

  it('numeric profiles are finite and ordered for any finite numbers', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 60 }), (values) => {
        const numeric = profileOf(values).numeric;
        if (numeric === null) throw new Error('no profile');
        const { min, p05, p25, median, p75, p95, max, histogram } = numeric;
        for (const value of [numeric.mean, numeric.stddev, ...histogram.flatMap(({ from, to }) => [from, to])]) {
          expect(Number.isFinite(value)).toBe(true);
        }
        const ordered = [min, p05, p25, median, p75, p95, max];
        expect(
          ordered.every(
            (value, index) =>
              index === 0 ||
              value >= ordered[index - 1]! * (1 - 1e-12) - 1e-300 ||
              value >= ordered[index - 1]! * (1 + 1e-12) - 1e-300,
          ),
        ).toBe(true);
        expect(histogram.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
      }),
    );
  });
});

describe('profiles of more than 100,000 rows', () => {
  // A sum of uniform numbers to 4 decimals, some missing: nearly normal, with tens of thousands of distinct values.
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const values = Float64Array.from({ length: 400_000 }, (_, row) => {
    const sum = random() + random() + random() + random() - 2;
    return row % 10 === 0 ? Number.NaN : row % 50 === 1 ? 0.25 : Math.round(sum * 20_000) / 10_000;
  });
  const profile = profileOf([...values]);
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();

  it('profiles of more than 100,000 rows have exact range, mean, deviation, missing values and histogram', () => {
    const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
    const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    expect(profile).toMatchObject({ approximate: true, missing: 40_000 });
    expect(profile.numeric).toMatchObject({ min: sorted[0], max: sorted.at(-1) });
    expect(profile.numeric?.mean).toBeCloseTo(mean, 12);
    expect(profile.numeric?.stddev).toBeCloseTo(Math.sqrt(squares / (sorted.length - 1)), 12);
    profile.numeric?.histogram.forEach(({ from, to, count }, bin) => {
      const expected = sorted.filter((value) => value >= from && (value < to || bin === 19)).length;
      expect(count).toBe(expected);
    });
  });

  it('profiles of more than 100,000 rows estimate distinct values and quantile ranks within 1 %', () => {
    const distinct = new Set(sorted).size;
    expect(Math.abs(profile.distinct / distinct - 1)).toBeLessThan(0.01);
    const { p05, p25, median, p75, p95 } = profile.numeric ?? {};
    for (const [value, share] of [
      [p05, 0.05],
      [p25, 0.25],
      [median, 0.5],
      [p75, 0.75],
      [p95, 0.95],
    ] as const) {
      const rank = sorted.filter((other) => other <= (value ?? Number.NaN)).length / sorted.length;
      expect(Math.abs(rank - share)).toBeLessThan(0.01);
    }
    expect(profile.topValues[0]?.value).toBe('0.25');
    for (const { value, count } of profile.topValues) {
      expect(count).toBe(sorted.filter((other) => other === Number(value)).length);
    }
  });

  it('profiles of more than 100,000 rows are exact if there are few distinct values', () => {
    const few = profileOf([...values.map((value) => Math.round(value))]);
    expect(few).toMatchObject({ approximate: false, distinct: 9 });
  });
});

describe('top values', () => {
  it('top values are the most frequent ones, ties in order of first appearance', () => {
    const top = profileOf([5, 7, 7, 5, 9, 1, 1, 7, Number.NaN]).topValues;
    expect(top).toEqual([
      { value: '7', count: 3 },
      { value: '5', count: 2 },
      { value: '1', count: 2 },
      { value: '9', count: 1 },
    ]);
  });

  it('top values equal a plain count of all values', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 300 }), (values) => {
        const counts = new Map<number, number>();
        for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
        const expected = [...counts].sort((left, right) => right[1] - left[1]).slice(0, 20);
        expect(profileOf(values).topValues).toEqual(
          expected.map(([value, count]) => ({ value: String(value), count })),
        );
        const labels = [...counts.keys()].map(String);
        const labelProfile = profileLabels(labels, Uint32Array.from(counts.values()), values.length);
        expect(labelProfile.topValues).toEqual(profileOf(values).topValues);
      }),
    );
  });
});

describe('sorting and counting', () => {
  it('numbers are sorted like the built-in sort', () => {
    const numbers = Float64Array.from({ length: 20_000 }, (_, index) => {
      const wild = Math.sin(index * 12.9898) * 43758.5453;
      return index % 3 === 0 ? Math.round(wild) + 0 : wild * 10 ** ((index % 40) - 20);
    });
    using copy = WasmNumbers.of(numbers);
    const { values, counts, present } = copy.countAll();
    expect(present).toBe(20_000);
    expect(values).toEqual(Float64Array.from(new Set(numbers.slice().sort())));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20_000);
  });

  it('many distinct values are counted like few', () => {
    const values = Float64Array.from({ length: 30_000 }, (_, index) =>
      index % 5 === 0 ? Number.NaN : (index * 7919) % 9973,
    );
    const { values: distinct, counts, present } = countValues(values);
    const expected = new Map<number, number>();
    for (const value of values) if (!Number.isNaN(value)) expected.set(value, (expected.get(value) ?? 0) + 1);
    expect(present).toBe(24_000);
    expect([...distinct]).toEqual([...expected.keys()].sort((left, right) => left - right));
    expect([...counts]).toEqual([...distinct].map((value) => expected.get(value)));
  });

  it('-0 counts as 0', () => {
    expect([...countValues(Float64Array.of(0, -0, 1)).counts]).toEqual([2, 1]);
  });
});
