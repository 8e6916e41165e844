import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/ml/random.ts';
import { categoricalGainPenalty } from '../../../src/ml/tree/splitting/categorical-gain-penalty.ts';
import { effectiveMinHessian, newtonStep, shrunkNewtonStep } from '../../../src/ml/tree/splitting/newton-step.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import { numbers, request, table, texts, train } from '../made-tables.ts';

/** About standard normal: the sum of twelve uniform numbers minus their mean. */
function normal(random: { uniform(): number }): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.uniform();
  return sum;
}

describe('what a category gains by chance', () => {
  /** The mean of the best gains of groups of those sizes, whose gradients are noise. */
  function meanBestGain(sizes: readonly number[], noise: number): number {
    const random = createRandom(3);
    const hessian = sizes.reduce((sum, size) => sum + size, 0);
    const repetitions = 2000;
    let all = 0;
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const groups = sizes.map((size) => ({ size, gradient: normal(random) * Math.sqrt(noise * size) }));
      groups.sort((a, b) => a.gradient / a.size - b.gradient / b.size);
      const gradient = groups.reduce((sum, group) => sum + group.gradient, 0);
      let best = 0;
      let left = { gradient: 0, size: 0 };
      for (const group of groups.slice(0, -1)) {
        left = { gradient: left.gradient + group.gradient, size: left.size + group.size };
        const right = { gradient: gradient - left.gradient, size: hessian - left.size };
        const score = left.gradient ** 2 / left.size + right.gradient ** 2 / right.size;
        best = Math.max(best, score - gradient ** 2 / hessian);
      }
      all += best;
    }
    return all / repetitions;
  }

  // The formula takes the division at the mean for the best one: it is a little less.
  test.each([
    ['forty equal groups', Array.from({ length: 40 }, () => 10), 1],
    ['groups of very different sizes', Array.from({ length: 60 }, (_, i) => 1000 / (i + 1)), 1],
    ['another noise', Array.from({ length: 40 }, () => 10), 0.3],
  ])('the categorical gain penalty is about the mean gain of the best random splits: %s', (_, sizes, noise) => {
    const rootSum = sizes.reduce((sum, size) => sum + Math.sqrt(size), 0);
    const hessian = sizes.reduce((sum, size) => sum + size, 0);
    const ratio = categoricalGainPenalty(rootSum, hessian, noise) / meanBestGain(sizes, noise);
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.05);
  });

  test('the categorical gain penalty is zero where there is no choice', () => {
    expect(categoricalGainPenalty(2 * Math.sqrt(5), 10, 1)).toBeCloseTo(0, 12);
    expect(categoricalGainPenalty(Math.sqrt(10), 10, 1)).toBe(0);
  });
});

describe('a category that tells nothing does not win over a number that tells a little', () => {
  const random = createRandom(21);
  const rows = Array.from({ length: 2000 }, () => ({ x: random.uniform(), code: random.below(150) }));
  const data = table(
    numbers(
      'x',
      rows.map(({ x }) => x),
    ),
    texts(
      'code',
      rows.map(({ code }) => `code ${code}`),
    ),
    texts(
      'label',
      rows.map(({ x }) => (random.uniform() < 0.35 + 0.3 * x ? 'yes' : 'no')),
    ),
    numbers(
      'amount',
      rows.map(({ x }) => 0.6 * x + normal(random)),
    ),
  );
  test.each([
    ['DECISION_TREE', 'label', 'CLASSIFICATION'],
    ['DECISION_TREE', 'amount', 'REGRESSION'],
    ['GRADIENT_BOOSTING', 'label', 'CLASSIFICATION'],
    ['GRADIENT_BOOSTING', 'amount', 'REGRESSION'],
  ] as const)('an uninformative category does not win over a weak number: %s of %s', (algorithm, target, task) => {
    const parameters = algorithm === 'DECISION_TREE' ? { maxDepth: 1 } : { maxDepth: 1, trees: 1 };
    const { trained } = train(request(data, target, task, algorithm, ['x', 'code'], parameters));
    expect(trained.featureImportances).toContainEqual(expect.objectContaining({ feature: 'x', gain: 1 }));
  });
});

describe('the value of a leaf', () => {
  test('the value of a leaf is Newton’s step, shrunk by the penalty', () => {
    expect(newtonStep(-6, 2, { l1: 0, l2: 1 })).toBe(2);
    expect(newtonStep(0, 0, { l1: 0, l2: 0 })).toBe(0);
  });

  test('the value of a leaf is halved if its gradient is two standard errors from 0', () => {
    // Eight rows, sum 4 and squares 6: the variance of the sum is 6 - 16 / 8 = 4.
    expect(shrunkNewtonStep(4, 3, 6, 8, { l1: 0, l2: 1 })).toBeCloseTo(newtonStep(4, 3, { l1: 0, l2: 1 }) / 2, 12);
  });

  test('the value of a leaf is Newton’s step if all rows agree, or there is no penalty', () => {
    expect(shrunkNewtonStep(-4, 2, 4, 4, { l1: 0, l2: 1 })).toBe(newtonStep(-4, 2, { l1: 0, l2: 1 }));
    expect(shrunkNewtonStep(4, 3, 6, 8, { l1: 0, l2: 0 })).toBe(newtonStep(4, 3, { l1: 0, l2: 0 }));
    expect(shrunkNewtonStep(0, 3, 6, 8, { l1: 0, l2: 1 })).toBe(0);
  });

  test('a leaf needs as much curvature as the penalty, and some in any case', () => {
    expect(effectiveMinHessian(7)).toBe(7);
    expect(effectiveMinHessian(0)).toBeGreaterThan(0);
  });
});

describe('a tree without a mistake on its training rows', () => {
  /** Labels by a rule of two numbers, and what a tree makes of them. */
  function outputs(rowCount: number, parameters: Record<string, number>): Float64Array {
    const random = createRandom(4);
    const rows = Array.from({ length: rowCount }, () => [random.below(20), random.below(20)] as const);
    const data = table(
      numbers(
        'x',
        rows.map(([x]) => x),
      ),
      numbers(
        'y',
        rows.map(([, y]) => y),
      ),
      texts(
        'label',
        rows.map(([x, y]) => (x < 10 && y < 10 ? 'in' : 'out')),
      ),
    );
    const { trained } = train(request(data, 'label', 'CLASSIFICATION', 'DECISION_TREE', ['x', 'y'], parameters));
    const predictions = predictTable(parseModel(trained.modelBytes), data);
    if (predictions.task !== 'CLASSIFICATION') throw new Error('a classification was asked for');
    return Float64Array.from(predictions.probabilities);
  }

  test('a pure leaf is certain if that many rows cannot be separated by chance', () => {
    for (const probability of outputs(2000, {})) expect([0, 1]).toContain(probability);
  });

  test('a pure leaf of few rows is not certain', () => {
    for (const probability of outputs(60, { minSamplesLeaf: 1 })) {
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThan(1);
    }
  });

  test('a mixed leaf is not certain', () => {
    for (const probability of outputs(2000, { maxDepth: 1 })) {
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThan(1);
    }
  });
});

describe('minLeafHessian', () => {
  // Of nineteen labels each row of a leaf has a curvature of about 1/20 at the start.
  const random = createRandom(3);
  const x = Array.from({ length: 500 }, () => random.uniform());
  const data = table(
    // No leaf is of neighbouring labels alone.
    numbers(
      'x',
      x.map((value) => ((Math.floor(19 * value) * 7) % 19) + random.uniform()),
    ),
    texts(
      'label',
      x.map((value) => `grade ${Math.floor(19 * value)}`),
    ),
  );
  const accuracyOf = (given: Readonly<Record<string, number>>) => {
    const parameters = { trees: 10, learningRate: 0.3, ...given };
    const { metrics } = train(request(data, 'label', 'CLASSIFICATION', 'GRADIENT_BOOSTING', ['x'], parameters)).trained;
    return metrics.task === 'CLASSIFICATION' ? metrics.accuracy : Number.NaN;
  };

  test('minLeafHessian, and not l2, keeps leaves from being small', () => {
    expect(accuracyOf({ l2: 10 })).toBeGreaterThan(0.9);
    expect(accuracyOf({ l2: 10, minLeafHessian: 10 })).toBeLessThan(0.7);
    expect(accuracyOf({ l2: 1, minLeafHessian: 10 })).toBeLessThan(0.7);
  });

  test('minLeafHessian of runs before that parameter is l2', () => {
    const now = request(data, 'label', 'CLASSIFICATION', 'GRADIENT_BOOSTING', ['x'], {
      trees: 3,
      l2: 4,
      minLeafHessian: 4,
    });
    const { minLeafHessian: _, ...before } = now.parameters;
    expect(train({ ...now, parameters: before }).trained.modelBytes).toEqual(train(now).trained.modelBytes);
  });
});
