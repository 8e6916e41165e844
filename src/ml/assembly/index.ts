// The hot loops of growing trees, in AssemblyScript: compiled to WebAssembly, called through src/ml/kernel.ts.

export { allocate, mark, resetTo } from '../../runtime/assembly/arena';
export {
  addToRows,
  largestSize,
  logLossDerivatives,
  packDerivatives,
  softmaxColumns,
  sumOfRows,
  toProbabilities,
} from './derivatives';
export { addRows, partitionRows, subtract, unpackSums } from './histogram';
export { addClassGradients, addGradient, addGram, classMarginsOfRows, marginsOfRows } from './linear';
export {
  logisticDerivatives,
  softmaxCurvatures,
  softmaxDerivatives,
  softmaxOfRows,
  squaredDerivatives,
} from './linear-losses';
