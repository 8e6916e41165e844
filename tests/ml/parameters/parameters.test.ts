import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ParameterError, resolveParameters } from '../../../src/ml/parameters/parameters.ts';
import { ALGORITHM_NAMES, ALGORITHMS } from '../../../src/ml/registry.ts';
import { errorOf } from '../../support/error-of.ts';

describe('resolveParameters', () => {
  test('resolveParameters fills in defaults, and treats null as missing', () => {
    const parameters = resolveParameters('GRADIENT_BOOSTING', { trees: 7, maxDepth: null, learningRate: undefined });
    expect(parameters).toMatchObject({
      trees: 7,
      maxDepth: 6,
      learningRate: 0.1,
      maxLeaves: null,
      classWeight: 'NONE',
    });
    expect(Object.isFrozen(parameters)).toBe(true);
    expect(resolveParameters('BASELINE', { trees: null })).toEqual({ folds: null });
  });

  test('defaults of boosting depend on the size of the training, and on the trees if they are given', () => {
    const of = (trainRows: number, given = {}, labels = 2) =>
      resolveParameters('GRADIENT_BOOSTING', given, { trainRows, features: 20, labels });
    expect(of(100)).toMatchObject({ trees: 200, learningRate: 0.05, earlyStoppingRounds: 0 });
    expect(of(5_000)).toMatchObject({ trees: 2_000, learningRate: 0.05, earlyStoppingRounds: 150 });
    expect(of(1_000_000)).toMatchObject({ trees: 400, learningRate: 0.1, earlyStoppingRounds: 75, rowFraction: 0.5 });
    expect(of(9_999)).toMatchObject({ featureFraction: 0.8 });
    expect(of(10_000)).toMatchObject({ featureFraction: 0.5 });
    expect(of(10_000, {}, 3)).toMatchObject({ featureFraction: 0.8 });
    expect(of(10_000, {}, 0)).toMatchObject({ featureFraction: 0.8 });
    expect(of(5_000, { trees: 100 })).toMatchObject({ trees: 100, learningRate: 0.1, earlyStoppingRounds: 0 });
    expect(of(5_000, { learningRate: 0.3 })).toMatchObject({ trees: 2_000, earlyStoppingRounds: 25 });
    expect(of(5_000, {}, 200)['trees']).toBeLessThan(1_000);
  });

  test('a size of which defaults depend leads to parameters that are allowed', () => {
    fc.assert(
      fc.property(
        fc.record({
          trainRows: fc.nat(100_000_000),
          features: fc.integer({ min: 1, max: 65_534 }),
          labels: fc.nat(500),
        }),
        (size) => {
          const resolved = resolveParameters('GRADIENT_BOOSTING', {}, size);
          expect(resolveParameters('GRADIENT_BOOSTING', resolved)).toEqual(resolved);
        },
      ),
    );
  });

  test.each([
    ['DECISION_TREE', { maxDepth: -3 }, 'maxDepth must be a whole number from 1 to 32; got -3'],
    ['DECISION_TREE', { maxDepth: 2.5 }, 'maxDepth must be a whole number from 1 to 32; got 2.5'],
    ['DECISION_TREE', { maxDepth: '6' }, 'maxDepth must be a whole number from 1 to 32; got 6'],
    ['GRADIENT_BOOSTING', { learningRate: Number.NaN }, 'learningRate must be a number from 0.001 to 1; got NaN'],
    ['LINEAR', { classWeight: 'balanced' }, 'classWeight must be NONE or BALANCED; got balanced'],
    ['LINEAR', { trees: 10 }, 'LINEAR does not take trees; it takes l2, maxIterations, loss'],
    ['BASELINE', { seed: 1 }, 'BASELINE does not take seed; it takes folds'],
    ['BASELINE', { toString: 1 }, 'BASELINE does not take toString; it takes folds'],
  ] as const)('resolveParameters refuses %s %j', (algorithm, given, message) => {
    const attempt = (): unknown => resolveParameters(algorithm, given);
    expect(attempt).toThrow(ParameterError);
    expect(attempt).toThrow(message);
  });

  test('a parameter error names the parameter, and the algorithms that take it', () => {
    expect(errorOf(() => resolveParameters('LINEAR', { trees: 10 }))).toMatchObject({
      parameter: 'trees',
      hint: 'trees is a parameter of RANDOM_FOREST, EXTRA_TREES, GRADIENT_BOOSTING',
    });
  });
});

describe('the specifications', () => {
  const specs = ALGORITHMS.flatMap((algorithm) =>
    algorithm.parameters.map((spec) => ({ algorithm: algorithm.name, spec })),
  );

  test.each(specs)(
    'the default and the bounds of a parameter are allowed: $algorithm $spec.name',
    ({ algorithm, spec }) => {
      for (const value of [spec.default, spec.min, spec.max, ...spec.choices]) {
        const resolved = value === null ? null : resolveParameters(algorithm, { [spec.name]: value })[spec.name];
        expect(resolved).toBe(value);
      }
      expect(spec.description).toMatch(/^\S.*\.$/);
    },
  );

  test('a parameter name has the same kind in all algorithms', () => {
    for (const { spec } of specs) {
      const kinds = new Set(specs.filter((other) => other.spec.name === spec.name).map((other) => other.spec.kind));
      expect(kinds.size).toBe(1);
    }
    expect(ALGORITHM_NAMES.length).toBe(ALGORITHMS.length);
  });
});
