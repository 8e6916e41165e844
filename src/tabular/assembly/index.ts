// The hot loops of reading a CSV file, in AssemblyScript: compiled to WebAssembly, called through src/tabular/kernel.ts.
// Memory is taken and seldom given back: it goes with the instance.

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
  freeLabels,
  labelCount,
  newLabels,
  packedLength,
  packLabels,
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
export { countRuns, gatherNumbers, sortNumbers } from './sort';

/** Room for so many bytes. */
export function allocate(bytes: usize): usize {
  return heap.alloc(bytes);
}

/** Gives room back. */
export function release(address: usize): void {
  heap.free(address);
}
