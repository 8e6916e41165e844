import { isCategory, type ModelFeature } from '../model.ts';
import type { CellReading } from '../values/cells.ts';
import { createBinWriter } from './bin-finder.ts';
import { codeReader, numbersReader } from './encode-features.ts';
import type { InputColumn } from './input-column.ts';

/** Puts down the bins of some rows of a column, from `at` on. */
export type Binner = (rows: Int32Array, bins: Uint16Array, at: number) => void;

/** Bins a column for trees, many rows at a time: numbers and parts of dates between `edges`, categories by their codes. */
export function createBinner(
  feature: ModelFeature,
  column: InputColumn | null,
  edges: Float64Array,
  reading: CellReading,
): Binner {
  if (isCategory(feature)) {
    const codeAt = codeReader(column, feature, reading);
    return (rows, bins, at) => {
      for (let i = 0; i < rows.length; i++) bins[at + i] = codeAt(rows[i]!);
    };
  }
  const read = numbersReader(column, feature, reading);
  const write = createBinWriter(edges);
  let numbers = new Float64Array(0);
  return (rows, bins, at) => {
    if (numbers.length !== rows.length) numbers = new Float64Array(rows.length);
    read(rows, numbers);
    write(numbers, bins, at);
  };
}
