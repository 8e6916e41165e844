import * as ort from 'onnxruntime-web';
import { expect, test } from 'vitest';
import { exportToOnnx } from '../../../src/ml/export/onnx/export-onnx.ts';
import { readForeignModel } from '../../../src/ml/foreign/read-foreign-model.ts';
import { withLeafRows } from '../../../src/ml/leaf-rows.ts';
import { createRowExplainer } from '../../../src/runtime/contributions/explain-row.ts';
import type { Model } from '../../../src/runtime/model.ts';
import { type PlainRow, shapleyValues } from '../../runtime/contributions/brute-force-shapley.ts';
import { convertAndReadBack, largestDifference } from './converted-reference.ts';
import { readExpected, referenceBytes, referenceTable, unpack } from './reference-rows.ts';

const NAME = 'xgb-many-thresholds';

const expected = readExpected(NAME);
const table = referenceTable(expected);
const columns = new Map(
  table.columns.map((column) => [column.name, column.storage === 'number' ? column.values : new Float64Array(0)]),
);
const names = [...columns.keys()];

/** A model that reads a number by several features, because it has more thresholds than one may have. */
function converted(): Model {
  const { model } = convertAndReadBack(readForeignModel('XGBOOST_JSON', referenceBytes(`${NAME}.json`)));
  expect(new Set(model.features.map(({ name }) => name)).size).toBeLessThan(model.features.length);
  return model;
}

test('the ONNX file has one input for each column, and predicts what the library did', async () => {
  const session = await ort.InferenceSession.create(exportToOnnx(converted()));
  try {
    expect(session.inputNames.toSorted()).toEqual(names.toSorted());
    const feeds = Object.fromEntries(
      [...columns].map(([name, values]) => [name, new ort.Tensor('float64', values, [values.length, 1])]),
    );
    const { value } = await session.run(feeds);
    expect(largestDifference(value?.data as Float64Array, unpack(expected.predictions))).toBeLessThan(1e-6);
  } finally {
    await session.release();
  }
});

test('the contributions are the Shapley values of the columns, not of the features that read them', () => {
  const model = withLeafRows(
    converted(),
    table,
    Int32Array.from({ length: table.rowCount }, (_, row) => row),
  );
  const { estimator, features } = model;
  if (estimator.kind !== 'TREES') throw new Error('trees are expected');
  const { explain } = createRowExplainer(model)!;
  const playerOf = features.map(({ name }) => names.indexOf(name));
  for (const row of [0, 1, 2, 3]) {
    const cellOf = (name: string) => {
      const value = columns.get(name)![row]!;
      return Number.isNaN(value) ? null : value;
    };
    const plain: PlainRow = features.map(({ name, kind }) => {
      const value = cellOf(name);
      return value === null || kind === 'NUMBER' ? value : String(value);
    });
    const leafValue = (leaf: number) => estimator.leafValues[estimator.nodeRights[leaf]!]!;
    const reference = shapleyValues(model, estimator, [...estimator.roots], plain, leafValue, playerOf);
    const { base, contributions } = explain(Object.fromEntries(names.map((name) => [name, cellOf(name)])), 0);
    expect(base).toBeCloseTo(reference.base + estimator.startMargins[0]!, 9);
    expect(contributions).toHaveLength(names.length);
    for (const { column, contribution } of contributions) {
      expect(contribution).toBeCloseTo(reference.values[names.indexOf(column)]!, 9);
    }
  }
});
