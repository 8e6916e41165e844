import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addCodesToHashes,
  addNumbersToHashes,
  addToHash,
  finishHash,
  ROW_HASH_SEED,
} from '../../src/ml/known-rows/row-hash.ts';

const NUMBERS = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, -5e-324),
);

test('rows hashed together, column after column, have the hashes of rows hashed one by one', () => {
  const row = fc.record({ number: NUMBERS, code: fc.nat({ max: 4 }), target: NUMBERS });
  const values = Float64Array.of(0, 1, 2, 3, -1);
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const hashes = new Int32Array(rows.length).fill(ROW_HASH_SEED);
      addNumbersToHashes(
        hashes,
        Float64Array.from(rows, ({ number }) => number),
      );
      addCodesToHashes(
        hashes,
        Int32Array.from(rows, ({ code }) => code),
        values,
      );
      addNumbersToHashes(
        hashes,
        Float64Array.from(rows, ({ target }) => target),
      );
      const oneByOne = rows.map(({ number, code, target }) =>
        finishHash(addToHash(addToHash(addToHash(ROW_HASH_SEED, number), values[code]!), target)),
      );
      expect(Array.from(hashes, finishHash)).toEqual(oneByOne);
    }),
  );
});

test('the numbers hashed may begin anywhere in their memory', () => {
  const numbers = Float64Array.of(1, 2.5, Number.NaN).subarray(1);
  const hashes = new Int32Array(2).fill(ROW_HASH_SEED);
  addNumbersToHashes(hashes, numbers);
  expect([...hashes]).toEqual([addToHash(ROW_HASH_SEED, 2.5), addToHash(ROW_HASH_SEED, Number.NaN)]);
});
