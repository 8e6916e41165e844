import { isLinearCode, type LinearModel, type Model, type ModelFeature } from '../model.ts';
import type { CellReading } from '../values/cells.ts';
import { codeReader, numberReader } from './encode-features.ts';
import type { InputColumn } from './input-column.ts';
import { repeatNumbers } from './repeat-numbers.ts';

/**
 * The margins of a linear model, row after row, `marginCount` for each: see LinearModel for the formula.
 * Cost: features * margins additions for each row.
 */
export function linearMargins(
  model: LinearModel,
  { features, reading }: Pick<Model, 'features' | 'reading'>,
  columns: readonly (InputColumn | null)[],
): (rows: Int32Array) => Float64Array {
  const adders = features.map((feature, i) => termAdder(model, i, feature, columns[i] ?? null, reading));
  return (rows) => {
    const margins = repeatNumbers(model.intercepts, rows.length);
    for (const add of adders) add(rows, margins);
    return margins;
  };
}

type TermAdder = (rows: Int32Array, margins: Float64Array) => void;

function termAdder(
  model: LinearModel,
  index: number,
  feature: ModelFeature,
  column: InputColumn | null,
  reading: CellReading,
): TermAdder {
  const { marginCount } = model;
  const { mean, scale, weights } = model.terms[index]!;
  const isCode = isLinearCode(feature);
  const valueAt = isCode ? codeReader(column, feature, reading) : numberReader(column, feature, reading);
  return (rows, margins) => {
    for (let i = 0; i < rows.length; i++) {
      const value = valueAt(rows[i]!);
      const isMissing = Number.isNaN(value);
      // Codes, and a missing number as if it were code 1, have weights of their own.
      const factor = isCode || isMissing ? 1 : (value - mean) / scale;
      const from = isCode ? value * marginCount : isMissing ? marginCount : 0;
      for (let k = 0; k < marginCount; k++) margins[i * marginCount + k]! += factor * weights[from + k]!;
    }
  };
}
