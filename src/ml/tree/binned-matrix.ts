import { createBinFinder } from '../../runtime/bin-finder.ts';
import { codeReader, numberReader } from '../../runtime/encode-features.ts';
import type { Kernel } from '../kernel.ts';
import type { Random } from '../random.ts';
import type { TrainingSet } from '../training-set.ts';
import { fitBinEdges } from './bin-edges.ts';

/** Features whose bins share one word of 64 bits. */
export const GROUP_SIZE = 8;

/**
 * The training rows as bins of at most one byte, numbered as in runtime's TreesModel: a number has edges + 1 bins and one
 * for missing, a category k codes, "other" and "missing". They are kept twice: histograms read all features of a row, and
 * partitions one feature of many rows; either from the other's copy would miss the processor's cache at every row.
 */
export interface BinnedMatrix {
  /** In whose memory the bins are. */
  readonly kernel: Kernel;
  readonly rowCount: number;
  readonly featureCount: number;
  /** Words of a row: features / GROUP_SIZE, rounded up. */
  readonly groupCount: number;
  /** Row after row: feature f of row r is byte r * groupCount * GROUP_SIZE + f. */
  readonly words: Uint8Array;
  /** For each feature its bins, row after row. */
  readonly columns: readonly Uint8Array[];
  /** For each feature how many bins it has, all included. */
  readonly binCounts: Int32Array;
  /** For each feature where its bins begin in a histogram of all features. */
  readonly offsets: Int32Array;
  readonly totalBins: number;
  readonly isCategory: Uint8Array;
  /** Room for a split's goesLeft, in the kernel's memory. */
  readonly goesLeft: Uint8Array;
  /** For each feature its edges, empty for a category. */
  readonly edges: readonly Float64Array[];
}

/** Rows binned between two breaths: some 5 ms. */
const ROWS_PER_STEP = 65_536;

/**
 * Fits the edges on the training rows and bins them. Yields the share done, 0 to 1.
 * Cost: a sort of a sample and a search per row, for each feature; memory: two bytes per row and feature.
 */
export function* binFeatures(
  data: TrainingSet,
  maxBins: number,
  random: Random,
  kernel: Kernel,
): Generator<number, BinnedMatrix> {
  const rowCount = data.rows.length;
  const featureCount = data.features.length;
  const groupCount = Math.ceil(featureCount / GROUP_SIZE);
  const stride = groupCount * GROUP_SIZE;
  const words = kernel.bytes(rowCount * stride);
  const columns: Uint8Array[] = [];
  const edges: Float64Array[] = [];
  for (let f = 0; f < featureCount; f++) {
    const bins = kernel.bytes(rowCount);
    const [fitted, binAt] = fitFeature(data, f, maxBins, random);
    for (let start = 0; start < rowCount; start += ROWS_PER_STEP) {
      yield (f + start / rowCount) / featureCount;
      const end = Math.min(start + ROWS_PER_STEP, rowCount);
      for (let i = start; i < end; i++) bins[i] = binAt(data.rows[i]!);
      for (let i = start; i < end; i++) words[i * stride + f] = bins[i]!;
    }
    columns.push(bins);
    edges.push(fitted);
  }
  const binCounts = kernel.integers(featureCount);
  data.features.forEach((feature, f) => {
    binCounts[f] = feature.kind === 'CATEGORY' ? feature.categories.length + 2 : edges[f]!.length + 2;
  });
  const offsets = kernel.integers(featureCount);
  for (let f = 1; f < featureCount; f++) offsets[f] = offsets[f - 1]! + binCounts[f - 1]!;
  return Object.freeze({
    kernel,
    rowCount,
    featureCount,
    groupCount,
    words,
    columns,
    binCounts,
    offsets,
    totalBins: binCounts.reduce((sum, count) => sum + count, 0),
    isCategory: Uint8Array.from(data.features, (feature) => (feature.kind === 'CATEGORY' ? 1 : 0)),
    edges,
    goesLeft: kernel.bytes(256),
  });
}

/** A feature's edges (none for a category), and what finds the bin of a row of the table. */
function fitFeature(
  data: TrainingSet,
  f: number,
  maxBins: number,
  random: Random,
): readonly [Float64Array, (row: number) => number] {
  const feature = data.features[f]!;
  const column = data.columns[f]!;
  if (feature.kind === 'CATEGORY') return [new Float64Array(0), codeReader(column, feature)];
  const numberAt = numberReader(column, feature);
  const edges = fitBinEdges(numberAt, data.rows, maxBins, random);
  const findBin = createBinFinder(edges);
  return [edges, (row) => findBin(numberAt(row))];
}
