import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDesign } from '../../../src/ml/linear/design.ts';
import { DesignRows } from '../../../src/ml/linear/design-rows.ts';
import { fitWeights, type LinearProblem } from '../../../src/ml/linear/fit-weights.ts';
import { GramSum } from '../../../src/ml/linear/gram.ts';
import { type LinearLoss, logisticLoss, softmaxLoss, squaredLoss } from '../../../src/ml/linear/linear-loss.ts';
import { LinearObjective } from '../../../src/ml/linear/linear-objective.ts';
import { momentsOf } from '../../../src/ml/linear/moments.ts';
import { sampleOf } from '../../../src/ml/linear/sample.ts';
import { softmaxHessian } from '../../../src/ml/linear/softmax-hessian.ts';
import { SolverProgress } from '../../../src/ml/linear/solver-progress.ts';
import { TrainingWasm } from '../../../src/ml/parallel/training-wasm.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { mapSteps, runToEnd } from '../../../src/ml/steps.ts';
import type { TrainingSet, TrainingTarget } from '../../../src/ml/training-set.ts';
import { numbers, texts } from '../made-tables.ts';

const NO_WEIGHTS = { ofClasses: null, ofRows: null };

/** Two numbers, the second now and then missing, and a category; a target of `classCount` classes, or a number for 1. */
function madeSet(rowCount: number, classCount: number, seed = 1): TrainingSet {
  const random = createRandom(seed);
  const x = Array.from({ length: rowCount }, () => random.uniform() * 8 - 4);
  const y = Array.from({ length: rowCount }, () => (random.uniform() < 0.1 ? null : random.uniform() * 50));
  const kind = Array.from({ length: rowCount }, () => ['a', 'b', 'c'][random.below(3)]!);
  const score = x.map((value, i) => value + (y[i] ?? 10) / 10 + (kind[i] === 'b' ? 2 : 0) + random.uniform() * 6);
  const target: TrainingTarget =
    classCount === 1
      ? { task: 'REGRESSION', values: Float64Array.from(score) }
      : {
          task: 'CLASSIFICATION',
          labels: Array.from({ length: classCount }, (_, k) => `class ${k}`),
          codes: Int32Array.from(score, (value) => Math.min(classCount - 1, Math.max(0, Math.floor(value / 3)))),
        };
  return {
    features: [
      { name: 'x', kind: 'NUMBER' },
      { name: 'y', kind: 'NUMBER' },
      { name: 'kind', kind: 'CATEGORY', categories: ['a', 'b', 'c'] },
    ],
    columns: [numbers('x', x), numbers('y', y), texts('kind', kind)],
    rows: Int32Array.from({ length: rowCount }, (_, i) => i),
    target,
  };
}

function lossOf(wasm: TrainingWasm, { target }: TrainingSet): LinearLoss {
  if (target.task === 'REGRESSION') return squaredLoss(wasm, target.values, null);
  return target.labels.length === 2
    ? logisticLoss(wasm, target.codes, { ofClasses: Float64Array.of(0.5, 2), ofRows: null })
    : softmaxLoss(wasm, target.codes, target.labels.length, NO_WEIGHTS);
}

function objectiveOf(wasm: TrainingWasm, data: TrainingSet, maxCachedBytes?: number, l2 = 0.7): LinearObjective {
  const rows = new DesignRows(wasm, runToEnd(createDesign(data, false)), maxCachedBytes);
  return new LinearObjective(rows, lossOf(wasm, data), l2);
}

/** Weights of about 1 in size; padding, which has none, left out. */
function someWeights(objective: LinearObjective): Float64Array {
  const random = createRandom(5);
  const { loss, rows } = objective;
  const { denseCount, width } = rows.design;
  return Float64Array.from({ length: objective.weightCount }, (_, j) => {
    const column = Math.floor(j / loss.stride);
    const isPadding = (column >= denseCount && column < width) || j % loss.stride >= loss.marginCount;
    return isPadding ? 0 : random.uniform() * 2 - 1;
  });
}

function evaluate(objective: LinearObjective, weights: Float64Array): { value: number; gradient: Float64Array } {
  const gradient = new Float64Array(weights.length);
  return { value: runToEnd(objective.evaluate(weights, gradient)), gradient };
}

/** How a function's values change with weight j, by a central difference. */
function slopeAt<T>(
  weights: Float64Array,
  j: number,
  measure: (weights: Float64Array) => T,
  minus: (a: T, b: T) => T,
): T {
  const shifted = (by: number): Float64Array => weights.map((weight, i) => (i === j ? weight + by : weight));
  return minus(measure(shifted(1e-5)), measure(shifted(-1e-5)));
}

describe.each([
  { loss: 'squared loss', classCount: 1 },
  { loss: 'logistic loss', classCount: 2 },
  { loss: 'softmax loss', classCount: 3 },
  { loss: 'softmax loss of more classes', classCount: 6 },
])('$loss', ({ classCount }) => {
  const data = madeSet(2311, classCount);

  test('the gradient is the change of the loss', () => {
    using wasm = TrainingWasm.take();
    const objective = objectiveOf(wasm, data);
    const weights = someWeights(objective);
    const { gradient } = evaluate(objective, weights);
    for (const j of weights.keys()) {
      const change = slopeAt(
        weights,
        j,
        (shifted) => evaluate(objective, shifted).value,
        (a, b) => a - b,
      );
      const isUnused = weights[j] === 0;
      expect(isUnused ? gradient[j] : change / 2e-5 / gradient[j]!).toBeCloseTo(isUnused ? 0 : 1, 4);
    }
  });

  test('rows that are computed again for each pass give the same to the bit', () => {
    using wasm = TrainingWasm.take();
    const kept = objectiveOf(wasm, data);
    const made = objectiveOf(wasm, data, 0);
    expect([kept.rows.isCached, made.rows.isCached]).toEqual([true, false]);
    const weights = someWeights(kept);
    expect(evaluate(made, weights)).toEqual(evaluate(kept, weights));
  });

  test('the minimum over many rows, reached by way of a sample, has a zero gradient', () => {
    const many = madeSet(30_000, classCount);
    const design = runToEnd(createDesign(many, false));
    const problem: LinearProblem = {
      data: many,
      design,
      weights: { ofClasses: classCount === 2 ? Float64Array.of(0.5, 2) : null, ofRows: null },
      loss: { kind: 'SQUARED', quantile: 0.5 },
      l2: 0.7,
    };
    const search = fitWeights(problem, 100, () => false);
    const progress = new SolverProgress();
    const shares: number[] = [];
    const found = runToEnd(mapSteps(search, (step) => shares.push(progress.after(step))));
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(0)).toBeLessThan(0.1);
    expect(shares.at(-1)).toBeGreaterThan(0.5);
    expect(shares.at(-1)).toBeLessThanOrEqual(1);
    const { weights, isConverged, iterations } = found;
    expect(isConverged).toBe(true);
    expect(iterations).toBeLessThan(35);
    using wasm = TrainingWasm.take();
    const { value, gradient } = evaluate(objectiveOf(wasm, many), weights);
    expect(Math.max(...gradient.map(Math.abs)) / value).toBeLessThan(1e-4);
  });
});

test('categories that a sample lacks find their weights, also with next to no penalty', () => {
  const rowCount = 40_000;
  const random = createRandom(3);
  const categories = Array.from({ length: 200 }, (_, code) => `category ${code}`);
  const x = Array.from({ length: rowCount }, () => random.uniform() * 8 - 4);
  // One row in fifty has one of 195 rare categories.
  const kind = x.map(() => (random.uniform() < 0.02 ? 5 + random.below(195) : random.below(5)));
  const codes = Int32Array.from(x, (value, i) =>
    Math.min(2, Math.max(0, Math.floor((value + (kind[i]! % 7) + random.uniform() * 6) / 4))),
  );
  const data: TrainingSet = {
    features: [
      { name: 'x', kind: 'NUMBER' },
      { name: 'kind', kind: 'CATEGORY', categories },
    ],
    columns: [
      numbers('x', x),
      texts(
        'kind',
        kind.map((code) => categories[code]!),
      ),
    ],
    rows: Int32Array.from(x, (_, i) => i),
    target: { task: 'CLASSIFICATION', labels: ['low', 'middle', 'high'], codes },
  };
  const design = runToEnd(createDesign(data, false));
  const { weights, iterations } = runToEnd(
    fitWeights(
      { data, design, weights: NO_WEIGHTS, loss: { kind: 'SQUARED', quantile: 0.5 }, l2: 1e-6 },
      200,
      () => false,
    ),
  );
  expect(iterations).toBeLessThan(60);
  using wasm = TrainingWasm.take();
  const { value, gradient } = evaluate(objectiveOf(wasm, data, undefined, 1e-6), weights);
  expect(Math.max(...gradient.map(Math.abs)) / value).toBeLessThan(1e-4);
});

test('the gram matrix is how the gradient of squared and logistic loss changes', () => {
  for (const classCount of [1, 2]) {
    using wasm = TrainingWasm.take();
    const objective = objectiveOf(wasm, madeSet(1500, classCount));
    const { rows, loss } = objective;
    if (!(loss.curvatures instanceof Float64Array)) throw new Error('the loss has one margin');
    const weights = someWeights(objective);
    const { gradient } = evaluate(objective, weights);
    const size = gradient.length;
    const gram = new Float64Array(size * size);
    runToEnd(new GramSum(wasm, rows.design).sum(rows, loss.curvatures, gram));
    for (let j = 0; j < size; j++) {
      const changes = slopeAt(
        weights,
        j,
        (shifted) => evaluate(objective, shifted).gradient,
        (a, b) => a.map((slope, i) => (slope - b[i]!) / 2e-5),
      );
      for (let i = j; i < size; i++) {
        const penalty = i === j && j > 0 ? objective.l2 : 0;
        expect(Math.abs(gram[i * size + j]! + penalty - changes[i]!)).toBeLessThan(1e-3);
      }
    }
  }
});

test('the hessian of softmax loss is how its gradient changes', () => {
  using wasm = TrainingWasm.take();
  const data = madeSet(1500, 3);
  const rows = new DesignRows(wasm, runToEnd(createDesign(data, false)));
  const codes = data.target.task === 'CLASSIFICATION' ? data.target.codes : new Int32Array(0);
  const objective = new LinearObjective(
    rows,
    softmaxLoss(wasm, codes, 3, { ofClasses: Float64Array.of(1, 0.5, 2), ofRows: null }),
    0.7,
  );
  const weights = someWeights(objective);
  const hessian = runToEnd(softmaxHessian(objective, weights));
  const free = [...weights.keys()].filter((j) => weights[j] !== 0);
  expect(hessian.length).toBe(free.length ** 2);
  for (const [c, j] of free.entries()) {
    const changes = slopeAt(
      weights,
      j,
      (shifted) => evaluate(objective, shifted).gradient,
      (a, b) => a.map((slope, i) => (slope - b[i]!) / 2e-5),
    );
    for (let r = c; r < free.length; r++) {
      expect(Math.abs(hessian[r * free.length + c]! - changes[free[r]!]!)).toBeLessThan(1e-3);
    }
  }
});

test('margins far from 0 neither overflow nor lose what a small probability weighs', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e5, max: 1e5, noNaN: true }), { minLength: 1, maxLength: 9 }),
      (margins) => {
        using wasm = TrainingWasm.take();
        const room = wasm.doubles(10);
        const codes = Int32Array.from(margins, (_, i) => i % 2);
        const loss = logisticLoss(wasm, codes, NO_WEIGHTS);
        room.set(margins);
        const sum = loss.differentiate(wasm.addressOf(room), 0, margins.length);
        // ln(1 + e^-s), and the probability of the other class: e^-708 stands for all that is below it.
        const signed = margins.map((margin, i) => (codes[i] === 1 ? margin : -margin));
        const wanted = signed.map((s) => (s > 0 ? Math.log1p(Math.exp(-s)) : Math.log1p(Math.exp(s)) - s));
        const total = wanted.reduce((a, b) => a + b, 0);
        expect(Math.abs(sum - total)).toBeLessThanOrEqual(1e-14 * (1 + total));
        for (const [i, s] of signed.entries()) {
          const power = Math.exp(-Math.abs(s));
          const other = s > 0 ? power / (1 + power) : 1 / (1 + power);
          expect(Math.abs(Math.abs(room[i]!) - other)).toBeLessThanOrEqual(1e-300 + 2e-15 * other);
        }
      },
    ),
  );
});

describe('mean and deviation', () => {
  const rowsOf = (values: readonly number[]) => Int32Array.from(values, (_, i) => i);
  const timestampColumns = (values: readonly number[]) => runToEnd(momentsOf((row) => values[row]!, rowsOf(values)));

  test('equal numbers have no deviation', () => {
    expect(timestampColumns(new Array<number>(5000).fill(0.1))).toEqual({ mean: 0.1, deviation: 0, missingRows: 0 });
  });

  test('numbers far from 0 lose no digits of their deviation', () => {
    const { mean, deviation } = timestampColumns(Array.from({ length: 6001 }, (_, i) => 1e12 + i));
    expect(mean).toBe(1e12 + 3000);
    expect(deviation).toBeCloseTo(Math.sqrt((6001 ** 2 - 1) / 12), 8);
  });

  test('missing numbers are counted and left out', () => {
    const values = Array.from({ length: 4000 }, (_, i) => (i < 2100 || i % 2 === 0 ? Number.NaN : i % 4));
    expect(timestampColumns(values)).toEqual({ mean: 2, deviation: 1, missingRows: 3050 });
    expect(timestampColumns([Number.NaN])).toEqual({ mean: 0, deviation: 0, missingRows: 1 });
  });
});

describe('a sample', () => {
  test('a sample is spread evenly over the rows, with their targets', () => {
    const data = madeSet(20_000, 1);
    const sample = sampleOf(data, 1000)!;
    expect(sample.rows.length).toBeGreaterThan(990);
    expect(sample.rows.length).toBeLessThan(1010);
    for (let start = 0; start < 20_000; start += 1000) {
      const inside = sample.rows.filter((row) => row >= start && row < start + 1000).length;
      expect(Math.abs(inside - 50)).toBeLessThan(4);
    }
    const all = data.target.task === 'REGRESSION' ? data.target.values : [];
    expect(sample.target.task === 'REGRESSION' && [...sample.target.values]).toEqual(
      [...sample.rows].map((row) => all[row]),
    );
  });

  test('there is no sample of few rows, or if a class would have too few', () => {
    expect(sampleOf(madeSet(1000, 1), 501)).toBe(null);
    const data = madeSet(20_000, 2);
    const rare = {
      ...data,
      target: {
        task: 'CLASSIFICATION',
        labels: ['no', 'yes'],
        codes: data.rows.map((row) => (row % 500 === 0 ? 1 : 0)),
      },
    } as const;
    expect(sampleOf(rare, 1000)).toBe(null);
    expect(sampleOf(data, 1000)).not.toBe(null);
  });
});
