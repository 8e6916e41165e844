import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { TrainingWasm } from '../../../src/ml/parallel/training-wasm.ts';

const wasm = TrainingWasm.take();
afterAll(() => wasm[Symbol.dispose]());

interface Node {
  /** For each bin its gradient and hessian sums; the last is that of missing values. */
  readonly bins: readonly (readonly [gradient: number, hessian: number])[];
  readonly l1: number;
  readonly l2: number;
  readonly minimum: number;
  readonly least: number;
}

interface Cut {
  readonly score: number;
  /** 2 * bin, and 1 more if missing rows go left; -1 for none. */
  readonly cut: number;
}

/** One cut after the other, as equation 7 of Chen and Guestrin (2016) states their score. */
function bestCut({ bins, l1, l2, minimum, least }: Node): Cut {
  const missing = bins.at(-1) ?? [0, 0];
  const total = (part: 0 | 1) => bins.reduce((sum, bin) => sum + bin[part], 0);
  const [G, H] = [total(0), total(1)];
  const size = (gradient: number) => Math.max(Math.abs(gradient) - l1, 0);
  let best: Cut = { score: least, cut: -1 };
  let [g, h] = [0, 0];
  for (const [bin, [gradient, hessian]] of bins.slice(0, -1).entries()) {
    if (gradient === 0 && hessian === 0) continue;
    g += gradient;
    h += hessian;
    for (const [side, [moreG, moreH]] of [[0, 0] as const, missing].entries()) {
      if (side === 1 && moreG === 0 && moreH === 0) continue;
      const [left, right] = [h + moreH + l2, H - h - moreH + l2];
      if (h + moreH < minimum || H - h - moreH < minimum) continue;
      const score = (size(g + moreG) ** 2 * right + size(G - g - moreG) ** 2 * left) / (left * right);
      if (score > best.score) best = { score, cut: 2 * bin + side };
    }
  }
  return best;
}

function foundCut({ bins, l1, l2, minimum, least }: Node): Cut {
  const histogram = wasm.doubles(2 * bins.length);
  histogram.set(bins.flat());
  const cut = wasm.integers(1);
  const sum = (part: 0 | 1) => bins.reduce((all, bin) => all + bin[part], 0);
  const score = wasm.functions.findNumberCut(
    wasm.addressOf(histogram),
    bins.length - 1,
    sum(0),
    sum(1),
    l1,
    l2,
    minimum,
    least,
    0,
    0,
    wasm.addressOf(cut),
  );
  return { score, cut: cut[0]! };
}

test('the best cut of a number is the first of the largest score, with and without missing values', () => {
  const bin = fc.oneof(
    fc.constant([0, 0] as const),
    fc.tuple(fc.integer({ min: -40, max: 40 }), fc.integer({ min: 1, max: 9 })),
    fc.tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 1, max: 1e9 })),
  );
  const node = fc.record({
    bins: fc
      .tuple(fc.array(bin, { minLength: 1, maxLength: 40 }), fc.oneof(fc.constant([0, 0] as const), bin))
      .map(([numbers, missing]) => [...numbers, missing]),
    l1: fc.constantFrom(0, 3),
    l2: fc.constantFrom(0, 1, 2.5),
    minimum: fc.constantFrom(1, 4),
    least: fc.constantFrom(Number.NEGATIVE_INFINITY, 0, 12.25),
  });
  fc.assert(
    fc.property(node, (found) => {
      expect(foundCut(found)).toEqual(bestCut(found));
    }),
    { numRuns: 2_000 },
  );
});

test('the log-loss of two classes is the sum of its rows, however many these are', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.nat({ max: 3 }), (rows, start) => {
      const probabilities = wasm.doubles(start + rows);
      const codes = wasm.integers(start + rows);
      let expected = 0;
      for (let row = 0; row < start + rows; row++) {
        // The least counts as 1e-15.
        probabilities[row] = row % 7 === 6 ? 0 : ((row * 37) % 100) / 100;
        codes[row] = (row * 5) % 3 === 0 ? 1 : 0;
        const p = codes[row] === 1 ? probabilities[row]! : 1 - probabilities[row]!;
        if (row >= start) expected -= Math.log(Math.max(p, 1e-15));
      }
      const [p, c] = [wasm.addressOf(probabilities), wasm.addressOf(codes)];
      const loss = wasm.functions.logLoss(p, 0, c, 0, 0, 0, start, start + rows);
      expect(Math.abs(loss - expected)).toBeLessThanOrEqual(1e-12 * Math.max(1, expected));
      const roles = wasm.bytes(start + rows);
      expect(wasm.functions.logLoss(p, 0, c, 0, wasm.addressOf(roles), 0, start, start + rows)).toBe(loss);
    }),
  );
});

test('derivatives of any part of the rows are those of all rows, there and nowhere else', () => {
  const rows = 37;
  const probabilities = wasm.doubles(rows);
  const codes = wasm.integers(rows);
  const weights = wasm.doubles(rows);
  for (let row = 0; row < rows; row++) {
    probabilities[row] = ((row * 29) % 97) / 97;
    codes[row] = row % 3;
    weights[row] = 1 + (row % 4);
  }
  fc.assert(
    fc.property(fc.nat({ max: rows - 1 }), fc.nat({ max: rows }), fc.boolean(), (one, other, areWeighted) => {
      const [start, end] = [Math.min(one, other), Math.max(one, other)];
      const gradients = wasm.doubles(rows).fill(9);
      const hessians = wasm.doubles(rows).fill(9);
      const packed = wasm.longs(rows).fill(9n);
      const largest = wasm.doubles(2);
      const [g, h] = [wasm.addressOf(gradients), wasm.addressOf(hessians)];
      wasm.functions.logLossDerivatives(
        ...([wasm.addressOf(probabilities), wasm.addressOf(codes)] as const),
        ...([areWeighted ? wasm.addressOf(weights) : 0, start, end, 1, 1.5, g, h] as const),
        wasm.addressOf(largest),
      );
      wasm.functions.packDerivatives(g, h, start, end, 1_000, 2_000, 32, 77, wasm.addressOf(packed));
      for (let row = 0; row < rows; row++) {
        const isIn = row >= start && row < end;
        const weight = areWeighted ? weights[row]! : 1;
        const p = probabilities[row]!;
        const gradient = (p - (codes[row] === 1 ? 1 : 0)) * weight;
        const hessian = 1.5 * p * (1 - p) * weight;
        expect(gradients[row]).toBe(isIn ? gradient : 9);
        expect(hessians[row]).toBe(isIn ? hessian : 9);
        // Row r is rounded down after a fraction is added that only depends on r and the seed.
        const dither = (77 + Math.imul(row, 0x9e3779b1)) >>> 0;
        const roundedDown = (scaled: number, fraction: number) => BigInt(Math.floor(scaled + fraction / 2 ** 32));
        const sum = (roundedDown(hessian * 2_000, ~dither >>> 0) << 32n) + roundedDown(gradient * 1_000, dither);
        expect(packed[row]).toBe(isIn ? sum : 9n);
      }
      const within = (values: Float64Array) => [...values.subarray(start, end)].map(Math.abs);
      expect([...largest]).toEqual([Math.max(0, ...within(gradients)), Math.max(0, ...within(hessians))]);
    }),
  );
});
