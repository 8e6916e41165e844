import { expect, test } from 'vitest';
import type { Model } from '../../../src/runtime/model.ts';
import type { InputColumn } from '../../../src/runtime/predict/input-column.ts';
import { tableFromRows } from '../../../src/runtime/predict/rows-to-table.ts';
import { currentReading } from '../../../src/runtime/values/cells.ts';

const model: Model = {
  task: 'REGRESSION',
  algorithm: 'BASELINE',
  target: 'price',
  labels: null,
  features: [
    { name: 'area', kind: 'NUMBER' },
    { name: 'seen', kind: 'DATETIME', part: 'ORDINAL' },
    { name: 'seen', kind: 'DATETIME', part: 'MONTH' },
    { name: 'lift', kind: 'CATEGORY', categories: ['True', 'False'] },
    { name: 'floor', kind: 'CATEGORY', categories: ['1', '-', 'ground'] },
  ],
  reading: currentReading(),
  estimator: { kind: 'CONSTANT', outputs: Float64Array.of(1) },
};

function cells(column: InputColumn): (number | string | null)[] {
  if (column.storage === 'text') return [...column.values];
  if (column.storage === 'number') return [...column.values].map((value) => (Number.isNaN(value) ? null : value));
  return [...column.codes].map((code) => (code < 0 ? null : column.labels[code]!));
}

test('rows of JSON values become columns as a file would have them', () => {
  const { rowCount, columns } = tableFromRows(model, [
    { area: 70, seen: '2024-05-01', lift: true, floor: 1, price: 'not a feature' },
    { area: ' 70.5 ', seen: 86_400_000, lift: 'False', floor: '-' },
    { area: 'large', seen: 'soon', lift: 'NA', floor: ' ground ' },
    { area: null, lift: null, floor: { nested: true } },
  ]);
  expect(rowCount).toBe(4);
  expect(columns.map((column) => column.name)).toEqual(['area', 'seen', 'lift', 'floor']);
  expect(columns.map(cells)).toEqual([
    [70, 70.5, null, null],
    [Date.UTC(2024, 4, 1), 86_400_000, null, null],
    ['True', 'False', null, null],
    ['1', '-', 'ground', null],
  ]);
});

test('a date is read once for all its parts', () => {
  const table = tableFromRows(model, [{ seen: '2024-05-01' }]);
  const whole = { ...model, features: model.features.slice(1, 3) };
  expect(tableFromRows(whole, [{ seen: '2024-05-01' }]).columns).toEqual(table.columns.slice(1, 2));
});

test('names that every object has are no values', () => {
  const strange: Model = { ...model, features: [{ name: 'constructor', kind: 'CATEGORY', categories: [] }] };
  expect(cells(tableFromRows(strange, [{}]).columns[0]!)).toEqual([null]);
});
