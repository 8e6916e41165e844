/**
 * `trainyard/runtime/tables`: predicts many rows at once, a million and more in a second.
 *
 * @example
 * const { predicted } = predictTable(model, tableFromRows(model, rows));
 */
export type { InputColumn, InputTable } from './predict/input-column.ts';
export { predictTable } from './predict/predict.ts';
export { tableFromRows } from './predict/rows-to-table.ts';
