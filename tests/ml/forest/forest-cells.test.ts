import fc from 'fast-check';
import { expect, test } from 'vitest';
import { prepareCells } from '../../../src/ml/forest/forest-memory.ts';
import { drawSample, prepareSample } from '../../../src/ml/forest/row-sample.ts';
import { RegressionSplitter } from '../../../src/ml/forest/splitting/regression-splitter.ts';
import { TrainingWasm } from '../../../src/ml/parallel/training-wasm.ts';
import { createRandom } from '../../../src/ml/random.ts';

const NO_WEIGHTS = { ofClasses: null, ofRows: null };

/** The last of 256 bins, that of missing values. */
const MISSING = 255;

interface Cell {
  readonly bin: number;
  readonly value: number;
  readonly draws: number;
}

const node = fc.array(
  fc.record({
    bin: fc.oneof(fc.integer({ min: 0, max: MISSING }), fc.constantFrom(0, 63, 64, 254, MISSING)),
    value: fc.integer({ min: -500, max: 500 }),
    draws: fc.integer({ min: 1, max: 4 }),
  }),
  { minLength: 2, maxLength: 300 },
);

/** A splitter of these rows, which lie in order, and their one column. */
function splitterOf(cells: readonly Cell[], minRows: number, wasm: TrainingWasm) {
  const bins = wasm.bytes(cells.length);
  bins.set(cells.map(({ bin }) => bin));
  const rows = wasm.integers(cells.length);
  rows.set(cells.map((_, row) => row));
  const target = { task: 'REGRESSION', values: Float64Array.from(cells, ({ value }) => value) } as const;
  const splitter = new RegressionSplitter(target, NO_WEIGHTS, minRows, wasm, prepareCells(wasm, cells.length));
  splitter.startTree(Int32Array.from(cells, ({ draws }) => draws));
  const column = { bins, address: wasm.addressOf(bins), binCount: MISSING + 1, isCategory: false };
  return { splitter, rows, column };
}

/** How much the squared error falls where these rows go left; 0 where too few go either way. */
function gainOf(cells: readonly Cell[], minRows: number, leftBins: (cell: Cell) => boolean): number {
  const error = (side: readonly Cell[]): number => {
    const weight = side.reduce((sum, { draws }) => sum + draws, 0);
    const mean = side.reduce((sum, { draws, value }) => sum + draws * value, 0) / weight;
    return side.reduce((sum, { draws, value }) => sum + draws * (value - mean) ** 2, 0);
  };
  const left = cells.filter(leftBins);
  const right = cells.filter((cell) => !leftBins(cell));
  return left.length < minRows || right.length < minRows ? 0 : error(cells) - error(left) - error(right);
}

test('no cut of numbers in 256 bins is better than the one that is found', () => {
  fc.assert(
    fc.property(node, fc.constantFrom(1, 3), (cells, minRows) => {
      using wasm = TrainingWasm.take();
      const { splitter, rows, column } = splitterOf(cells, minRows, wasm);
      const isMixed = splitter.open(rows, 0, cells.length);
      const differ = cells.some(({ value }) => value !== cells[0]!.value);
      expect(isMixed).toBe(differ && cells.length >= 2 * minRows);
      if (!isMixed) return;
      // A second look finds the same: nothing is left over from the first.
      splitter.tryFeature(0, column);
      const { feature, cut, missingLeft } = splitter.best;
      splitter.open(rows, 0, cells.length);
      splitter.tryFeature(0, column);
      expect(splitter.best).toMatchObject({ feature, cut, missingLeft });

      let max = 0;
      for (const bound of new Set(cells.map(({ bin }) => bin))) {
        for (const side of [true, false]) {
          max = Math.max(
            max,
            gainOf(cells, minRows, ({ bin }) => (bin === MISSING ? side : bin <= bound)),
          );
        }
      }
      const found = feature < 0 ? 0 : gainOf(cells, minRows, ({ bin }) => (bin === MISSING ? missingLeft : bin <= cut));
      // Values lose up to a thousand-millionth of their range.
      expect(found).toBeGreaterThanOrEqual(max - 1e-2);
    }),
    { numRuns: 200 },
  );
});

test('rows that are all alike have the mean of any of them, to the last bit', () => {
  using wasm = TrainingWasm.take();
  const cells = Array.from({ length: 9 }, (_, i) => ({ bin: i, value: 0.1 + 0.2, draws: 1 + (i % 3) }));
  const { splitter, rows } = splitterOf(cells, 1, wasm);
  expect(splitter.open(rows, 2, 9)).toBe(false);
  const outputs: number[] = [];
  splitter.writeLeaf((_, value) => outputs.push(value));
  expect(outputs).toEqual([0.1 + 0.2]);
});

test.each([1, 7, 1000])('a sample of %i rows is drawn by the numbers of the generator', (rowCount) => {
  using wasm = TrainingWasm.take();
  const random = createRandom(3);
  const expected = createRandom(3);
  const memory = prepareSample(wasm, rowCount);
  // The second sample is one of its own.
  for (const size of [rowCount, 2 * rowCount]) {
    const { draws, rows, others } = drawSample('BOOTSTRAP', memory, size, random, wasm);
    const counts = new Int32Array(rowCount);
    for (let i = 0; i < size; i++) counts[Math.floor(expected.uniform() * rowCount)]!++;
    expect(draws).toEqual(counts);
    const all = [...counts.keys()];
    expect([...rows]).toEqual(all.filter((row) => counts[row]! > 0));
    expect([...others]).toEqual(all.filter((row) => counts[row] === 0));
  }
  expect(random.uint32()).toBe(expected.uint32());
});
