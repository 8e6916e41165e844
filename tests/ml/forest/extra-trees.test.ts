import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prepareCells } from '../../../src/ml/forest/forest-memory.ts';
import { drawSample, prepareSample } from '../../../src/ml/forest/row-sample.ts';
import { ClassificationSplitter } from '../../../src/ml/forest/splitting/classification-splitter.ts';
import type { NodeSplitter } from '../../../src/ml/forest/splitting/node-splitter.ts';
import { RegressionSplitter } from '../../../src/ml/forest/splitting/regression-splitter.ts';
import { TrainingWasm } from '../../../src/ml/parallel/training-wasm.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { bindModel } from '../../../src/runtime/predict/predict.ts';
import { MIXED_FEATURES, mixedTable, request, train } from '../made-tables.ts';

const NO_WEIGHTS = { ofClasses: null, ofRows: null };

const MISSING = 9;

interface Cell {
  readonly bin: number;
  readonly label: number;
  readonly draws: number;
}

const node = fc.array(
  fc.record({
    bin: fc.integer({ min: 0, max: MISSING }),
    label: fc.integer({ min: 0, max: 1 }),
    draws: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 1, maxLength: 60 },
);

/** How much rows times Gini impurity falls where these rows go left; 0 where too few go either way. */
function gainOf(cells: readonly Cell[], minRows: number, isLeft: (cell: Cell) => boolean): number {
  const score = (side: readonly Cell[]): number => {
    const sums = [0, 0];
    for (const { label, draws } of side) sums[label]! += draws;
    return (sums[0]! ** 2 + sums[1]! ** 2) / (sums[0]! + sums[1]!);
  };
  const left = cells.filter(isLeft);
  const right = cells.filter((cell) => !isLeft(cell));
  return left.length < minRows || right.length < minRows ? 0 : score(left) + score(right) - score(cells);
}

/** The cut that a draw chooses, and the larger gain of both sides for the missing values. */
function expectedGain(cells: readonly Cell[], minRows: number, isCategory: boolean, draw: number): number {
  const isMissing = ({ bin }: Cell): boolean => !isCategory && bin === MISSING;
  const bins = cells.filter((cell) => !isMissing(cell)).map(({ bin }) => bin);
  const low = Math.min(...bins);
  const choices = Math.max(...bins) - low + (cells.some(isMissing) ? 1 : 0);
  if (bins.length === 0 || choices === 0) return 0;
  const cut = low + Math.floor(draw * choices);
  return Math.max(
    ...[false, true].map((side) => gainOf(cells, minRows, (cell) => (isMissing(cell) ? side : cell.bin <= cut))),
  );
}

describe('a random threshold', () => {
  test('has the gain of the cut that its draw chooses, for two labels by both splitters', () => {
    fc.assert(
      fc.property(
        node,
        fc.boolean(),
        fc.constantFrom(1, 3),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (cells, isCategory, minRows, draw) => {
          using wasm = TrainingWasm.take();
          const codes = Int32Array.from(cells, ({ label }) => label);
          const bins = wasm.bytes(cells.length);
          bins.set(cells.map(({ bin }) => bin));
          const column = { bins, address: wasm.addressOf(bins), binCount: MISSING + 1, isCategory };
          const rows = wasm.integers(cells.length);
          rows.set(cells.map((_, i) => i));
          const target = { task: 'CLASSIFICATION', labels: ['a', 'b'], codes } as const;
          // The variance of 0 and 1 is half the Gini impurity.
          const splitters: readonly (readonly [NodeSplitter, number])[] = [
            [new ClassificationSplitter(target, NO_WEIGHTS, minRows), 1],
            [new RegressionSplitter(target, NO_WEIGHTS, minRows, wasm, prepareCells(wasm, cells.length)), 2],
          ];
          const wanted = expectedGain(cells, minRows, isCategory, draw);
          const found = splitters.map(([splitter, scale]) => {
            splitter.startTree(Int32Array.from(cells, ({ draws }) => draws));
            splitter.open(rows, 0, cells.length);
            splitter.tryThreshold(0, column, draw);
            expect(splitter.best.gain * scale).toBeCloseTo(wanted, 6);
            return { feature: splitter.best.feature, cut: splitter.best.cut, gain: splitter.best.gain > 1e-6 };
          });
          expect(found[0]!.gain ? found[0] : null).toEqual(found[1]!.gain ? found[1] : null);
        },
      ),
      { numRuns: 400 },
    );
  });
});

test.each([1, 10, 999])(
  'a sample without repetition of %i rows has the rows that were wanted, each once',
  (rowCount) => {
    using wasm = TrainingWasm.take();
    const memory = prepareSample(wasm, rowCount);
    const random = createRandom(8);
    for (const size of [rowCount, Math.ceil(rowCount / 3)]) {
      const { draws, rows, others } = drawSample('WITHOUT_REPETITION', memory, size, random, wasm);
      expect(rows).toHaveLength(size);
      expect([...draws.keys()].filter((row) => draws[row] === 1)).toEqual([...rows]);
      expect([...rows, ...others].toSorted((a, b) => a - b)).toEqual([...draws.keys()]);
    }
  },
);

describe('extremely randomised trees', () => {
  const data = mixedTable(2000);
  const trained = (parameters: object) =>
    train(request(data, 'amount', 'REGRESSION', 'EXTRA_TREES', MIXED_FEATURES, { ...parameters })).trained;

  test('grown on all rows have a curve without losses; on a share of them with the out-of-bag loss', () => {
    const all = trained({ trees: 5 }).curve;
    expect(all).toMatchObject(
      [1, 2, 3, 4, 5].map((iteration) => ({ iteration, trainLoss: null, validationLoss: null })),
    );
    const share = trained({ trees: 5, rowFraction: 0.6 }).curve;
    expect(share.every(({ validationLoss }) => validationLoss! > 0)).toBe(true);
  });

  test('fitted to every row alone repeat each training row’s target', () => {
    // Few enough rows for every number to have a bin of its own; every fifth is a test row.
    const few = mixedTable(250);
    const wanted = request(few, 'amount', 'REGRESSION', 'EXTRA_TREES', MIXED_FEATURES, { trees: 3, minSamplesLeaf: 1 });
    const model = parseModel(train(wanted).trained.modelBytes);
    const rows = Int32Array.from({ length: 200 }, (_, i) => i + Math.floor(i / 4));
    const predicted = bindModel(model, few)(rows);
    const amount = few.columns.find(({ name }) => name === 'amount')!;
    const truth = amount.storage === 'number' ? amount.values : new Float64Array(0);
    const errors = Array.from(rows, (row, i) =>
      predicted.task === 'REGRESSION' ? Math.abs(predicted.values[i]! - truth[row]!) : Number.NaN,
    );
    expect(Math.max(...errors)).toBeLessThan(1e-9);
  });
});
