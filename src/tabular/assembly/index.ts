// The hot loops of reading a CSV file, in AssemblyScript: compiled to WebAssembly, called through src/tabular/scan/csv-wasm.ts.

export { allocate, mark, resetTo } from '../../runtime/assembly/arena';
export { countRuns, gatherNumbers, SORT_COUNTER_BYTES, sortNumbers } from '../../runtime/assembly/sort';
export {
  addLabels,
  clearLabels,
  labelCount,
  newLabels,
  packedLengthOf,
  packLabels,
  reserveLabels,
  setSeed,
} from './labels';
export { setMissing } from './null-tokens';
export { powersOfFive } from './numbers';
export {
  clearRows,
  endRow,
  hashes,
  hashNumber,
  lines,
  present as presentRows,
  rowCount,
  skipColumn,
  takeAsLabels,
  takeAsNumbers,
  takeLabel,
  takeMissing,
  takeMissingNumbers,
} from './rows';
export { beginScan, cellColumn, cellLine, cellRecordLine, scanCells, setCellPosition } from './scan';
export {
  areSingle,
  areWhole,
  countFew,
  countWanted,
  findRange,
  high,
  low,
  present,
  spread,
  sum,
  summarise,
} from './statistics';
