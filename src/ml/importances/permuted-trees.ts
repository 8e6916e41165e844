import { type ForestModel, isCategory, type Model, type TreesModel } from '../../runtime/model.ts';
import { createBinner } from '../../runtime/predict/bin-column.ts';
import { finishSums } from '../../runtime/predict/predict-trees.ts';
import { int32ArrayFrom } from '../parallel/typed-arrays.ts';
import { createLeafAccumulator, type LeafAccumulator } from './leaf-accumulator.ts';
import { binOffsetsOf, NODE, PACKED_LEAF, PackedTree } from './packed-tree.ts';
import { batchRowsFor, PERMUTATIONS, type Permutation, type VariantSums } from './permutation.ts';
import { PermutedLines } from './permuted-lines.ts';

/** A bit for each shuffle. */
const ALL_PERMUTATIONS = 2 ** PERMUTATIONS - 1;

/**
 * A tree is packed once for a part of the rows, which is to cost little beside what the rows cost: one row for so many nodes.
 * Of small trees the rows of a part should stay in the processor's cache from one tree to the next.
 */
const NODES_A_ROW = 16;
const MIN_ROWS = 64;
const MAX_ROWS = 1024;

/**
 * The sums of trees with shuffled columns. A row is walked through a tree once, as it is. A shuffled column changes its way at
 * those nodes alone that split on the column and send it the other way: from there the permutations that go the same way continue
 * together. Most of them come to the leaf that the row came to, or share the last few nodes of the way to another.
 *
 * The leaves are added up in the order of the trees, as the predictor does: the sums are the same to the last bit. Cost for
 * each row and tree, where walking all variants would be 5 * columns walks: one walk, some two for each node of it, and one
 * addition for each variant.
 */
export class PermutedTrees implements VariantSums {
  readonly width: number;
  readonly batchRows: number;
  readonly #model: TreesModel | ForestModel;
  readonly #reading: Pick<Model, 'features' | 'reading'>;
  readonly #permutation: Permutation;
  /** The features that some node splits on. */
  readonly #usedFeatures: readonly number[];
  readonly #packed: PackedTree;
  readonly #accumulateLeaves: LeafAccumulator;
  /** Null where leaves have no slopes. */
  readonly #lines: PermutedLines | null;
  readonly #sets: Uint32Array;
  /** For each bin of a row (see binOffsetsOf) its bins, for all rows of the sample; empty before they are wanted. */
  readonly #sampleBins: Int16Array[] = [];
  /** How many bins a row has. */
  readonly #binsPerRow: number;
  readonly #variants: number;
  /** The bins of the current batch of the sample, row after row. */
  #bins = new Int16Array(0);
  /** The permuted bins: row after row, for each bin of a row, for each permutation. */
  #permutedBins = new Int16Array(0);
  /** The leaf of the row for each variant. */
  readonly #leafOf: Int32Array;
  /** For each shuffled column the permutations that are still on the row's own path. */
  readonly #activePermutations: Uint8Array;
  /** The nodes of the row's own path, and whether it goes right there: 1, or 0. */
  readonly #path: Int32Array;
  readonly #directions: Int32Array;

  constructor(
    model: TreesModel | ForestModel,
    reading: Pick<Model, 'features' | 'reading'>,
    permutation: Permutation,
    outputs: number,
  ) {
    this.width = model.kind === 'TREES' && model.combine !== 'LEAVES' ? model.startMargins.length : outputs;
    this.#model = model;
    this.#reading = reading;
    this.#permutation = permutation;
    const binOffsets = binOffsetsOf(model);
    this.#usedFeatures = Array.from(binOffsets.keys()).filter((f) => binOffsets[f]! >= 0);
    this.#binsPerRow = 2 * this.#usedFeatures.length;
    this.#packed = new PackedTree(model, reading.features, binOffsets, permutation.permutedOf);
    this.#path = new Int32Array(this.#packed.maxPathLength);
    this.#directions = new Int32Array(this.#packed.maxPathLength);
    this.#accumulateLeaves = createLeafAccumulator(model, this.width);
    const hasSlopes = model.kind === 'TREES' && model.slopes !== undefined;
    this.#lines = hasSlopes ? new PermutedLines(model, model.slopes, binOffsets, permutation) : null;
    this.#sets = model.categorySets;
    this.#variants = permutation.permutedCount * PERMUTATIONS + 1;
    this.#leafOf = new Int32Array(this.#variants);
    this.#activePermutations = new Uint8Array(permutation.permutedCount);
    const nodesOfTree = model.nodeFeatures.length / model.roots.length;
    // Bins take a quarter of a double.
    const cells = this.#variants * this.width + ((1 + PERMUTATIONS) * this.#binsPerRow) / 4;
    this.batchRows = batchRowsFor(Math.min(Math.max(nodesOfTree / NODES_A_ROW, MIN_ROWS), MAX_ROWS), cells);
  }

  *sums(first: number, end: number): Generator<number, Float64Array> {
    const { roots } = this.#model;
    const rowCount = end - first;
    const rowSums = this.#variants * this.width;
    const sums = new Float64Array(rowCount * rowSums);
    if (this.#model.kind === 'TREES' && this.#model.combine !== 'LEAVES') {
      for (let at = 0; at < sums.length; at += this.width) sums.set(this.#model.startMargins, at);
    }
    if (this.#sampleBins.length === 0) yield* this.#binSample();
    this.#takeBins(first, rowCount);
    const rowBins = { bins: this.#bins, permutedBins: this.#permutedBins };
    for (let tree = 0; tree < roots.length; tree++) {
      yield tree / roots.length;
      const nodes = this.#packed.pack(tree);
      for (let i = 0; i < rowCount; i++) {
        this.#findLeaves(nodes, i * this.#binsPerRow);
        if (this.#lines !== null) this.#lines.addTo(sums, i * rowSums, this.#leafOf, rowBins, i * this.#binsPerRow);
        else this.#accumulateLeaves(this.#leafOf, sums, i * rowSums, tree);
      }
    }
    finishSums(this.#model, sums, this.width);
    return sums;
  }

  *#binSample(): Generator<number, void> {
    const { features, reading } = this.#reading;
    const { columns, drawn } = this.#permutation;
    const rows = int32ArrayFrom(drawn.length, (i) => i);
    const bins = new Uint16Array(rows.length);
    for (const f of this.#usedFeatures) {
      yield 0;
      const edges = this.#model.edges[f]!;
      createBinner(features[f]!, columns[f] ?? null, edges, reading)(rows, bins, 0);
      const missing = isCategory(features[f]!) ? -1 : edges.length + 1;
      this.#sampleBins.push(Int16Array.from(bins), new Int16Array(bins.map((bin) => (bin === missing ? -1 : bin))));
    }
  }

  #takeBins(first: number, rowCount: number): void {
    const { permutedOf, permutedRows } = this.#permutation;
    const binsPerRow = this.#binsPerRow;
    this.#bins = new Int16Array(rowCount * binsPerRow);
    this.#permutedBins = new Int16Array(rowCount * binsPerRow * PERMUTATIONS);
    for (const [binOffset, bins] of this.#sampleBins.entries()) {
      for (let i = 0; i < rowCount; i++) this.#bins[i * binsPerRow + binOffset] = bins[first + i]!;
      if (permutedOf[this.#usedFeatures[binOffset >>> 1]!]! < 0) continue;
      for (const [s, sourceRows] of permutedRows.entries()) {
        for (let i = 0; i < rowCount; i++) {
          this.#permutedBins[(i * binsPerRow + binOffset) * PERMUTATIONS + s] = bins[sourceRows[first + i]!]!;
        }
      }
    }
  }

  /** Finds the leaf of each variant of a row, whose bins begin at `binsAt`. */
  #findLeaves(nodes: Int32Array, binsAt: number): void {
    const length = this.#walk(nodes, binsAt);
    const activePermutations = this.#activePermutations;
    activePermutations.fill(ALL_PERMUTATIONS);
    for (let n = 0; n < length; n++) {
      const p = this.#path[n]!;
      const column = nodes[p + 3]!;
      if (column < 0) continue;
      const active = activePermutations[column]!;
      if (active === 0) continue;
      const goesRight = this.#directions[n]!;
      const directions = this.#permutedDirections(nodes[p]!, nodes[p + 1]!, binsAt);
      const leaving = active & (goesRight === 1 ? ~directions : directions);
      if (leaving === 0) continue;
      activePermutations[column] = active & ~leaving;
      this.#descend(nodes, goesRight === 1 ? p + NODE : nodes[p + 2]!, column, leaving, binsAt);
    }
  }

  /** Takes the row through the tree as it is, and all variants to its leaf. Returns how many splits it passed. */
  #walk(nodes: Int32Array, binsAt: number): number {
    const bins = this.#bins;
    const sets = this.#sets;
    const path = this.#path;
    const directions = this.#directions;
    let length = 0;
    let p = 0;
    for (let binOffset = nodes[p]!; binOffset !== PACKED_LEAF; binOffset = nodes[p]!) {
      let goesRight: number;
      if (binOffset >= 0) goesRight = isAbove(bins[binsAt + binOffset]!, nodes[p + 1]!);
      else goesRight = isNotInSet(sets, nodes[p + 1]!, bins[binsAt + ~binOffset]!);
      path[length] = p;
      directions[length++] = goesRight;
      const left = p + NODE;
      p = left + (-goesRight & (nodes[p + 2]! - left));
    }
    this.#leafOf.fill(nodes[p + 2]!);
    return length;
  }

  /** The shuffles that go right at a node about their column: a bit for each. */
  #permutedDirections(binOffset: number, cut: number, binsAt: number): number {
    const permutedBins = this.#permutedBins;
    if (binOffset < 0) return this.#permutedSetDirections(~binOffset, cut, binsAt);
    const at = (binsAt + binOffset) * PERMUTATIONS;
    // Written out for the five shuffles: a loop takes twice as long.
    return (
      isAbove(permutedBins[at]!, cut) |
      (isAbove(permutedBins[at + 1]!, cut) << 1) |
      (isAbove(permutedBins[at + 2]!, cut) << 2) |
      (isAbove(permutedBins[at + 3]!, cut) << 3) |
      (isAbove(permutedBins[at + 4]!, cut) << 4)
    );
  }

  #permutedSetDirections(binOffset: number, set: number, binsAt: number): number {
    const at = (binsAt + binOffset) * PERMUTATIONS;
    let directions = 0;
    for (let s = 0; s < PERMUTATIONS; s++) directions |= isNotInSet(this.#sets, set, this.#permutedBins[at + s]!) << s;
    return directions;
  }

  /** Takes some shuffles of a column from a node to their leaves. */
  #descend(nodes: Int32Array, from: number, column: number, shuffles: number, binsAt: number): void {
    const bins = this.#bins;
    const sets = this.#sets;
    let p = from;
    let active = shuffles;
    for (let binOffset = nodes[p]!; binOffset !== PACKED_LEAF; binOffset = nodes[p]!) {
      let goesRight: number;
      if (nodes[p + 3] === column) {
        const right = active & this.#permutedDirections(binOffset, nodes[p + 1]!, binsAt);
        const left = active & ~right;
        goesRight = Number(left === 0);
        if (left !== 0 && right !== 0) {
          this.#descend(nodes, nodes[p + 2]!, column, right, binsAt);
          active = left;
        }
      } else if (binOffset >= 0) goesRight = isAbove(bins[binsAt + binOffset]!, nodes[p + 1]!);
      else goesRight = isNotInSet(sets, nodes[p + 1]!, bins[binsAt + ~binOffset]!);
      // Both children are named and one is computed: which it is, the processor could only guess.
      const left = p + NODE;
      p = left + (-goesRight & (nodes[p + 2]! - left));
    }
    const leaf = nodes[p + 2]!;
    const leafOf = this.#leafOf;
    for (let s = 0; s < PERMUTATIONS; s++) if (((active >>> s) & 1) === 1) leafOf[column * PERMUTATIONS + s] = leaf;
  }
}

/** 1 if a bin is above another, else 0: the sign bit of the difference. Neither branches nor compares. */
function isAbove(bin: number, cut: number): number {
  return (cut - bin) >>> 31;
}

/** 1 if a code is not in a set of those that go left, else 0. */
function isNotInSet(sets: Uint32Array, set: number, code: number): number {
  return (~sets[set + (code >>> 5)]! >>> (code & 31)) & 1;
}
