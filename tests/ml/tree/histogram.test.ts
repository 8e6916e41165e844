import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { SINGLE_THREAD } from '../../../src/ml/parallel/pool-jobs.ts';
import { TrainingWasm } from '../../../src/ml/parallel/training-wasm.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { runToEnd } from '../../../src/ml/steps.ts';
import { createEdgeRoom, createSample, drawSample, placeEdges } from '../../../src/ml/tree/binning/bin-edges.ts';
import { binFeatures } from '../../../src/ml/tree/binning/bin-features.ts';
import { BinFinder, createBinRoom } from '../../../src/ml/tree/binning/bin-finder.ts';
import { type BinnedMatrix, GROUP_SIZE } from '../../../src/ml/tree/binning/binned-matrix.ts';
import {
  BLOCK_ROWS,
  createPackedGradients,
  type PackedGradients,
  packGradients,
  UNIT_HESSIAN,
  VARYING_HESSIAN,
} from '../../../src/ml/tree/splitting/gradient-packing.ts';
import { type Histogram, HistogramBuilder } from '../../../src/ml/tree/splitting/histogram.ts';
import { binOf } from '../../../src/runtime/predict/encode-features.ts';
import { numbers } from '../made-tables.ts';

const wasm = TrainingWasm.take();
afterAll(() => wasm[Symbol.dispose]());

/** Nine features (a whole group and one more) of a few values each. */
function makeMatrix(rowCount: number): BinnedMatrix {
  const random = createRandom(11);
  const columns = Array.from({ length: 9 }, (_, f) =>
    numbers(
      `x${f}`,
      Array.from({ length: rowCount }, () => (random.below(9) === 0 ? null : random.below(3 + 4 * f))),
    ),
  );
  const binning = binFeatures(
    {
      features: columns.map((column) => ({ name: column.name, kind: 'NUMBER' })),
      columns,
      rows: Int32Array.from({ length: rowCount }, (_, i) => i),
      target: { task: 'REGRESSION', values: new Float64Array(rowCount) },
    },
    255,
    random,
    wasm,
    SINGLE_THREAD,
  );
  return runToEnd(binning);
}

/** The gradient and the hessian of a packed number. */
function unpack(packed: bigint, shift: number): [bigint, bigint] {
  const gradient = BigInt.asIntN(shift, packed);
  return [gradient, (packed - gradient) >> BigInt(shift)];
}

function count(matrix: BinnedMatrix, rows: Int32Array, gradients: PackedGradients): Histogram {
  const histogram = wasm.doubles(2 * matrix.totalBins);
  const copy = wasm.integers(rows.length);
  copy.set(rows);
  const sums = wasm.longs(matrix.groupCount * GROUP_SIZE * 256);
  const isSelected = wasm.bytes(matrix.featureCount).fill(1);
  new HistogramBuilder(matrix, copy, gradients, sums, isSelected).add(histogram, 0, rows.length);
  return histogram;
}

describe('histograms', () => {
  const rowCount = 3 * BLOCK_ROWS + 17;
  const matrix = makeMatrix(rowCount);
  const random = createRandom(4);
  const gradients = wasm.doubles(rowCount);
  gradients.set(Float64Array.from({ length: rowCount }, () => random.uniform() * 2 - 1));
  const hessians = wasm.doubles(rowCount);
  hessians.set(Float64Array.from({ length: rowCount }, () => random.uniform() / 4));
  const all = Int32Array.from({ length: rowCount }, (_, i) => i);

  /** The same sums in big integers, one row at a time. */
  function exactSums(packed: BigInt64Array, shift: number): bigint[] {
    const sums = new Array<bigint>(2 * matrix.totalBins).fill(0n);
    for (let row = 0; row < rowCount; row++) {
      const [gradient, hessian] = unpack(packed[row]!, shift);
      for (let f = 0; f < 9; f++) {
        const bin = matrix.offsets[f]! + matrix.columns[f]![row]!;
        sums[2 * bin]! += gradient;
        sums[2 * bin + 1]! += hessian;
      }
    }
    return sums;
  }

  test.each([
    ['varying', VARYING_HESSIAN, hessians],
    ['unit', UNIT_HESSIAN, wasm.doubles(0)],
  ] as const)('histogram sums with %s hessians are exact, block after block', (_, packing, ofRows) => {
    const packed = createPackedGradients(
      { packing, gradients, hessians: ofRows, rowCounts: new Float64Array(0) },
      wasm,
    );
    packGradients(packed, 5, wasm);
    expect([...count(matrix, all, packed)].map(BigInt)).toEqual(exactSums(packed.packed, packing.shift));
  });

  test('the largest derivatives of a whole block are summed exactly', () => {
    for (const [packing, hessian] of [
      [VARYING_HESSIAN, VARYING_HESSIAN.hessianLimit],
      [UNIT_HESSIAN, 1],
    ] as const) {
      for (const sign of [1, -1]) {
        const packed = createPackedGradients({ packing, gradients, hessians, rowCounts: new Float64Array(0) }, wasm);
        packed.packed.fill((BigInt(hessian) << BigInt(packing.shift)) + BigInt(sign * packing.gradientLimit));
        const sums = count(matrix, all.subarray(0, BLOCK_ROWS), packed);
        const total = sums.subarray(0, 2 * matrix.binCounts[0]!);
        expect(total.filter((_, i) => i % 2 === 0).reduce((a, b) => a + b, 0)).toBe(
          sign * packing.gradientLimit * BLOCK_ROWS,
        );
        expect(total.filter((_, i) => i % 2 === 1).reduce((a, b) => a + b, 0)).toBe(hessian * BLOCK_ROWS);
      }
    }
  });

  test('the histogram of the rest of a node is that of the node minus a part, in any order of rows', () => {
    const packed = createPackedGradients(
      { packing: VARYING_HESSIAN, gradients, hessians, rowCounts: new Float64Array(0) },
      wasm,
    );
    packGradients(packed, 6, wasm);
    const whole = count(matrix, all, packed);
    const part = all.filter((row) => row % 3 === 0);
    const rest = all.filter((row) => row % 3 !== 0);
    const counted = count(matrix, part, packed);
    wasm.functions.subtract(wasm.addressOf(whole), wasm.addressOf(counted), whole.length);
    expect(whole).toEqual(count(matrix, rest.reverse(), packed));
  });

  test('packed derivatives are unbiased and at most a step off', () => {
    const packed = createPackedGradients(
      { packing: VARYING_HESSIAN, gradients, hessians, rowCounts: new Float64Array(0) },
      wasm,
    );
    packGradients(packed, 7, wasm);
    let errors = 0;
    for (let row = 0; row < rowCount; row++) {
      const [gradient, hessian] = unpack(packed.packed[row]!, VARYING_HESSIAN.shift).map(Number) as [number, number];
      const error = gradient - gradients[row]! * packed.gradientScale;
      expect(Math.abs(error)).toBeLessThanOrEqual(1);
      expect(Math.abs(hessian - hessians[row]! * packed.hessianScale)).toBeLessThanOrEqual(1);
      errors += error;
    }
    expect(Math.abs(errors / rowCount)).toBeLessThan(0.01);
  });
});

function edgesOf(values: readonly number[], maxBins: number): Float64Array {
  const sample = createSample(values.length, wasm);
  drawSample(Float64Array.from(values), sample, createRandom(1));
  return placeEdges(sample, maxBins, createEdgeRoom(values.length, maxBins, wasm), wasm);
}

describe('bins', () => {
  const lists = fc.array(
    fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -5, max: 5 })),
    {
      minLength: 1,
      maxLength: 300,
    },
  );

  test('bin edges ascend, respect the limit, and separate neighbouring values', () => {
    fc.assert(
      fc.property(lists, fc.integer({ min: 2, max: 255 }), (values, maxBins) => {
        const edges = edgesOf(values, maxBins);
        expect(edges.length).toBeLessThan(maxBins);
        for (let i = 1; i < edges.length; i++) expect(edges[i]!).toBeGreaterThan(edges[i - 1]!);
        const distinct = [...new Set(values.map((value) => value + 0))].sort((a, b) => a - b);
        const bins = distinct.map((value) => binOf(edges, value));
        expect(bins).toEqual([...bins].sort((a, b) => a - b));
        expect(distinct.length > maxBins || new Set(bins).size === distinct.length).toBe(true);
        expect(new Set(bins).size).toBe(edges.length + 1);
      }),
    );
  });

  test('many distinct numbers get the bins of their own', () => {
    const finder = new BinFinder(wasm, createBinRoom(wasm));
    const numbers = wasm.doubles(300);
    const bins = wasm.bytes(300);
    fc.assert(
      fc.property(lists, fc.array(fc.double(), { maxLength: 300 }), (values, others) => {
        const edges = Float64Array.from(new Set(values.slice(0, 254).map((value) => value + 0))).sort();
        const sought = [...values, ...others].slice(0, 300);
        numbers.fill(Number.NaN).set(sought);
        finder.find(edges, numbers, bins);
        expect([...bins]).toEqual([...numbers].map((value) => binOf(edges, value)));
      }),
    );
  });

  test('many values are divided evenly, and a frequent one has a bin of its own', () => {
    const values = Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? 500 : i / 10));
    const edges = edgesOf(values, 51);
    const counts = new Map<number, number>();
    for (const value of values) counts.set(binOf(edges, value), (counts.get(binOf(edges, value)) ?? 0) + 1);
    const heavy = counts.get(binOf(edges, 500))!;
    expect(heavy).toBe(5000);
    const others = [...counts.values()].filter((size) => size !== heavy);
    expect(others.length).toBeGreaterThanOrEqual(45);
    expect(Math.max(...others)).toBeLessThan(130);
  });
});

test('random numbers are those of xoshiro128**, evenly spread', () => {
  const random = createRandom(42);
  const counts = new Float64Array(10);
  for (let i = 0; i < 20_000; i++) counts[random.below(10)]!++;
  for (const size of counts) expect(Math.abs(size - 2000)).toBeLessThan(200);
  const first = createRandom(42);
  expect([first.uint32(), first.uint32()]).not.toEqual([createRandom(43).uint32(), createRandom(43).uint32()]);
});
