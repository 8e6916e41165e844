import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { trainingWeights } from '../../../src/ml/class-weights.ts';
import { prepareShards, rowsPerShard, type ShardRequest } from '../../../src/ml/distributed/prepare-shards.ts';
import { ROW_ROLE, RowRolesInMemory } from '../../../src/ml/distributed/row-roles.ts';
import { MISSING_CODE, type ShardRole } from '../../../src/ml/distributed/shard-manifest.ts';
import { mean } from '../../../src/ml/mean.ts';
import { SINGLE_THREAD } from '../../../src/ml/parallel/pool-jobs.ts';
import { TrainingWasm } from '../../../src/ml/parallel/training-wasm.ts';

import { seedOf } from '../../../src/ml/parameters/parameter-spec.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { SplitError, type SplitRequest } from '../../../src/ml/split/split.ts';
import { runToEnd } from '../../../src/ml/steps.ts';
import { TrainingDataError, trainModel } from '../../../src/ml/train-model.ts';
import { prepareSteps } from '../../../src/ml/training/prepare-training.ts';
import { binFeatures } from '../../../src/ml/tree/binning/bin-features.ts';
import { splitValidation } from '../../../src/ml/tree/boosting/early-stopping.ts';
import { isCategory } from '../../../src/runtime/model.ts';
import { binOf, codeReader, numberReader } from '../../../src/runtime/predict/encode-features.ts';
import { currentReading } from '../../../src/runtime/values/cells.ts';
import type { Column, Table } from '../../../src/tabular/types/column.ts';
import { errorOf } from '../../support/error-of.ts';
import { MIXED_FEATURES, mixedTable, numbers, request, table, texts } from '../made-tables.ts';
import { tableInBatches } from './table-in-batches.ts';

/** A shard as it was handed on, read back from its files. */
interface ReadShard {
  readonly role: ShardRole;
  readonly rows: number;
  readonly codes: Uint8Array;
  readonly target: Float32Array;
  readonly weights: Float32Array | null;
}

function elementsOf(file: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(Buffer.concat(file));
  return bytes.slice(10 + new DataView(bytes.buffer).getUint16(8, true));
}

function shardsOf(wanted: ReturnType<typeof request>, batchRows: number) {
  const roles = new RowRolesInMemory();
  const shards: ReadShard[] = [];
  const hash = createHash('sha256');
  const { table: data, algorithm: _, ...rest } = wanted;
  const prepared = runToEnd(
    prepareShards(tableInBatches(data, batchRows), rest satisfies ShardRequest, roles, (shard) => {
      for (const file of [shard.codes, shard.target, shard.weights ?? []]) for (const part of file) hash.update(part);
      const floats = (file: readonly Uint8Array[]) => new Float32Array(elementsOf(file).buffer);
      shards.push({
        ...{ role: shard.role, rows: shard.rows, codes: elementsOf(shard.codes), target: floats(shard.target) },
        weights: shard.weights && floats(shard.weights),
      });
    }),
  );
  const batches = tableInBatches(data, batchRows).batches;
  const roleOf = Uint8Array.from(batches.flatMap((_rows, batch) => [...roles.read(batch)]));
  return { ...prepared, shards, roleOf, hash: hash.digest('hex') };
}

/** What a training in memory makes of the same request. */
function inMemory(wanted: ReturnType<typeof request>) {
  const { data, read, split } = runToEnd(prepareSteps(wanted, 1));
  const random = createRandom(seedOf(wanted.parameters));
  using wasm = TrainingWasm.take();
  const matrix = runToEnd(binFeatures(data, wanted.parameters['maxBins'] as number, random, wasm, SINGLE_THREAD));
  const stops = ((wanted.parameters['earlyStoppingRounds'] as number | null) ?? 0) > 0;
  const parts = splitValidation(data.target, stops, random);
  return {
    ...{ read, split, parts, edges: matrix.edges },
    columns: matrix.columns.map((column) => Uint8Array.from(column)),
    target: data.target.task === 'REGRESSION' ? data.target.values : data.target.codes,
    weights: data.weights ?? null,
  };
}

/** Null where the user's rows do not allow it. */
function unlessRefused<Made>(make: () => Made): Made | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof TrainingDataError || error instanceof SplitError) return null;
    throw error;
  }
}

/** Compares all that both make of a request. Where one refuses, both must; of several reasons they may find another one first. */
function expectAlike(wanted: ReturnType<typeof request>, batchRows: number): void {
  const expected = unlessRefused(() => inMemory(wanted));
  const made = unlessRefused(() => shardsOf(wanted, batchRows));
  expect(made === null).toBe(expected === null);
  if (made === null || expected === null) return;
  const { preparation } = made;
  expect(preparation.features).toEqual(expected.read.features);
  expect(preparation.edges).toEqual(expected.edges);
  expect(preparation.labels).toEqual('labels' in expected.read.target ? expected.read.target.labels : []);
  expect([...made.roleOf.keys()].filter((row) => made.roleOf[row] === ROW_ROLE.TEST)).toEqual([...expected.split.test]);
  expect(preparation.testRows).toBe(expected.split.test.length);
  for (const [role, positions] of [
    ['TRAIN', expected.parts.fitted],
    ['VALIDATION', expected.parts.validation],
  ] as const) {
    const shards = made.shards.filter((shard) => shard.role === role);
    const width = preparation.features.length;
    const codes = Buffer.concat(shards.map((shard) => shard.codes));
    expect(codes.length).toBe(positions.length * width);
    const wantedCodes = Buffer.alloc(codes.length);
    positions.forEach((position, i) => {
      preparation.features.forEach((feature, f) => {
        const code = expected.columns[f]![position]!;
        const order = preparation.orders[f];
        const missing = isCategory(feature) ? feature.categories.length + 1 : expected.edges[f]!.length + 1;
        wantedCodes[i * width + f] =
          code === missing ? MISSING_CODE : order === null ? code : (order?.indexOf(code) ?? Number.NaN);
      });
    });
    expect(codes.equals(wantedCodes)).toBe(true);
    const targets = shards.flatMap(({ target }) => [...target]);
    const { shift, scale } = preparation.numbers ?? { shift: 0, scale: 1 };
    const scaled = (position: number) => Math.fround((expected.target[position]! - shift) / scale);
    expect(targets).toEqual(Array.from(positions, scaled));
    const weights = shards.flatMap((shard) => [...(shard.weights ?? [])]);
    expect(weights).toEqual(
      expected.weights === null ? [] : Array.from(positions, (position) => Math.fround(expected.weights![position]!)),
    );
  }
  for (const code of expected.columns.keys()) {
    const order = preparation.orders[code];
    const codes = order ?? new Uint8Array(0);
    expect([...codes].sort((a, b) => a - b)).toEqual([...codes.keys()]);
  }
}

const number = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 3 }) },
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.constantFrom(null, null, Number.POSITIVE_INFINITY, -0, 0, 1e308, -1e308, 5e-324),
);
const text = fc.oneof(fc.constantFrom('a', 'b', 'c', 'A', '1', '1.0', ' a', ''), fc.constant(null));
const time = fc.oneof(fc.integer({ min: 0, max: 1e12 }), fc.constant(null));

const anyTable = fc.integer({ min: 1, max: 90 }).chain((rowCount) => {
  const column = <T>(cell: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc.oneof(
      { weight: 4, arbitrary: fc.array(cell, { minLength: rowCount, maxLength: rowCount }) },
      { weight: 1, arbitrary: cell.map((value) => new Array<T>(rowCount).fill(value)) },
    );
  return fc
    .record({
      ...{ x: column(number), y: column(number), kind: column(text), day: column(time), later: column(time) },
      ...{ label: column(fc.constantFrom('p', 'q', 'q', 'r', null)), amount: column(fc.integer({ min: -9, max: 9 })) },
      weight: column(fc.constantFrom(0, 1, 1, 2.5)),
    })
    .map(({ x, y, kind, day, later, label, amount, weight }) =>
      table(
        ...[numbers('x', x), numbers('y', y), texts('kind', kind), dates('day', day), dates('later', later)],
        ...[texts('label', label), numbers('amount', amount), numbers('weight', weight)],
      ),
    );
});

function dates(name: string, values: readonly (number | null)[]): Column {
  return { ...numbers(name, values), kind: 'DATETIME' };
}

const anySplit: fc.Arbitrary<SplitRequest> = fc.record({
  strategy: fc.constantFrom('RANDOM', 'LAST', 'INTERLEAVED', 'GROUP', 'TIME'),
  testFraction: fc.constantFrom(0.2, 0.5, 0.25),
  column: fc.constant('later'),
  seed: fc.integer({ min: 0, max: 5 }),
});

const FEATURES = ['x', 'day', 'kind', 'y', 'later'];

function anyRequest(data: Table, target: 'label' | 'amount', split: SplitRequest, weightColumn: string | null) {
  const task = target === 'label' ? 'CLASSIFICATION' : 'REGRESSION';
  const parameters = { trees: 5, earlyStoppingRounds: 3, maxBins: 8, seed: 3 };
  return { ...request(data, target, task, 'GRADIENT_BOOSTING', FEATURES, parameters), split, weightColumn };
}

describe('shards of a table', () => {
  test('have the codes, the rows and the edges of a training in memory, whatever the table and its batches', () => {
    fc.assert(
      fc.property(
        ...([anyTable, fc.constantFrom('label', 'amount'), anySplit, fc.constantFrom(null, 'weight')] as const),
        fc.integer({ min: 1, max: 100 }),
        (data, target, split, weightColumn, batchRows) => {
          expectAlike(anyRequest(data, target as 'label' | 'amount', split, weightColumn), batchRows);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('have the codes that the model file gives the raw values of the table', () => {
    const data = mixedTable(3_000);
    const wanted = request(data, 'yes', 'CLASSIFICATION', 'GRADIENT_BOOSTING');
    const { preparation, shards, roleOf } = shardsOf(wanted, 700);
    const rows = [...roleOf.keys()].filter((row) => roleOf[row] === ROW_ROLE.TRAIN);
    const codes = Buffer.concat(shards.filter(({ role }) => role === 'TRAIN').map((shard) => shard.codes));
    expect(preparation.features.map(({ kind }) => kind)).toEqual(['NUMBER', 'NUMBER', 'CATEGORY']);
    preparation.features.forEach((feature, f) => {
      const column = data.columns.find(({ name }) => name === feature.name)!;
      const edges = preparation.edges[f]!;
      const codeOf = (row: number): number => {
        if (isCategory(feature)) {
          const code = codeReader(column, feature, currentReading())(row);
          return code === feature.categories.length + 1 ? MISSING_CODE : preparation.orders[f]!.indexOf(code);
        }
        const bin = binOf(edges, numberReader(column, feature, currentReading())(row));
        return bin === edges.length + 1 ? MISSING_CODE : bin;
      };
      expect(rows.map((_, i) => codes[i * preparation.features.length + f])).toEqual(rows.map(codeOf));
    });
  });

  test('are placed by the same sample of more rows than the edges are placed by', () => {
    const rowCount = 130_000;
    const random = createRandom(8);
    const column = (name: string, cell: () => number | null) => numbers(name, Array.from({ length: rowCount }, cell));
    const data = table(
      column('same', () => 1),
      column('x', () => random.uniform()),
      column('y', () => (random.uniform() < 0.1 ? null : random.uniform() ** 3)),
      column('amount', () => random.uniform()),
    );
    const wanted = request(data, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', ['same', 'x', 'y']);
    expectAlike(wanted, 17_000);
  });

  test('have the means of categories of many texts over the rows of other folds', () => {
    const random = createRandom(2);
    const cells = Array.from({ length: 6_000 }, () => (random.uniform() < 0.05 ? null : `t${random.below(600)}`));
    const data = table(
      texts('kind', cells),
      texts(
        'label',
        cells.map((cell) => (random.uniform() < (cell ?? 't1').length / 5 ? 'a' : (cell ?? 'b').slice(-1))),
      ),
      numbers(
        'amount',
        cells.map((cell) => (cell ?? '').length + random.uniform()),
      ),
      numbers(
        'weight',
        cells.map(() => 1 + random.below(3)),
      ),
    );
    for (const weightColumn of [null, 'weight']) {
      expectAlike({ ...request(data, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', ['kind']), weightColumn }, 999);
      expectAlike({ ...request(data, 'label', 'CLASSIFICATION', 'GRADIENT_BOOSTING', ['kind']), weightColumn }, 999);
    }
  });

  test('keep to constraints as a training in memory does', () => {
    const random = createRandom(5);
    const day = Array.from({ length: 200 }, () => random.below(1e9) * 1000);
    const data = table(
      ...[
        dates('day', day),
        numbers(
          'x',
          day.map(() => random.uniform()),
        ),
      ],
      ...[
        dates(
          'other',
          day.map(() => random.below(1e9) * 1000),
        ),
        numbers(
          'amount',
          day.map(() => random.uniform()),
        ),
      ],
    );
    const wanted = {
      ...request(data, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', ['day', 'x', 'other']),
      monotone: [
        { column: 'day', direction: 'INCREASING' as const },
        { column: 'x', direction: 'DECREASING' as const },
      ],
    };
    expectAlike(wanted, 64);
    const directions = shardsOf(wanted, 64).features.map(({ direction }) => direction);
    expect(directions.slice(0, 3)).toEqual([1, 1, -1]);
  });

  test('are the same bytes for the same request, and for any batches', () => {
    const wanted = request(
      ...([mixedTable(9_000), 'size', 'CLASSIFICATION', 'GRADIENT_BOOSTING', MIXED_FEATURES] as const),
      { earlyStoppingRounds: 10 },
    );
    const { hash, shards } = shardsOf(wanted, 1_000);
    expect(shardsOf(wanted, 1_000).hash).toBe(hash);
    expect(shardsOf(wanted, 8_191).hash).toBe(hash);
    const rowsOf = (wantedRole: ShardRole) => shards.flatMap(({ role, rows }) => (role === wantedRole ? [rows] : []));
    expect(rowsOf('TRAIN').slice(0, -1)).toEqual(new Array(50).fill(128));
    expect(rowsOf('VALIDATION').slice(0, -1)).toEqual(new Array(44).fill(16));
    expect([rowsOf('TRAIN').at(-1), rowsOf('VALIDATION').at(-1)]).toEqual([82, 14]);
  });

  test('have numbers as distances from their mean by weight, in a unit between half their deviation and all of it', () => {
    const rows = Array.from({ length: 400 }, (_, row) => row);
    const far = (row: number) => 1.7e9 + (row % 20) / 1_000;
    const data = table(
      numbers('x', rows),
      numbers('time', rows.map(far)),
      numbers(
        'weight',
        rows.map((row) => 1 + (row % 2)),
      ),
    );
    const wanted = { ...request(data, 'time', 'REGRESSION', 'GRADIENT_BOOSTING', ['x']), weightColumn: 'weight' };
    const { preparation, shards } = shardsOf(wanted, 64);
    const { mean: found, shift, scale } = preparation.numbers!;
    const { data: known } = runToEnd(prepareSteps(wanted, 1));
    const { target, weights } = known;
    const values = target.task === 'REGRESSION' ? target.values : new Float64Array();
    expect(Math.abs(found - mean(values, weights ?? null))).toBeLessThan(1e-5);
    expect(shift).toBe(found);
    const deviation = Math.sqrt(
      mean(
        values.map((value) => (value - found) ** 2),
        weights ?? null,
      ),
    );
    expect(Number.isInteger(Math.log2(scale))).toBe(true);
    expect(scale).toBeLessThanOrEqual(deviation);
    expect(scale).toBeGreaterThan(deviation / 2.001);
    // Numbers of 32 bits are 128 apart there. A fifth of the 20 different ones are those of test rows.
    expect(new Set(shards.flatMap((shard) => [...shard.target])).size).toBe(16);
  });

  test('of labels that weigh the same have weights whose sums by label are alike', () => {
    const random = createRandom(9);
    const rows = Array.from({ length: 900 }, () => random.uniform());
    const data = table(
      numbers('x', rows),
      texts(
        'label',
        rows.map((value) => (value < 0.1 ? 'rare' : value < 0.4 ? 'some' : 'usual')),
      ),
      numbers(
        'weight',
        rows.map((value) => 0.5 + value),
      ),
    );
    for (const weightColumn of [null, 'weight']) {
      const wanted = {
        ...request(data, 'label', 'CLASSIFICATION', 'GRADIENT_BOOSTING', ['x'], { classWeight: 'BALANCED' }),
        weightColumn,
      };
      const { preparation, shards } = shardsOf(wanted, 100);
      const { data: known } = runToEnd(prepareSteps(wanted, 1));
      const { ofClasses } = trainingWeights(known, wanted.parameters);
      expect(preparation.labelFactors).toHaveLength(3);
      for (const [k, factor] of preparation.labelFactors!.entries()) expect(factor).toBeCloseTo(ofClasses![k]!, 12);
      const sums = [0, 0, 0];
      for (const { target, weights } of shards) {
        for (const [row, label] of target.entries()) sums[label]! += weights![row]!;
      }
      for (const sum of sums) expect(sum / sums[0]!).toBeCloseTo(1, 5);
    }
  });

  test('refuse numbers that are no counts for the loss POISSON, as a training in memory does', () => {
    const counts = (first: number) => Array.from({ length: 60 }, (_, i) => (i === 7 ? first : 0));
    const data = table(numbers('x', counts(3)), numbers('negative', counts(-2)), numbers('none', counts(0)));
    for (const target of ['negative', 'none']) {
      const wanted = request(data, target, 'REGRESSION', 'GRADIENT_BOOSTING', ['x'], { loss: 'POISSON' });
      const split = { strategy: 'LAST', testFraction: 0.2, column: null, seed: 0 } as const;
      const own = errorOf(() => runToEnd(trainModel({ ...wanted, split })));
      const { message } = errorOf(() => shardsOf({ ...wanted, split }, 16)) as Error;
      expect(own).toMatchObject({ code: 'TARGET_NOT_FOR_LOSS', message });
    }
  });

  test('leave free text out, and say so', () => {
    const data = mixedTable(300);
    const words: Column = {
      ...texts(
        'words',
        Array.from({ length: 300 }, (_, i) => `word ${i % 7}`),
      ),
      kind: 'TEXT',
    };
    const wanted = request(
      ...([{ ...data, columns: [...data.columns, words] }, 'yes', 'CLASSIFICATION', 'GRADIENT_BOOSTING'] as const),
      ['x', 'words'],
    );
    const { preparation } = shardsOf(wanted, 100);
    expect(preparation.features.map(({ name }) => name)).toEqual(['x']);
    expect(preparation.warnings.join()).toContain('free text is not read in training on several hosts: words');
  });

  test('refuse targets and weights that are infinite in 32 bits', () => {
    const column = (name: string, largest: number) =>
      numbers(
        name,
        Array.from({ length: 60 }, (_, i) => (i === 7 ? largest : (i % 10) + 1)),
      );
    const data = table(column('x', 3), column('amount', 1e39), column('weight', 1e-39), column('other', 4));
    const wanted = request(data, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', ['x']);
    expect(() => shardsOf(wanted, 20)).toThrow(expect.objectContaining({ code: 'NUMBERS_TOO_LARGE' }));
    const weighted = { ...wanted, target: 'other', weightColumn: 'weight' };
    expect(() => shardsOf(weighted, 20)).toThrow(expect.objectContaining({ code: 'WEIGHTS_UNUSABLE' }));
  });
});

test('shards are of many rows for large tables, and of few bytes for wide ones', () => {
  expect(rowsPerShard(100, 3)).toBe(128);
  expect(rowsPerShard(800_000, 20)).toBe(8_192);
  expect(rowsPerShard(100_000_000, 20)).toBe(131_072);
  expect(rowsPerShard(100_000_000, 1_000)).toBe(16_384);
  expect(rowsPerShard(10, 65_000) * 65_000).toBeLessThanOrEqual(16 * 2 ** 20);
});
