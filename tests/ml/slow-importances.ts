import type { TestRows } from '../../src/ml/evaluation/evaluate-model.ts';
import { columnGains } from '../../src/ml/importances/column-gains.ts';
import type { ImportanceRequest } from '../../src/ml/importances/permutation-importances.ts';
import { drawShuffling } from '../../src/ml/importances/shuffling.ts';
import { createRandom } from '../../src/ml/random.ts';
import type { InputColumn } from '../../src/runtime/input-column.ts';
import { parseModel } from '../../src/runtime/parse-model.ts';
import { predictTable } from '../../src/runtime/predict.ts';
import type { Table } from '../../src/tabular/column.ts';
import { numbers, texts } from './made-tables.ts';
import { toEnd } from './to-end.ts';

/** Every fifth row, as the made requests have it, and the truth of a column there. */
function testRowsOf(data: Table, target: string, labels: readonly string[] | null): TestRows {
  const column = data.columns.find(({ name }) => name === target)!;
  const rows = Int32Array.from({ length: Math.floor(data.rowCount / 5) }, (_, i) => 5 * i + 4);
  if (labels === null || column.storage === 'number') {
    const values = column.storage === 'number' ? column.values : new Float64Array(0);
    return { task: 'REGRESSION', rows, truth: Float64Array.from(rows, (row) => values[row]!) };
  }
  const truth = Int32Array.from(rows, (row) => labels.indexOf(column.labels[column.codes[row]!]!));
  return { task: 'CLASSIFICATION', rows, truth, unknownLabels: [] };
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
  return { model, table: data, tested, gains, sampleRows: 10_000, random: createRandom(seed), stopReason: () => null };
}

/** Accuracy, or R2, said as plainly as can be. */
function score(predicted: readonly (string | number)[], truth: readonly (string | number)[]): number {
  if (truth.every((value) => typeof value === 'string')) {
    return predicted.filter((label, i) => label === truth[i]).length / truth.length;
  }
  const values = truth.map(Number);
  const mean = values.reduce((sum, value) => sum + value) / values.length;
  const squares = predicted.map((value, i) => (Number(value) - values[i]!) ** 2).reduce((sum, value) => sum + value);
  return 1 - squares / values.map((value) => (value - mean) ** 2).reduce((sum, value) => sum + value);
}

function cellsOf(column: InputColumn): (string | number | null)[] {
  if (column.storage === 'label') return Array.from(column.codes, (code) => (code < 0 ? null : column.labels[code]!));
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
  const { model, table: data, tested, sampleRows, random } = wanted;
  const size = Math.min(sampleRows, tested.rows.length);
  const { drawn, lenders } = toEnd(drawShuffling(model, data, tested.rows, size, names, random));
  const rows = Array.from(drawn, (place) => tested.rows[place]!);
  const sample = data.columns.map((column) =>
    columnOf(
      column,
      rows.map((row) => cellsOf(column)[row]!),
    ),
  );
  const truth = cellsOf(sample.find(({ name }) => name === target)!).map((cell) => cell!);
  const scoreOf = (columns: readonly InputColumn[]) => {
    const predictions = predictTable(model, { rowCount: size, columns });
    return score(
      predictions.task === 'REGRESSION'
        ? [...predictions.values]
        : Array.from(predictions.predicted, (label) => predictions.labels[label]!),
      truth,
    );
  };
  const whole = scoreOf(sample);
  return new Map(
    names.map((name) => {
      const losses = lenders.map((lender) => {
        const moved = sample.map((column) => {
          if (column.name !== name) return column;
          const cells = cellsOf(column);
          return columnOf(
            column,
            Array.from(lender, (from) => cells[from]!),
          );
        });
        return whole - scoreOf(moved);
      });
      const mean = losses.reduce((sum, loss) => sum + loss) / losses.length;
      const variance = losses.map((loss) => (loss - mean) ** 2).reduce((sum, square) => sum + square) / losses.length;
      return [name, { importance: mean, stddev: Math.sqrt(variance) }];
    }),
  );
}
