import { beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/ml/random.ts';
import type { AlgorithmName } from '../../../src/ml/registry.ts';
import { createRowExplainer } from '../../../src/runtime/contributions/explain-row.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { writeModel } from '../../../src/runtime/format/write-model-file.ts';
import type { Model } from '../../../src/runtime/model.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import { createRowPredictor } from '../../../src/runtime/predict/predict-row.ts';
import type { Predictions } from '../../../src/runtime/predict/predictions.ts';
import { tableFromRows } from '../../../src/runtime/predict/rows-to-table.ts';
import { blendedModel } from '../../ml/blended-model.ts';
import { MIXED_FEATURES, mixedTable, request, train } from '../../ml/made-tables.ts';

const data = mixedTable(300);

const MEMBERS: readonly (readonly [AlgorithmName, object])[] = [
  ['GRADIENT_BOOSTING', { trees: 12 }],
  ['LINEAR', {}],
  ['RANDOM_FOREST', { trees: 5 }],
  ['DECISION_TREE', { maxDepth: 4 }],
  ['BASELINE', {}],
];

const WEIGHTS = [0.4, 0.25, 0.2, 0.1, 0.05];

const TARGETS = [
  { target: 'yes', task: 'CLASSIFICATION', temperature: 1 },
  { target: 'yes', task: 'CLASSIFICATION', temperature: 1.7 },
  { target: 'size', task: 'CLASSIFICATION', temperature: 1 },
  { target: 'size', task: 'CLASSIFICATION', temperature: 0.6 },
  { target: 'amount', task: 'REGRESSION', temperature: 1 },
] as const;

/** By target, in the order of MEMBERS. */
const trained = new Map<string, readonly Model[]>();

beforeAll(() => {
  for (const { target, task } of TARGETS) {
    const models = MEMBERS.map(([algorithm, parameters]) =>
      parseModel(train(request(data, target, task, algorithm, MIXED_FEATURES, { ...parameters })).trained.modelBytes),
    );
    trained.set(target, models);
  }
});

function membersOf(target: string): readonly Model[] {
  return trained.get(target)!;
}

function outputsOf(said: Predictions): Float64Array {
  return said.task === 'REGRESSION' ? said.values : said.probabilities;
}

const random = createRandom(3);

/** Usual, missing and unseen values; enough for the code for many. */
const ROWS = Array.from({ length: 150 }, (_, row) => ({
  x: row % 11 === 0 ? null : random.uniform() * 10,
  y: row % 7 === 0 ? null : random.uniform() * 4 - 2,
  place: ['Bern', 'Lima', 'Oslo', 'elsewhere', null][random.below(5)]!,
  constant: 7,
}));

/** The weighted mean of what the members say, and the temperature's effect on it, for one row. */
function expectedOf(members: readonly Model[], row: (typeof ROWS)[number], temperature: number): readonly number[] {
  const said = members.map((member) => outputsOf(createRowPredictor(member)(row)));
  const mean = Array.from(said[0]!, (_, k) => said.reduce((sum, outputs, m) => sum + WEIGHTS[m]! * outputs[k]!, 0));
  if (temperature === 1) return mean;
  const powers = mean.map((p) => p ** (1 / temperature));
  return powers.map((power) => power / powers.reduce((sum, each) => sum + each, 0));
}

describe.each(TARGETS)('a blend of $target at temperature $temperature', ({ target, temperature }) => {
  test('says the weighted mean of what its members say, one row or many, also once it was a file', () => {
    const members = membersOf(target);
    const blend = parseModel(writeModel(blendedModel(members, WEIGHTS, temperature)));
    expect(blend).toEqual(blendedModel(members, WEIGHTS, temperature));
    const predict = createRowPredictor(blend);
    const together = outputsOf(predictTable(blend, tableFromRows(blend, ROWS)));
    const width = together.length / ROWS.length;
    for (const [i, row] of ROWS.entries()) {
      const single = outputsOf(predict(row));
      expect([...single]).toEqual([...together.subarray(i * width, (i + 1) * width)]);
      for (const [k, value] of expectedOf(members, row, temperature).entries()) {
        expect(Math.abs(single[k]! - value)).toBeLessThan(1e-12 * Math.max(1, Math.abs(value)));
      }
    }
  });

  test('contributions and base sum to its output, and only columns that a member asks about have any', () => {
    const blend = blendedModel(membersOf(target), WEIGHTS, temperature);
    const { explain, stepsPerRow } = createRowExplainer(blend)!;
    const predict = createRowPredictor(blend);
    expect(stepsPerRow).toBeGreaterThan(0);
    for (const row of ROWS.slice(0, 40)) {
      const outputs = outputsOf(predict(row));
      for (const [output, value] of outputs.entries()) {
        const { base, contributions } = explain(row, output);
        const total = contributions.reduce((sum, { contribution }) => sum + contribution, base);
        expect(Math.abs(total - value)).toBeLessThan(1e-9 * Math.max(1, Math.abs(value)));
        expect(contributions.map(({ column }) => column).toSorted()).toEqual(['place', 'x', 'y']);
      }
    }
  });
});

test('contributions to a value are the weighted sums of the members’', () => {
  const members = membersOf('amount');
  const { explain } = createRowExplainer(blendedModel(members, WEIGHTS))!;
  const explainers = members.map((member) => createRowExplainer(member)!);
  for (const row of ROWS.slice(0, 20)) {
    const { base, contributions } = explain(row, 0);
    const parts = explainers.map((explainer) => explainer.explain(row, 0));
    const weighted = (of: (part: (typeof parts)[number]) => number) =>
      parts.reduce((sum, part, m) => sum + WEIGHTS[m]! * of(part), 0);
    expect(base).toBeCloseTo(
      weighted((part) => part.base),
      9,
    );
    for (const { column, contribution } of contributions) {
      const ofMember = (part: (typeof parts)[number]) =>
        part.contributions.find((each) => each.column === column)?.contribution ?? 0;
      expect(contribution).toBeCloseTo(weighted(ofMember), 9);
    }
  }
});

test('of one member with margins, contributions are in proportion to its own', () => {
  const [boosting] = membersOf('yes');
  const own = createRowExplainer(boosting!)!;
  const { explain } = createRowExplainer(blendedModel([boosting!], [1]))!;
  for (const row of ROWS.slice(0, 20)) {
    const margins = own.explain(row, 1);
    const probabilities = explain(row, 1);
    const moved = margins.contributions.reduce((sum, { contribution }) => sum + contribution, 0);
    const logistic = (margin: number) => 1 / (1 + Math.exp(-margin));
    // The integral has this closed form; it is summed in 32 points.
    const slope = (logistic(margins.base + moved) - logistic(margins.base)) / moved;
    for (const { column, contribution } of margins.contributions) {
      const found = probabilities.contributions.find((each) => each.column === column)!;
      expect(found.contribution).toBeCloseTo(slope * contribution, 3);
    }
    expect(probabilities.base).toBeCloseTo(logistic(margins.base), 12);
  }
});

test.each([0.01, 100])(
  'probabilities stay finite and sum to 1 at temperature %d, also of impossible labels',
  (temperature) => {
    const [model] = membersOf('size');
    const blendOf = (outputs: readonly number[]): Model =>
      blendedModel(
        [{ ...model!, estimator: { kind: 'CONSTANT', outputs: Float64Array.from(outputs) } }],
        [1],
        temperature,
      );
    const said = (outputs: readonly number[]) => [...outputsOf(createRowPredictor(blendOf(outputs))({}))];
    expect(said([0.5, 0.5, 0])).toEqual([0.5, 0.5, 0]);
    expect(said([1, 0, 0])).toEqual([1, 0, 0]);
    const tiny = said([1e-12, 1e-300, 1 - 1e-12]);
    expect(tiny.every(Number.isFinite)).toBe(true);
    expect(tiny.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    // No file that was written says so.
    expect(said([0, 0, 0])).toEqual([0, 0, 0]);
    expect(said([-1, -2, 0]).every(Number.isFinite)).toBe(true);
  },
);

test('a regression has no temperature', () => {
  const file = new TextDecoder().decode(writeModel(blendedModel(membersOf('amount'), WEIGHTS)));
  const attempt = () => parseModel(file.replace('"temperature":1,', '"temperature":2,'));
  expect(attempt).toThrow('model.temperature');
});

test('a blend is not explained where a member is not', () => {
  const members = membersOf('amount').map((model): Model => {
    if (model.estimator.kind !== 'FOREST') return model;
    const { leafRows: _, ...forest } = model.estimator;
    return { ...model, estimator: forest };
  });
  expect(createRowExplainer(blendedModel(members, WEIGHTS))).toBeNull();
});
