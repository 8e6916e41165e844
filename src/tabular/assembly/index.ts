// The hot loops of reading a CSV file, in AssemblyScript: compiled to WebAssembly, called through src/tabular/scan/csv-wasm.ts.

export { allocate, mark, resetTo } from '../../runtime/assembly/arena';
export { countRuns, gatherNumbers, sortNumbers } from '../../runtime/assembly/sort';
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
} from './figures';
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
export { setMissing } from './missing';
export { powersOfFive } from './numbers';
export {
  clearRows,
  endRow,
  hashes,
  lines,
  noteNumber,
  present as presentRows,
  rowCount,
  skipColumn,
  takeAsLabels,
  takeAsNumbers,
  takeLabel,
  takeMissing,
  takeMissingNumbers,
} from './rows';
export { beginScan, placeColumn, placeLine, placeRecordLine, scanCells, setPlace } from './scan';
