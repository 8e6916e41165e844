import type { TestRows } from '../../../src/ml/evaluation/evaluate-model.ts';
import { columnGains } from '../../../src/ml/importances/column-gains.ts';
import { drawPermutation } from '../../../src/ml/importances/permutation.ts';
import type { ImportanceRequest } from '../../../src/ml/importances/permutation-importances.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { runToEnd } from '../../../src/ml/steps.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import type { Model } from '../../../src/runtime/model.ts';
import type { InputColumn } from '../../../src/runtime/predict/input-column.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import type { Table } from '../../../src/tabular/types/column.ts';
import { numbers, texts } from '../made-tables.ts';

/** Every fifth row, as the made requests have it, and the truth of a column there. */
function testRowsOf(data: Table, target: string, labels: readonly string[] | null): TestRows {
  const column = data.columns.find(({ name }) => name === target)!;
  const rows = Int32Array.from({ length: Math.floor(data.rowCount / 5) }, (_, i) => 5 * i + 4);
  if (labels === null || column.storage === 'number') {
    const values = column.storage === 'number' ? column.values : new Float64Array(0);
    return { task: 'REGRESSION', rows, actual: Float64Array.from(rows, (row) => values[row]!) };
  }
  const actual = Int32Array.from(rows, (row) => labels.indexOf(column.labels[column.codes[row]!]!));
  return { task: 'CLASSIFICATION', rows, actual, unknownLabels: [] };
}

/** Of all columns of a model alike, on all test rows. */
export function importanceRequest(
  data: Table,
  modelBytes: Uint8Array,
  target: string,
  seed: number,
): ImportanceRequest {
  const model = parseModel(modelBytes);
  const gains = columnGains(model.features, new Float64Array(model.features.length).fill(1));
  const tested = testRowsOf(data, target, model.labels);
  return {
    model,
    table: data,
    testSet: tested,
    gains,
    sampleRows: 10_000,
    random: createRandom(seed),
    stopReason: () => null,
  };
}

/** For each row what a prediction costs, said as plainly as can be: -ln p(true label), p at least 0.001, or the squared error. */
function costs(model: Model, columns: readonly InputColumn[], actual: readonly (string | number)[]): number[] {
  const predictions = predictTable(model, { rowCount: actual.length, columns });
  if (predictions.task === 'REGRESSION') return actual.map((value, i) => (predictions.values[i]! - Number(value)) ** 2);
  const { labels, probabilities } = predictions;
  return actual.map((label, i) => {
    const p = probabilities[i * labels.length + labels.indexOf(String(label))] ?? 0;
    return -Math.log(p < 0.001 ? 0.001 : p);
  });
}

const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** A mean and its standard error; each row counts by its weight, all of which are 1 on average. */
function meanWithError(values: readonly number[], weights: readonly number[]) {
  const importance = average(values);
  const squares = values.map((value, i) => (value - importance * weights[i]!) ** 2);
  return { importance, stddev: Math.sqrt((average(squares) * values.length) / (values.length - 1) / values.length) };
}

function cellsOf(column: InputColumn): (string | number | null)[] {
  if (column.storage === 'label') return Array.from(column.codes, (code) => (code < 0 ? null : column.labels[code]!));
  if (column.storage === 'text') return [...column.values];
  return Array.from(column.values, (value) => (Number.isNaN(value) ? null : value));
}

/** A column of those cells, with other codes for its labels. */
function columnOf(like: InputColumn, cells: readonly (string | number | null)[]): InputColumn {
  return like.storage === 'label'
    ? texts(
        like.name,
        cells.map((cell) => (cell === null ? null : String(cell))),
      )
    : numbers(
        like.name,
        cells.map((cell) => (cell === null ? null : Number(cell))),
      );
}

/** The importances, by a table in which the cells really are moved, and the predictor that everybody uses. */
export function slowImportances(wanted: ImportanceRequest, target: string, names: readonly string[]) {
  const { model, table: data, testSet: tested, sampleRows, random } = wanted;
  const size = Math.min(sampleRows, tested.rows.length);
  const { drawn, permutedRows } = runToEnd(drawPermutation(model, data, tested.rows, size, names, random));
  const rows = Array.from(drawn, (place) => tested.rows[place]!);
  const sample = data.columns.map((column) =>
    columnOf(
      column,
      rows.map((row) => cellsOf(column)[row]!),
    ),
  );
  const actual = cellsOf(sample.find(({ name }) => name === target)!).map((cell) => cell!);
  const mean = average(actual.map(Number));
  const spread = actual.map((value) => (typeof value === 'string' ? 1 : (value - mean) ** 2));
  const whole = average(spread);
  const unmoved = costs(model, sample, actual);
  return new Map(
    names.map((name) => {
      const moved = permutedRows.map((sourceRows) => {
        const columns = sample.map((column) => {
          if (column.name !== name) return column;
          const cells = cellsOf(column);
          return columnOf(
            column,
            Array.from(sourceRows, (from) => cells[from]!),
          );
        });
        return costs(model, columns, actual);
      });
      const losses = unmoved.map((cost, i) => (average(moved.map((each) => each[i]!)) - cost) / whole);
      const weights = spread.map((share) => share / whole);
      return [name, meanWithError(losses, weights)];
    }),
  );
}
