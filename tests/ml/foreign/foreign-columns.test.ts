import { describe, expect, test } from 'vitest';
import type { ConversionRequest, ForeignColumn } from '../../../src/ml/foreign/conversion.ts';
import { UNKNOWN_CODE } from '../../../src/ml/foreign/conversion.ts';
import { convertForeignModel } from '../../../src/ml/foreign/convert-foreign-model.ts';
import { edgeBelowFloat } from '../../../src/ml/foreign/edge-of-threshold.ts';
import { foreignColumn } from '../../../src/ml/foreign/foreign-column.ts';
import type { ForeignFeature, ForeignModel, ForeignModelFormat } from '../../../src/ml/foreign/foreign-model.ts';
import { ForeignModelError } from '../../../src/ml/foreign/foreign-model-error.ts';
import { readForeignModel } from '../../../src/ml/foreign/read-foreign-model.ts';
import type { InputTable } from '../../../src/runtime/predict/input-column.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import { errorOf } from '../../support/error-of.ts';
import { convertAndReadBack, largestDifference, makerOutputs, plainRequest } from './converted-reference.ts';
import { readExpected, referenceBytes, referenceTable, unpack } from './reference-rows.ts';

function read(file: string, format: ForeignModelFormat = 'XGBOOST_JSON'): ForeignModel {
  return readForeignModel(format, referenceBytes(file));
}

/** The request of a model, with some of its columns read in another way. */
function withColumns(model: ForeignModel, change: (column: ForeignColumn, f: number) => ForeignColumn) {
  const request = plainRequest(model);
  return { ...request, columns: request.columns.map(change) };
}

function refusalOf(model: ForeignModel, request: Partial<ConversionRequest>): string {
  const error = errorOf(() => convertForeignModel(model, { ...plainRequest(model), ...request }));
  return error instanceof ForeignModelError ? `${error.code} ${error.message}` : `not refused: ${String(error)}`;
}

/** A feature of which splits name these codes. */
function category(namedCodes: readonly number[], categories: readonly string[] | null = null): ForeignFeature {
  return { name: 'town', kind: 'CATEGORY', categories, namedCodes, isUsed: true };
}

describe('columns that the maker was given in other numbers', () => {
  const NAME = 'xgb-squared-error';
  const expected = readExpected(NAME);
  const table = referenceTable(expected);

  /** The numbers of the first column, as another unit has them. */
  function inUnits(unit: number): InputTable {
    const [first, ...others] = table.columns;
    if (first?.storage !== 'number') throw new Error('The first column is one of numbers.');
    return { ...table, columns: [{ ...first, values: first.values.map((value) => value * unit) }, ...others] };
  }

  test('edgeOf moves the thresholds: a column in halves of the unit predicts the same', () => {
    const model = read(`${NAME}.json`);
    const request = withColumns(model, (column, f) => {
      if (f > 0) return column;
      // Halving is exact: the largest number that goes left is half of what it was.
      return { ...column, edgeOf: (threshold) => edgeBelowFloat(threshold) / 2 };
    });
    const { model: ours } = convertAndReadBack(model, request);
    const outputs = makerOutputs(ours, inUnits(0.5), false);
    expect(largestDifference(outputs, unpack(expected.predictions))).toBeLessThan(1e-6);
    const other = makerOutputs(convertAndReadBack(model).model, inUnits(0.5), false);
    expect(largestDifference(other, unpack(expected.predictions))).toBeGreaterThan(1e-3);
  });

  test('an infinite edge sends all numbers to one side, and needs no edge of the model file', () => {
    const model = read(`${NAME}.json`);
    const sides = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY].map((edge) => {
      const request = withColumns(model, (column, f) => (f > 0 ? column : { ...column, edgeOf: () => edge }));
      return convertAndReadBack(model, request).model;
    });
    for (const [side, ours] of sides.entries()) {
      const extreme = side === 0 ? 1e30 : -1e30;
      const [first, ...others] = table.columns;
      if (first?.storage !== 'number') throw new Error('The first column is one of numbers.');
      const known = first.values.map((value) => (Number.isNaN(value) ? value : extreme));
      const same = { ...table, columns: [{ ...first, values: known }, ...others] };
      const plain = makerOutputs(convertAndReadBack(model).model, same, false);
      expect(largestDifference(makerOutputs(ours, table, false), Float32Array.from(plain))).toBeLessThan(1e-5);
    }
  });
});

describe('makerCodes', () => {
  test('are the codes of the categories, then that of other texts, then that of no value', () => {
    const { feature, makerCodes } = foreignColumn(category([0, 2]), {
      ...{ name: 'town', kind: 'CATEGORY' },
      categories: ['Aden', 'Bern', 'Cali'],
    });
    expect(feature).toMatchObject({ name: 'town', categories: ['Aden', 'Bern', 'Cali'] });
    expect(makerCodes).toEqual([0, 1, 2, UNKNOWN_CODE, null]);
  });

  test('are those that splits name, where there are more categories than a model file holds', () => {
    const many = Array.from({ length: 1_000 }, (_, code) => `town ${code}`);
    const column = foreignColumn(category([3, 997]), { name: 'town', kind: 'CATEGORY', categories: many });
    expect(column.makerCodes).toEqual([3, 997, UNKNOWN_CODE, null]);
    expect(column.feature).toMatchObject({ categories: ['town 3', 'town 997'] });
    const named = category(Array.from({ length: 255 }, (_, code) => code));
    expect(errorOf(() => foreignColumn(named, { name: 'town', kind: 'CATEGORY', categories: many }))).toMatchObject({
      code: 'UNSUPPORTED',
    });
  });

  test('in another order predict for a text what the maker predicted for its code', () => {
    const model = read('xgb-logistic.json');
    const expected = readExpected('xgb-logistic');
    const table = referenceTable(expected);
    const f = model.features.findIndex(({ name }) => name === 'd');
    const texts = Array.from({ length: 40 }, (_, code) => `text ${code}`);
    const request = withColumns(model, (column, index) => {
      if (index !== f) return column;
      return foreignColumn(model.features[f]!, { name: 'd', kind: 'CATEGORY', categories: texts });
    });
    const { model: ours } = convertAndReadBack(model, request);
    // The table has the texts in the opposite order.
    const labels = texts.toReversed();
    const columns = table.columns.map((column, index) => {
      if (index !== f || column.storage !== 'number') return column;
      const codes = Int32Array.from(column.values, (code) => (Number.isNaN(code) ? -1 : labels.length - 1 - code));
      return { storage: 'label' as const, name: 'd', codes, labels };
    });
    const rows = { ...table, columns };
    expect(largestDifference(makerOutputs(ours, rows, true), unpack(expected.predictions))).toBeLessThan(1e-6);
  });
});

describe('MISMATCH: what does not fit the model', () => {
  const model = read('xgb-logistic.json');
  const [number] = model.features;

  test.each<[string, Partial<ConversionRequest>, string]>([
    ['another task', { task: 'REGRESSION', labels: null }, 'task: the model is one of CLASSIFICATION'],
    ['too few labels', { labels: ['a'] }, 'labels: the model has 2 classes: name as many different labels'],
    ['no labels', { labels: null }, 'labels: the model has 2 classes'],
    ['the same label twice', { labels: ['a', 'a'] }, 'labels: the model has 2 classes'],
    ['too few columns', { columns: plainRequest(model).columns.slice(1) }, 'features: the model has 6, not 5'],
    [
      'a column that is read twice',
      {
        columns: plainRequest(model).columns.map((column) => ({
          ...column,
          feature: { name: 'a', kind: 'CATEGORY', categories: [] },
          makerCodes: [UNKNOWN_CODE, null],
        })),
      },
      'column a: the column is read twice',
    ],
    [
      'codes that are not those of the categories',
      { columns: plainRequest(model).columns.map((column) => ({ ...column, makerCodes: column.makerCodes && [0] })) },
      'its codes do not fit its categories',
    ],
    [
      'numbers of which the model asks about categories',
      {
        columns: plainRequest(model).columns.map(({ feature: { name } }) =>
          foreignColumn(number!, { name, kind: 'NUMBER' }),
        ),
      },
      'the model asks about categories of it, not numbers',
    ],
  ])('%s', (_what, request, message) => {
    const refusal = refusalOf(model, request);
    expect(refusal).toMatch(/^MISMATCH /);
    expect(refusal).toContain(message);
  });

  test('labels of a regression', () => {
    expect(refusalOf(read('xgb-squared-error.json'), { labels: ['a', 'b'] })).toBe(
      'MISMATCH labels: a regression has none',
    );
  });

  test.each([
    ['a number that is to be read as a category without texts', number!, null, 'name the texts of its codes'],
    ['the same text for two codes', category([0]), ['Aden', 'Aden'], 'the categories must be different texts'],
  ])('%s', (_what, feature, categories, message) => {
    const error = errorOf(() => foreignColumn(feature, { name: 'town', kind: 'CATEGORY', categories }));
    expect(error).toMatchObject({ code: 'MISMATCH', where: 'column town' });
    expect((error as Error).message).toContain(message);
  });
});

describe('what is to be known of a converted model', () => {
  test('inputs that no tree asks about', () => {
    const model = read('xgb-logistic.json');
    const features = model.features.map((feature) =>
      feature.name === 'unused' ? { ...feature, isUsed: false } : feature,
    );
    expect(convertForeignModel({ ...model, features }, plainRequest(model)).issues).toContainEqual({
      ...{ code: 'FEATURES_UNUSED', column: 'unused' },
      message: '1 of 6 inputs are never asked about: unused.',
    });
  });

  test('zeros that are missing values', () => {
    const model = read('lgb-zero-as-missing.txt', 'LIGHTGBM_TEXT');
    expect(convertForeignModel(model, plainRequest(model)).issues).toContainEqual(
      expect.objectContaining({ code: 'ZERO_IS_MISSING', column: null }),
    );
  });

  test('trees after the best round, unless all are asked for', () => {
    const model = read('xgb-logistic.json');
    const early = { ...model, bestTreeCount: model.trees.length - 2 };
    const codes = (rounds: ConversionRequest['rounds']) =>
      convertForeignModel(early, plainRequest(early, rounds)).issues.map(({ code }) => code);
    expect(codes('BEST')).toContain('LATER_ROUNDS_LEFT_OUT');
    expect(codes('ALL')).not.toContain('LATER_ROUNDS_LEFT_OUT');
  });

  test('categories without a text, which predict as texts that nobody has seen', () => {
    const model = read('xgb-logistic.json');
    const f = model.features.findIndex(({ name }) => name === 'd');
    const request = withColumns(model, (column, index) => {
      if (index !== f) return column;
      return foreignColumn(model.features[f]!, { name: 'd', kind: 'CATEGORY', categories: ['only one'] });
    });
    const { model: ours, issues } = convertForeignModel(model, request);
    const known = issues.find(({ code }) => code === 'CATEGORIES_WITHOUT_TEXT');
    expect(known).toMatchObject({ column: 'd' });
    expect(known?.message).toMatch(/^The model knows \d+ more categories of d than were named: codes 1, 2/);
    const rowOf = (label: string): InputTable => {
      const table = referenceTable(readExpected('xgb-logistic'));
      const columns = table.columns.map((column, index) =>
        index === f
          ? { storage: 'label' as const, name: 'd', codes: new Int32Array(table.rowCount), labels: [label] }
          : column,
      );
      return { ...table, columns };
    };
    expect(predictTable(ours, rowOf('text 7'))).toEqual(predictTable(ours, rowOf('never seen')));
    expect(predictTable(ours, rowOf('only one'))).not.toEqual(predictTable(ours, rowOf('never seen')));
  });

  test('what the reader noted of the file', () => {
    const model = { ...read('xgb-logistic.json'), notes: ['Something of the file.'] };
    expect(convertForeignModel(model, plainRequest(model)).issues[0]).toEqual({
      ...{ code: 'NOTE', column: null, message: 'Something of the file.' },
    });
  });
});
