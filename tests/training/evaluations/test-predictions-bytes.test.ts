import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  ClassPredictions,
  NumberPredictions,
  TestPredictions,
} from '../../../src/ml/evaluation/test-predictions.ts';
import { createRandom } from '../../../src/ml/random.ts';
import {
  PredictionsFormatError,
  packPredictions,
  unpackPredictions,
} from '../../../src/training/evaluations/test-predictions-bytes.ts';

/** As those of earlier versions are read. */
function withoutRows(predictions: TestPredictions) {
  return { ...predictions, rows: null };
}

function classPredictions(rowCount: number, labelCount: number, seed: number): ClassPredictions {
  const random = createRandom(seed);
  const codes = () => Int32Array.from({ length: rowCount }, () => random.below(labelCount));
  const actual = codes();
  const answers = Float64Array.from(actual, () => random.uniform() ** 3);
  return {
    task: 'CLASSIFICATION',
    labels: Array.from({ length: labelCount }, (_, k) => `label ${k} é`),
    rows: Int32Array.from(actual, (_, i) => 3 * i + random.below(3)),
    actual,
    predicted: codes(),
    trueProbability: Float32Array.from(answers, (p, i) => (actual[i] === 1 ? p : 1 - p)),
    positive: seed % 2,
    positiveProbability: labelCount > 2 ? null : Float32Array.from(answers),
  };
}

function numberPredictions(actual: readonly number[], predicted: readonly number[]): NumberPredictions {
  return {
    task: 'REGRESSION',
    rows: Int32Array.from(actual.keys()),
    actual: Float64Array.from(actual),
    predicted: Float64Array.from(predicted),
  };
}

/** The unpacked bytes of the current version as those before had them. */
function withoutRowColumn(bytes: Uint8Array, rowCount: number): Buffer {
  const unpacked = zstdDecompressSync(bytes.subarray(1));
  return unpacked.subarray(0, unpacked.length - 4 * rowCount);
}

describe('what is packed comes out again', () => {
  test('packed predictions of classifiers are unpacked unchanged, for any number of labels', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.constantFrom(1, 2, 3, 256, 257, 65_536, 65_537), fc.nat(), (rows, labels, seed) => {
        const predictions = classPredictions(rows, labels, seed);
        expect(unpackPredictions(packPredictions(predictions).bytes)).toEqual(predictions);
      }),
      { numRuns: 30 },
    );
  });

  test('packed probabilities that are unrelated to each other are unpacked unchanged', () => {
    const float = fc.float({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), float, float)), (cells) => {
        const predictions: ClassPredictions = {
          ...{ task: 'CLASSIFICATION', labels: ['no', 'yes', 'perhaps'] },
          rows: Int32Array.from(cells.keys()),
          actual: Int32Array.from(cells, ([code]) => code),
          predicted: Int32Array.from(cells, ([code]) => 2 - code),
          trueProbability: Float32Array.from(cells, ([, p]) => p),
          positive: cells.length % 2,
          positiveProbability: Float32Array.from(cells, ([, , p]) => p),
        };
        expect(unpackPredictions(packPredictions(predictions).bytes)).toEqual(predictions);
      }),
    );
  });

  test('packed predictions of an earlier version, with the probability of the second label, are unpacked', () => {
    const predictions = classPredictions(50, 2, 1);
    const unpacked = withoutRowColumn(packPredictions(predictions).bytes, 50);
    const columnsAt = 4 + unpacked.readUInt32LE(0);
    const { positive, ...header } = JSON.parse(unpacked.toString('utf8', 4, columnsAt));
    expect(positive).toBe(1);
    const text = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    const earlier = zstdCompressSync(Buffer.concat([length, text, unpacked.subarray(columnsAt)]));
    expect(unpackPredictions(Buffer.concat([Buffer.of(1), earlier]))).toEqual(withoutRows(predictions));
  });

  test('packed predictions of an earlier version, without the numbers of their rows, are unpacked', () => {
    for (const predictions of [classPredictions(50, 3, 7), numberPredictions([1, 2.5], [2, -0.5])]) {
      const unpacked = withoutRowColumn(packPredictions(predictions).bytes, predictions.rows.length);
      const earlier = Buffer.concat([Buffer.of(2), zstdCompressSync(unpacked)]);
      expect(unpackPredictions(earlier)).toEqual(withoutRows(predictions));
    }
  });

  test('the numbers of a million ascending rows take less than half a megabyte', () => {
    const random = createRandom(3);
    const count = 1_000_000;
    const zeros = new Float64Array(count);
    const ascending = Int32Array.from({ length: count }, (_, i) => 5 * i + random.below(5));
    const none = packPredictions({ task: 'REGRESSION', rows: new Int32Array(count), actual: zeros, predicted: zeros });
    const { bytes } = packPredictions({ task: 'REGRESSION', rows: ascending, actual: zeros, predicted: zeros });
    expect(bytes.length - none.bytes.length).toBeLessThan(500_000);
    expect(unpackPredictions(bytes).rows).toEqual(ascending);
  });

  test('packed predictions of regressors are unpacked unchanged', () => {
    const numbers = fc.array(fc.tuple(fc.double(), fc.double()));
    fc.assert(
      fc.property(numbers, (cells) => {
        const predictions = numberPredictions(
          cells.map(([actual]) => actual),
          cells.map(([, predicted]) => predicted),
        );
        expect(unpackPredictions(packPredictions(predictions).bytes)).toEqual(predictions);
      }),
    );
  });
});

describe('the hash of the test rows', () => {
  const hashOf = (predictions: TestPredictions) => packPredictions(predictions).testRowsSha256;
  const made = classPredictions(50, 2, 1);

  test('the hash of the test rows does not depend on the predictions', () => {
    const { predicted, trueProbability } = classPredictions(50, 2, 2);
    expect(hashOf({ ...made, predicted, trueProbability, positiveProbability: null })).toBe(hashOf(made));
    expect(hashOf({ ...made, actual: made.actual.slice(), rows: made.rows.slice() })).toBe(hashOf(made));
  });

  test.each([
    ['rows', { ...made, rows: made.rows.map((row) => row + 1) }],
    ['truth', { ...made, actual: made.actual.map((code) => 1 - code) }],
    ['labels', { ...made, labels: ['yes', 'no'] }],
    ['number of rows', classPredictions(49, 2, 1)],
    ['task', numberPredictions([...made.actual], [...made.actual])],
  ])('the hash of the test rows differs for other %s', (_, other) => {
    expect(hashOf(other)).not.toBe(hashOf(made));
  });
});

test('of more than a million test rows an even sample is kept, the same for all models', () => {
  const rowCount = 1_250_000;
  const actual = Float64Array.from({ length: rowCount }, (_, i) => i);
  const one = {
    task: 'REGRESSION',
    rows: Int32Array.from(actual),
    actual,
    predicted: actual.map((x) => x + 1),
  } as const;
  const [kept, other] = [one, { ...one, predicted: actual.map((x) => -x) }].map((predictions) =>
    unpackPredictions(packPredictions(predictions).bytes),
  );
  expect(kept?.actual).toHaveLength(1_000_000);
  expect(Buffer.from(other!.actual.buffer).equals(Buffer.from(kept!.actual.buffer))).toBe(true);
  expect(kept!.predicted.every((predicted, i) => predicted === kept!.actual[i]! + 1)).toBe(true);
  // Of each tenth of the rows about a tenth: 100,000 with a standard deviation of some 142.
  for (let tenth = 0; tenth < 10; tenth++) {
    const count = (kept as NumberPredictions).actual.filter((x) => Math.floor(x / 125_000) === tenth).length;
    expect(Math.abs(count - 100_000)).toBeLessThan(1_000);
  }
});

describe('other bytes are refused in words', () => {
  const { bytes } = packPredictions(classPredictions(20, 2, 1));
  const withHeader = (header: unknown, columns = 0) => {
    const text = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    return Buffer.concat([Buffer.of(1), zstdCompressSync(Buffer.concat([length, text, Buffer.alloc(columns)]))]);
  };
  const header = { task: 'CLASSIFICATION', rowCount: 3, labels: ['a', 'b'], codeBytes: 1, hasPositive: true };

  test('the valid bytes that the invalid ones are derived from are unpacked', () => {
    expect(unpackPredictions(withHeader(header, 3 * (1 + 1 + 4 + 4)))).toMatchObject({ labels: ['a', 'b'] });
  });

  test.each([
    ['none', new Uint8Array(), 'version none'],
    ['of another version', Uint8Array.from(bytes, (byte, i) => (i === 0 ? 9 : byte)), 'version 9'],
    ['cut off', bytes.subarray(0, -5), 'cannot be read'],
    ['no packed ones', Uint8Array.of(1, 2, 3, 4), 'cannot be read'],
    [
      'a header that is no JSON',
      Buffer.concat([Buffer.of(1), zstdCompressSync(Buffer.alloc(20, 1))]),
      'cannot be read',
    ],
    ['too short', withHeader(header, 29), 'truncated'],
    ['too long', withHeader(header, 31), 'longer than'],
    ['a label beyond the list', withHeader({ ...header, labels: [] }, 30), 'unknown labels'],
    ['too many rows', withHeader({ ...header, rowCount: 1e9 }, 30), 'invalid header'],
    ['a number of rows that is none', withHeader({ ...header, rowCount: -1 }, 30), 'invalid header'],
    ['labels that are no texts', withHeader({ ...header, labels: [1] }, 30), 'invalid header'],
    ['codes of three bytes', withHeader({ ...header, codeBytes: 3 }, 30), 'invalid header'],
    ['another task', withHeader({ ...header, task: 'CLUSTERING' }, 30), 'invalid header'],
    ['huge once unpacked', Buffer.concat([Buffer.of(1), zstdCompressSync(Buffer.alloc(1 << 26))]), 'cannot be read'],
  ])('invalid bytes are refused with a readable error: %s', (_, wrong, words) => {
    expect(() => unpackPredictions(wrong)).toThrow(PredictionsFormatError);
    expect(() => unpackPredictions(wrong)).toThrow(words);
  });
});
