import type { ArenaFunctions, WasmGlobal } from '../../runtime/wasm-module.ts';

/**
 * What the compiled module offers: src/ml/assembly says what each function does. Addresses are numbers, those from 2 GiB
 * on negative ones.
 */
export interface WasmExports extends ArenaFunctions {
  readonly SCRATCH_BYTES: WasmGlobal;
  readonly SORT_COUNTER_BYTES: WasmGlobal;
  useScratch(address: number): void;
  gatherNumbers(values: number, count: number): number;
  sortNumbers(values: number, spare: number, count: number, counters: number): void;
  countRuns(values: number, count: number, counts: number): number;
  findBins(
    numbers: number,
    count: number,
    edges: number,
    edgeCount: number,
    lowest: number,
    cellCount: number,
    first: number,
    scale: number,
    bins: number,
  ): void;
  placeEdges(values: number, counts: number, distinct: number, maxBins: number, edges: number): number;
  packWords(columns: number, start: number, end: number, words: number, stride: number): void;
  addRows(
    sums: number,
    words: number,
    featureCount: number,
    isSelected: number,
    rows: number,
    start: number,
    end: number,
    packed: number,
  ): void;
  unpackSums(
    sums: number,
    featureCount: number,
    binCounts: number,
    offsets: number,
    shift: number,
    histogram: number,
  ): void;
  moveSums(from: number, sum: number, count: number): void;
  findNumberCut(
    histogram: number,
    missing: number,
    gradient: number,
    hessian: number,
    l1: number,
    l2: number,
    minimum: number,
    least: number,
    counts: number,
    minRows: number,
    cut: number,
  ): number;
  subtract(parent: number, smaller: number, count: number): void;
  partitionRows(rows: number, start: number, end: number, bins: number, leftBins: number, scratch: number): number;
  toProbabilities(margins: number, probabilities: number, start: number, end: number): void;
  toClassProbabilities(
    margins: number,
    probabilities: number,
    rowCount: number,
    classCount: number,
    start: number,
    end: number,
  ): void;
  logLossDerivatives(
    probabilities: number,
    codes: number,
    weights: number,
    start: number,
    end: number,
    k: number,
    factor: number,
    gradients: number,
    hessians: number,
    largest: number,
  ): void;
  mixedLogLossDerivatives(
    probabilities: number,
    rowCount: number,
    classCount: number,
    shares: number,
    codes: number,
    weights: number,
    start: number,
    end: number,
    factor: number,
    gradients: number,
    hessians: number,
    largest: number,
  ): void;
  squaredErrorDerivatives(
    margins: number,
    values: number,
    start: number,
    end: number,
    gradients: number,
    largest: number,
  ): void;
  logLoss(
    probabilities: number,
    rowCount: number,
    codes: number,
    weights: number,
    roles: number,
    role: number,
    start: number,
    end: number,
  ): number;
  squaredErrorLoss(margins: number, values: number, roles: number, role: number, start: number, end: number): number;
  packDerivatives(
    gradients: number,
    hessians: number,
    start: number,
    end: number,
    gradientScale: number,
    hessianScale: number,
    shift: number,
    seed: number,
    packed: number,
  ): void;
  sumDerivatives(
    gradients: number,
    hessians: number,
    roles: number,
    counts: number,
    rows: number,
    start: number,
    end: number,
    sums: number,
  ): void;
  spanBins(slot: number, hessians: number, roles: number, rows: number, start: number, end: number, span: number): void;
  sumDistances(
    slots: number,
    count: number,
    gradients: number,
    hessians: number,
    roles: number,
    rows: number,
    start: number,
    end: number,
    sums: number,
  ): void;
  addLinesToRows(
    values: number,
    slots: number,
    slopes: number,
    count: number,
    rows: number,
    start: number,
    end: number,
    amount: number,
  ): void;
  sampleRows(
    from: number,
    count: number,
    seed: number,
    limit: number,
    blockBits: number,
    rows: number,
    spare: number,
  ): number;
  addToRows(values: number, rows: number, start: number, end: number, amount: number): void;
  marginsOfRows(...rowsThenWeightsAndMargins: LinearArguments<[number, number]>): void;
  addGradient(...rowsThenDerivativesAndGradient: LinearArguments<[number, number]>): void;
  addGram(...rowsThenCurvaturesGramAndSize: LinearArguments<[number, number, number]>): void;
  classMarginsOfRows(...rowsThenWeightsStrideAndMargins: LinearArguments<[number, number, number]>): void;
  addClassGradients(...rowsThenDerivativesStrideAndGradient: LinearArguments<[number, number, number]>): void;
  logisticDerivatives(
    margins: number,
    actual: number,
    count: number,
    weight0: number,
    weight1: number,
    curvatures: number,
  ): number;
  weightedLogisticDerivatives(
    margins: number,
    actual: number,
    weights: number,
    count: number,
    weight0: number,
    weight1: number,
    curvatures: number,
  ): number;
  squaredDerivatives(margins: number, values: number, count: number): number;
  weightedSquaredDerivatives(margins: number, values: number, weights: number, count: number): number;
  softmaxOfRows(
    margins: number,
    stride: number,
    classCount: number,
    actual: number,
    weights: number,
    rowWeights: number,
    count: number,
  ): number;
  softmaxDerivatives(
    probabilities: number,
    stride: number,
    actual: number,
    weights: number,
    rowWeights: number,
    count: number,
  ): void;
  softmaxCurvatures(
    probabilities: number,
    stride: number,
    k: number,
    l: number,
    actual: number,
    weights: number,
    rowWeights: number,
    count: number,
    curvatures: number,
  ): void;
  drawRows(state: number, size: number, rowCount: number, draws: number): void;
  listDrawn(draws: number, rowCount: number, rows: number, others: number): number;
  divideRows(
    rows: number,
    start: number,
    end: number,
    bins: number,
    cut: number,
    extraLeftBin: number,
    spare: number,
  ): number;
  findLeaves(
    nodes: number,
    nodeCount: number,
    sets: number,
    bins: number,
    stride: number,
    rows: number,
    count: number,
    spare: number,
    leaves: number,
  ): void;
  gatherBytes(bytes: number, rows: number, count: number, to: number): void;
  replaceBytes(bytes: number, table: number, count: number, to: number): void;
  sumCells(cells: number, rows: number, count: number, bins: number, sums: number): void;
  gatherCells(cells: number, rows: number, count: number, to: number): void;
  openNode(cells: number, rows: number, count: number, to: number, totals: number): number;
  findCut(
    cells: number,
    rows: number,
    count: number,
    bins: number,
    binCount: number,
    missing: number,
    draw: number,
    sums: number,
    binFlags: number,
    minRows: number,
    weightPerDraw: number,
    weightPerValue: number,
    drawDeviationWeight: number,
    sumDeviationWeight: number,
    weight: number,
    least: number,
    found: number,
  ): number;
}

/** Rows of a linear model, as src/ml/assembly/linear.ts has them, and what follows. */
type LinearArguments<Rest extends readonly number[]> = readonly [
  dense: number,
  width: number,
  starts: number,
  columns: number,
  count: number,
  ...rest: Rest,
];
