import { type BoundedNode, boundedCutScore, boundedNumberCut, scoreToBeat } from '../../monotone/bounded-cuts.ts';
import { boundedScore, type LeafBounds, UNBOUNDED } from '../../monotone/leaf-bounds.ts';
import type { BinnedMatrix } from '../binning/binned-matrix.ts';
import type { GrownNode } from '../grow-tree.ts';
import { categoricalGainPenalty, gradientNoise } from './categorical-gain-penalty.ts';
import { CategoryOrder } from './category-order.ts';
import { indexOfLargest, inPackedUnits, splitOfNumber } from './found-cut.ts';
import { type PackedGradients, UNIT_HESSIAN } from './gradient-packing.ts';
import type { Histogram } from './histogram.ts';
import type { LeafPenalty } from './newton-step.ts';
import { countRows, hasEnoughRows } from './partition.ts';
import { mixed, randomCut } from './random-cut.ts';
import { categorySplit, type Split } from './split.ts';
import { scoreOf } from './split-score.ts';
import type { BestSplitSettings } from './split-settings.ts';

/** A gain must exceed this share of the parent's score: less is rounding. */
const GAIN_TOLERANCE = 1e-10;

/** What a cut that gains nothing counts as, in packed units: more than no cut, and less than any that gains something. */
const MIN_GAIN = 1e-200;

/** Whole numbers that a search needs room for. */
export const CUT_BUFFER_LENGTH = 1 + 256;

/**
 * Finds the split of a node that lowers the loss most, to second order: with gradient sum G and hessian sum H of each side,
 * gain = GL^2 / (HL + l2) + GR^2 / (HR + l2) - G^2 / (H + l2)      (Chen and Guestrin 2016, equation 7, without the 1/2),
 * where l1 is first taken off the size of each G, as in XGBoost and LightGBM.
 *
 * Numbers are cut between bins, missing values tried on both sides; categories (missing and other among them) are cut in
 * the order of their gradients, and must gain more than chance would. All sums are packed whole numbers; gains are returned
 * in the loss's units.
 */
export class BestSplitSearch {
  readonly #matrix: BinnedMatrix;
  readonly #settings: BestSplitSettings;
  readonly #gains: Float64Array;
  readonly #counts: (Uint32Array | null)[];
  #isSelected: Uint8Array;

  /** For the current node; computed when a categorical feature first needs it. */
  #noise: number | null = null;
  #noiseOfNode: () => number = () => 0;

  /** Whether the node may be split even without a gain. */
  #allowsZeroGain = false;

  /** For a cut, and then for the rows of each bin. */
  readonly #cutBuffer: Int32Array;

  /** The tree's; with a node's rows and a feature's number it gives a random threshold. */
  #thresholdSeed = 0;
  #nodeSeed = 0;

  // The best cut that the last scan found.
  #gain = 0;
  #cut = 0;
  #missingLeft = false;

  /** Of the category that is being scanned. */
  readonly #codes = new CategoryOrder();

  /** Of the node's leaves, in packed units. */
  #bounds: LeafBounds = UNBOUNDED;

  /** `room`: CUT_BUFFER_LENGTH whole numbers, in wasm memory. */
  constructor(matrix: BinnedMatrix, settings: BestSplitSettings, cutBuffer: Int32Array) {
    this.#matrix = matrix;
    this.#cutBuffer = cutBuffer;
    this.#settings = settings;
    this.#gains = new Float64Array(matrix.featureCount);
    this.#counts = new Array<Uint32Array | null>(matrix.featureCount).fill(null);
    this.#isSelected = new Uint8Array(matrix.featureCount).fill(1);
  }

  selectFeatures(isSelected: Uint8Array): void {
    this.#isSelected = isSelected;
  }

  /** A tree begins: its random thresholds come from this number, so that they do not depend on who looks for them. */
  seedThresholds(seed: number): void {
    this.#thresholdSeed = seed;
  }

  /**
   * The best split of the node with that histogram, or null. minSamplesLeaf is held exactly: where hessians do not determine the
   * number of rows, the rows of the winning feature are counted, and its cuts weighed again under that condition.
   */
  find(
    node: Pick<GrownNode, 'start' | 'end'>,
    histogram: Histogram,
    rows: Int32Array,
    gradients: PackedGradients,
    bounds: LeafBounds = UNBOUNDED,
  ): Split | null {
    const [gradient, hessian] = this.#totals(histogram);
    if (this.#settings.directions !== null) this.#bounds = inPackedUnits(bounds, gradients);
    this.#nodeSeed = mixed(mixed(this.#thresholdSeed, node.start), node.end);
    this.#noise = null;
    this.#noiseOfNode = () => {
      this.#noise ??= gradientNoise(gradients, rows, node.start, node.end);
      return this.#noise;
    };
    const countsKnown = gradients.packing === UNIT_HESSIAN;
    const { rowGradient } = this.#settings;
    this.#allowsZeroGain = rowGradient !== null && Math.abs(gradient) < rowGradient * gradients.gradientScale * hessian;
    this.#counts.fill(null);
    for (let f = 0; f < this.#gains.length; f++) {
      this.#gains[f] = 0;
      if (this.#isSelected[f] === 1) this.#gains[f] = this.#scan(f, histogram, gradient, hessian, gradients);
    }
    for (;;) {
      const feature = indexOfLargest(this.#gains);
      // NaN, of numbers near the ends of a double's range, is no gain.
      if (!(this.#gains[feature]! > 0)) return null;
      this.#scan(feature, histogram, gradient, hessian, gradients);
      const split = this.#describe(feature, histogram, [gradient, hessian], gradients);
      if (countsKnown) return split;
      const known = this.#counts[feature];
      if (known !== null && known !== undefined) {
        if (hasEnoughRows(known, split.leftBins, this.#settings.minSamplesLeaf)) return split;
        // Rows that are fitted to the last digit are in no sum, and went to the other side than was thought.
        this.#gains[feature] = 0;
        continue;
      }
      if (this.#hasEnoughHessian(feature, split, histogram, hessian, gradients)) return split;
      const counts = countRows(this.#matrix, feature, rows, node.start, node.end);
      if (hasEnoughRows(counts, split.leftBins, this.#settings.minSamplesLeaf)) return split;
      this.#counts[feature] = counts;
      this.#gains[feature] = this.#scan(feature, histogram, gradient, hessian, gradients);
    }
  }

  /** No row's packed hessian is above the limit, so a side's hessian sum says how many rows it has at least. */
  #hasEnoughHessian(
    feature: number,
    split: Split,
    histogram: Histogram,
    hessian: number,
    gradients: PackedGradients,
  ): boolean {
    const offset = this.#matrix.offsets[feature]!;
    let left = 0;
    for (let bin = 0; bin < split.leftBins.length; bin++) {
      if (split.leftBins[bin] === 1) left += histogram[2 * (offset + bin) + 1]!;
    }
    return Math.min(left, hessian - left) > (this.#settings.minSamplesLeaf - 1) * gradients.packing.hessianLimit;
  }

  /** Every row is in one bin of each feature: the sums over the bins of any counted feature are the node's. */
  #totals(histogram: Histogram): readonly [number, number] {
    const { offsets, binCounts } = this.#matrix;
    const feature = this.#isSelected.indexOf(1);
    let gradient = 0;
    let hessian = 0;
    for (let i = offsets[feature]!; i < offsets[feature]! + binCounts[feature]!; i++) {
      gradient += histogram[2 * i]!;
      hessian += histogram[2 * i + 1]!;
    }
    return [gradient, hessian];
  }

  /** The largest gain of the feature's cuts, 0 if none is allowed. Leaves the cut in #cut and #missingLeft. */
  #scan(feature: number, histogram: Histogram, gradient: number, hessian: number, gradients: PackedGradients): number {
    const { l2, categoryL2, minHessian, minSamplesLeaf, hasRandomThresholds } = this.#settings;
    const scale = gradients.hessianScale;
    const l1 = this.#settings.l1 * gradients.gradientScale;
    const penalty = { l1, l2: l2 * scale };
    const minimum =
      gradients.packing === UNIT_HESSIAN ? Math.max(minSamplesLeaf, minHessian) : Math.max(1, minHessian * scale);
    if (this.#matrix.isCategory[feature] === 1) {
      const smoothing = this.#settings.categorySmoothing * scale;
      this.#codes.sort(this.#binsOf(feature, histogram), gradient, hessian, smoothing);
      this.#scanCategory(feature, histogram, gradient, hessian, { l1, l2: (l2 + categoryL2) * scale }, minimum);
      if (this.#gain > 0) this.#applyGainPenalty(gradients);
    } else if (hasRandomThresholds) {
      this.#scanThreshold(feature, histogram, gradient, hessian, penalty, minimum);
    } else {
      this.#scanNumber(feature, histogram, gradient, hessian, penalty, minimum);
    }
    // From packed to real units: (g / gs)^2 / (h / hs) = g^2 / h * hs / gs^2.
    return (this.#gain / gradients.gradientScale) * (scale / gradients.gradientScale);
  }

  #scanNumber(
    feature: number,
    histogram: Histogram,
    G: number,
    H: number,
    penalty: LeafPenalty,
    minimum: number,
  ): void {
    const { wasm, offsets, binCounts } = this.#matrix;
    const counts = this.#counts[feature] ?? null;
    const cutBuffer = wasm.addressOf(this.#cutBuffer);
    if (counts !== null) this.#cutBuffer.set(counts, 1);
    const bounded = this.#boundedNode(feature, G, H, penalty);
    if (bounded !== null) {
      this.#scanBounded(feature, histogram, bounded, minimum);
      return;
    }
    const parentScore = scoreOf(G, H, penalty);
    const best = wasm.functions.findNumberCut(
      wasm.addressOf(histogram) + 16 * offsets[feature]!,
      binCounts[feature]! - 1,
      G,
      H,
      penalty.l1,
      penalty.l2,
      minimum,
      this.#allowsZeroGain ? Number.NEGATIVE_INFINITY : parentScore * (1 + GAIN_TOLERANCE),
      counts === null ? 0 : cutBuffer + 4,
      counts === null ? 0 : this.#settings.minSamplesLeaf,
      cutBuffer,
    );
    const cut = this.#cutBuffer[0]!;
    this.#gain = cut < 0 ? 0 : Math.max(best - parentScore, MIN_GAIN);
    this.#cut = cut >> 1;
    this.#missingLeft = (cut & 1) === 1;
  }

  /** As #scanNumber, where the values of leaves are bounded. */
  #scanBounded(feature: number, histogram: Histogram, node: BoundedNode, minimum: number): void {
    const parentScore = boundedScore(node.gradient, node.hessian, node.penalty, node.bounds);
    const least = this.#allowsZeroGain ? Number.NEGATIVE_INFINITY : scoreToBeat(parentScore, GAIN_TOLERANCE);
    const counts = this.#counts[feature] ?? null;
    const bins = this.#binsOf(feature, histogram);
    const { score, cut, missingLeft } = boundedNumberCut(
      bins,
      node,
      minimum,
      least,
      counts,
      this.#settings.minSamplesLeaf,
    );
    this.#gain = cut < 0 ? 0 : Math.max(score - parentScore, MIN_GAIN);
    this.#cut = cut;
    this.#missingLeft = missingLeft;
  }

  /** The node as the cuts of a feature see it, where features have directions; else null. */
  #boundedNode(feature: number, gradient: number, hessian: number, penalty: LeafPenalty): BoundedNode | null {
    const { directions } = this.#settings;
    return directions && { gradient, hessian, penalty, bounds: this.#bounds, direction: directions[feature]! };
  }

  #binsOf(feature: number, histogram: Histogram): Float64Array {
    const start = 2 * this.#matrix.offsets[feature]!;
    return histogram.subarray(start, start + 2 * this.#matrix.binCounts[feature]!);
  }

  #scanThreshold(
    feature: number,
    histogram: Histogram,
    G: number,
    H: number,
    penalty: LeafPenalty,
    minimum: number,
  ): void {
    const bins = this.#binsOf(feature, histogram);
    const bounded = this.#boundedNode(feature, G, H, penalty);
    const parentScore = bounded === null ? scoreOf(G, H, penalty) : 0;
    const ofNode = bounded === null ? 0 : boundedScore(G, H, penalty, bounded.bounds);
    const found = randomCut(bins, this.#draw(feature), (leftG, leftH) => {
      if (leftH < minimum || H - leftH < minimum) return 0;
      // With bounds scores may be below 0: what is gained is compared then.
      if (bounded !== null) return Math.max(0, boundedCutScore(bounded, leftG, leftH) - ofNode);
      return scoreOf(leftG, leftH, penalty) + scoreOf(G - leftG, H - leftH, penalty);
    });
    this.#gain = found.score > parentScore * (1 + GAIN_TOLERANCE) ? found.score - parentScore : 0;
    this.#cut = found.cut;
    this.#missingLeft = found.missingLeft;
  }

  /** From 0 to below 1, the same whenever this node and feature are looked at. */
  #draw(feature: number): number {
    return mixed(this.#nodeSeed, feature) / 2 ** 32;
  }

  /** Of the last scan's gain only what exceeds chance counts. */
  #applyGainPenalty(gradients: PackedGradients): void {
    const { hessianScale, gradientScale } = gradients;
    const chance = categoricalGainPenalty(this.#codes.rootSum, this.#codes.hessian, this.#noiseOfNode());
    this.#gain = Math.max(0, this.#gain - (chance * gradientScale ** 2) / hessianScale);
  }

  #scanCategory(
    feature: number,
    histogram: Histogram,
    G: number,
    H: number,
    penalty: LeafPenalty,
    minimum: number,
  ): void {
    const offset = 2 * this.#matrix.offsets[feature]!;
    const counts = this.#counts[feature] ?? null;
    const minRows = this.#settings.minSamplesLeaf;
    const rowsAll = counts === null ? 0 : counts.reduce((sum, count) => sum + count, 0);
    const bounded = this.#boundedNode(feature, G, H, penalty);
    const parentScore = bounded === null ? scoreOf(G, H, penalty) : boundedScore(G, H, penalty, bounded.bounds);
    let best = bounded === null ? parentScore * (1 + GAIN_TOLERANCE) : scoreToBeat(parentScore, GAIN_TOLERANCE);
    let cut = -1;
    const only = this.#settings.hasRandomThresholds ? Math.floor(this.#draw(feature) * (this.#codes.length - 1)) : -1;
    let rowsLeft = 0;
    let leftG = 0;
    let leftH = 0;
    for (let i = 0; i + 1 < this.#codes.length; i++) {
      const bin = this.#codes.order[i]!;
      leftG += histogram[offset + 2 * bin]!;
      leftH += histogram[offset + 2 * bin + 1]!;
      if (counts !== null) rowsLeft += counts[bin]!;
      if (leftH < minimum || H - leftH < minimum || (only >= 0 && i !== only)) continue;
      const score =
        bounded === null
          ? scoreOf(leftG, leftH, penalty) + scoreOf(G - leftG, H - leftH, penalty)
          : boundedCutScore(bounded, leftG, leftH);
      if (score > best && (counts === null || (rowsLeft >= minRows && rowsAll - rowsLeft >= minRows))) {
        best = score;
        cut = i;
      }
    }
    this.#gain = cut < 0 ? 0 : best - parentScore;
    this.#cut = cut;
  }

  /** The split that the last scan of the feature found. Bins without rows go to the side with more hessian. */
  #describe(
    feature: number,
    histogram: Histogram,
    [gradient, hessian]: readonly [number, number],
    gradients: PackedGradients,
  ): Split {
    const gain = (this.#gain / gradients.gradientScale) * (gradients.hessianScale / gradients.gradientScale);
    if (this.#matrix.isCategory[feature] === 1) {
      const offset = 2 * this.#matrix.offsets[feature]!;
      let leftH = 0;
      for (let i = 0; i <= this.#cut; i++) leftH += histogram[offset + 2 * this.#codes.order[i]! + 1]!;
      const leftBins = new Uint8Array(this.#matrix.binCounts[feature]!).fill(2 * leftH > hessian ? 1 : 0);
      for (let i = 0; i < this.#codes.length; i++) leftBins[this.#codes.order[i]!] = i <= this.#cut ? 1 : 0;
      return categorySplit(feature, gain, leftBins);
    }
    const { l1, l2, hasRandomThresholds } = this.#settings;
    const penalty = { l1: l1 * gradients.gradientScale, l2: l2 * gradients.hessianScale };
    const found = { feature, gain, cut: this.#cut, missingLeft: this.#missingLeft, isExact: hasRandomThresholds };
    const bounded = this.#boundedNode(feature, gradient, hessian, penalty);
    return splitOfNumber(found, this.#binsOf(feature, histogram), hessian, bounded, gradients);
  }
}
