import { isCategory } from '../../../runtime/model.ts';
import { codeReader, numbersReader } from '../../../runtime/predict/encode-features.ts';
import type { TrainingWasm } from '../../parallel/training-wasm.ts';
import type { WorkerPool } from '../../parallel/worker-pool.ts';
import type { Random } from '../../random.ts';
import { mapSteps } from '../../steps.ts';
import { PLAIN_READING, type TrainingSet } from '../../training-set.ts';
import { createEdgeRoom, createSample, drawSample } from './bin-edges.ts';
import { createBinRoom } from './bin-finder.ts';
import { type BinnedMatrix, GROUP_SIZE } from './binned-matrix.ts';
import type { BinningSlot } from './binning-worker.ts';

/** Rows whose words are written between two yield points: about 10 ms. */
const COST_PER_STEP = 8_000_000;

/** What it takes to write the words of all features, as a share of the whole. */
const PACKING_FRACTION = 0.1;

/** Nanoseconds that it takes about to place the edges of a feature and to find its bins, for each row. */
const BINNING_NANOSECONDS = 14;

/**
 * Fits the edges on the training rows and bins them. Yields the share done, 0 to 1. The bins do not depend on the number of
 * threads.
 * Cost: a sort of a sample and about 10 ns a row for each feature; memory: two bytes per row and feature, and for each thread
 * 8 bytes per row, and 16 per row of a sample.
 */
export function* binFeatures(
  data: TrainingSet,
  maxBins: number,
  random: Random,
  wasm: TrainingWasm,
  pool: WorkerPool,
): Generator<number, BinnedMatrix> {
  const rowCount = data.rows.length;
  const featureCount = data.features.length;
  const groupCount = Math.ceil(featureCount / GROUP_SIZE);
  const columns = data.features.map(() => wasm.bytes(rowCount));
  const edges = data.features.map(() => new Float64Array(0));
  const slots = createSlots(rowCount, maxBins, pool.size, wasm);
  const parallelFor = pool.parallelFor(
    'BINNING',
    slots.map(() => ({
      ...{ wasm: wasm.share(), slots, columns, maxBins },
      edgeRoom: createEdgeRoom(rowCount, maxBins, wasm),
      binRoom: createBinRoom(wasm),
    })),
  );
  const binSlots = (filled: readonly BinningSlot[]): void => {
    parallelFor.each(0, filled.length, filled.length * rowCount * BINNING_NANOSECONDS);
    for (const { feature, edges: ofSlot, edgeCount } of filled) edges[feature[0]!] = ofSlot.slice(0, edgeCount[0]);
  };
  let filled = 0;
  for (const [f, feature] of data.features.entries()) {
    yield (1 - PACKING_FRACTION) * (f / featureCount);
    const column = data.columns[f]!;
    if (isCategory(feature)) {
      const codeAt = codeReader(column, feature, PLAIN_READING);
      const bins = columns[f]!;
      for (let i = 0; i < rowCount; i++) bins[i] = codeAt(data.rows[i]!);
      continue;
    }
    // There is one for each thread at least, and they are emptied when all are filled.
    const slot = slots[filled++]!;
    slot.feature[0] = f;
    numbersReader(column, feature, PLAIN_READING)(data.rows, slot.numbers);
    drawSample(slot.numbers, slot.sample, random);
    if (filled < slots.length) continue;
    binSlots(slots);
    filled = 0;
  }
  binSlots(slots.slice(0, filled));
  const words = wasm.bytes(rowCount * groupCount * GROUP_SIZE);
  const writing = writeWords(columns, words, rowCount, wasm);
  yield* mapSteps(writing, (share) => 1 - PACKING_FRACTION + PACKING_FRACTION * share);
  const binCounts = wasm.integers(featureCount);
  data.features.forEach((feature, f) => {
    binCounts[f] = isCategory(feature) ? feature.categories.length + 2 : edges[f]!.length + 2;
  });
  const offsets = wasm.integers(featureCount);
  for (let f = 1; f < featureCount; f++) offsets[f] = offsets[f - 1]! + binCounts[f - 1]!;
  return Object.freeze({
    wasm,
    rowCount,
    featureCount,
    groupCount,
    words,
    columns,
    binCounts,
    offsets,
    totalBins: binCounts.reduce((sum, count) => sum + count, 0),
    isCategory: Uint8Array.from(data.features, (feature) => Number(isCategory(feature))),
    edges,
    leftBins: wasm.bytes(256),
  });
}

function createSlots(rowCount: number, maxBins: number, count: number, wasm: TrainingWasm): readonly BinningSlot[] {
  return Array.from({ length: count }, () => ({
    feature: wasm.integers(1),
    numbers: wasm.unsetDoubles(rowCount),
    sample: createSample(rowCount, wasm),
    edges: wasm.doubles(maxBins),
    edgeCount: wasm.integers(1),
  }));
}

/** Writes the columns side by side, so many rows at a time that a row's words stay in the cache. Yields the share done. */
function* writeWords(
  columns: readonly Uint8Array[],
  words: Uint8Array,
  rowCount: number,
  wasm: TrainingWasm,
): Generator<number, void> {
  const groupCount = Math.ceil(columns.length / GROUP_SIZE);
  const addresses = wasm.integers(groupCount * GROUP_SIZE);
  columns.forEach((column, f) => {
    addresses[f] = wasm.addressOf(column);
  });
  const stride = groupCount * GROUP_SIZE;
  const rows = Math.max(1, Math.floor(COST_PER_STEP / stride));
  for (let start = 0; start < rowCount; start += rows) {
    yield start / rowCount;
    for (let group = 0; group < groupCount; group++) {
      wasm.functions.packWords(
        wasm.addressOf(addresses) + group * GROUP_SIZE * 4,
        start,
        Math.min(start + rows, rowCount),
        wasm.addressOf(words) + group * GROUP_SIZE,
        stride,
      );
    }
  }
}
