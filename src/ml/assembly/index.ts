// The hot loops of fitting models, in AssemblyScript: compiled to WebAssembly, called through src/ml/parallel/training-wasm.ts.

export { allocate, mark, resetTo } from '../../runtime/assembly/arena';
export { countRuns, gatherNumbers, SORT_COUNTER_BYTES, sortNumbers } from '../../runtime/assembly/sort';
export { findBins, packWords, placeEdges } from './bins';
export { drawRows, listDrawn } from './bootstrap';
export { findNumberCut } from './cuts';
export {
  logLoss,
  logLossDerivatives,
  packDerivatives,
  squaredErrorDerivatives,
  squaredErrorLoss,
  toClassProbabilities,
  toProbabilities,
} from './derivatives';
export { findCut, gatherBytes, gatherCells, openNode, replaceBytes, sumCells } from './forest';
export { divideRows, findLeaves } from './forest-rows';
export { addRows, moveSums, partitionRows, subtract, unpackSums } from './histogram';
export { addToRows, sumDerivatives } from './leaf-sums';
export { addGradient, addGram, marginsOfRows } from './linear';
export { addClassGradients, classMarginsOfRows } from './linear-classes';
export { addLinesToRows, spanBins, sumDistances } from './linear-leaves';
export {
  logisticDerivatives,
  softmaxCurvatures,
  softmaxDerivatives,
  softmaxOfRows,
  squaredDerivatives,
  weightedLogisticDerivatives,
  weightedSquaredDerivatives,
} from './linear-losses';
export { mixedLogLossDerivatives } from './mixed-derivatives';
export { sampleRows } from './sampling';
export { SCRATCH_BYTES, useScratch } from './scratch';
