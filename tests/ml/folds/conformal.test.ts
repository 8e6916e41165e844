import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conformalInterval } from '../../../src/ml/folds/conformal.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { numbers, request, table, train } from '../made-tables.ts';

test('the radius is the smallest error that enough errors do not exceed', () => {
  const anyErrors = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(anyErrors, fc.constantFrom(0.5, 0.8, 0.9, 0.95), (errors, coverage) => {
      const interval = conformalInterval(Float64Array.from(errors), new Float64Array(errors.length), coverage);
      const within = (radius: number) => errors.filter((error) => Math.abs(error) <= radius).length;
      // In hundredths, without the rounding of products.
      const isEnough = (radius: number) => within(radius) * 100 >= (errors.length + 1) * Math.round(coverage * 100);
      const radii = errors.map(Math.abs).filter(isEnough);
      expect(interval).toEqual(radii.length === 0 ? null : { coverage, radius: Math.min(...radii) });
    }),
  );
});

/** Rows of a line with errors of an uneven distribution. */
function noisyLine(rows: number, seed: number) {
  const random = createRandom(seed);
  const x = Array.from({ length: rows }, () => random.uniform() * 10);
  return table(
    numbers('x', x),
    numbers(
      'y',
      x.map((value) => 3 * value - Math.log(1 - random.uniform()) * 4 * (random.uniform() < 0.5 ? 1 : -1)),
    ),
  );
}

test('over many trainings the intervals hold nine in ten new values, within the bounds of chance', () => {
  let hits = 0;
  let rows = 0;
  for (let seed = 0; seed < 60; seed++) {
    const { trained } = train({
      ...request(noisyLine(400, seed), 'y', 'REGRESSION', 'LINEAR', ['x'], { folds: 5 }),
      split: { strategy: 'LAST', column: null, testFraction: 0.5, seed: 0 },
    });
    const { evaluation } = trained;
    if (evaluation.task !== 'REGRESSION' || evaluation.interval === undefined) throw new Error('there is an interval');
    const { coverage, low, high, level, radius } = evaluation.interval;
    expect(level).toBe(0.9);
    expect(parseModel(trained.modelBytes).interval).toEqual({ coverage: 0.9, radius });
    expect(low).toBeLessThanOrEqual(coverage);
    expect(high).toBeGreaterThanOrEqual(coverage);
    hits += coverage * trained.testRows;
    rows += trained.testRows;
  }
  // The radius of each training errs by chance too, as a quantile of some 170 errors: four standard deviations of both.
  const spread = Math.sqrt((0.9 * 0.1) / rows + (0.9 * 0.1) / (60 * 166));
  expect(rows).toBe(12_000);
  expect(Math.abs(hits / rows - 0.9)).toBeLessThan(4 * spread);
});

test('too few rows have no interval, and labels have none', () => {
  const few = { ...request(noisyLine(10, 1), 'y', 'REGRESSION', 'LINEAR', ['x'], { folds: 2 }) };
  const { trained } = train(few);
  expect(parseModel(trained.modelBytes).interval).toBeUndefined();
  expect(trained.evaluation).not.toHaveProperty('interval');
});

test('a file with an interval that makes no sense is refused', () => {
  const { trained } = train(request(noisyLine(60, 1), 'y', 'REGRESSION', 'LINEAR', ['x'], { folds: 2 }));
  const file = JSON.parse(new TextDecoder().decode(trained.modelBytes)) as object;
  for (const interval of [{ coverage: 1, radius: 1 }, { coverage: 0.9, radius: -1 }, { coverage: 0.9 }, 3]) {
    expect(() => parseModel(JSON.stringify({ ...file, interval }))).toThrow(/interval/);
  }
});
