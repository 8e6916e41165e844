import type { ForestModel, Model, TreesModel } from '../../runtime/format/model.ts';
import { createBinner } from '../../runtime/predict/bin-column.ts';
import { finishSums } from '../../runtime/predict/predict-trees.ts';
import { codeArray } from '../parallel/filled-array.ts';
import { type LeafAdder, leafAdder } from './leaf-values.ts';
import { binPlaces, NODE, PACKED_LEAF, PackedTree } from './packed-tree.ts';
import { PERMUTATIONS, type Permutation, partRowsFor, type VariantSums } from './permutation.ts';

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
 * those nodes alone that ask about the column and get another answer: from there the shuffles that answer alike go on
 * together. Most of them come to the leaf that the row came to, or share the last few nodes of the way to another.
 *
 * The leaves are added up in the order of the trees, as the predictor does: the sums are the same to the last bit. Cost for
 * each row and tree, where walking all variants would be 5 * columns walks: one walk, some two for each node of it, and one
 * addition for each variant.
 */
export class PermutedTrees implements VariantSums {
  readonly width: number;
  readonly partRows: number;
  readonly #model: TreesModel | ForestModel;
  readonly #reading: Pick<Model, 'features' | 'reading'>;
  readonly #permutation: Permutation;
  /** The features that some node asks about. */
  readonly #asked: readonly number[];
  readonly #packed: PackedTree;
  readonly #addLeaves: LeafAdder;
  readonly #sets: Uint32Array;
  /** For each place of a row (see binPlaces) its bins, for all rows of the sample; empty before they are wanted. */
  readonly #sampleBins: Int16Array[] = [];
  /** How many bins a row has. */
  readonly #places: number;
  readonly #variants: number;
  /** Of the part of the sample that is summed: row after row the bins of each place, as they are. */
  #bins = new Int16Array(0);
  /** And as lent: row after row, for each place, for each shuffle. */
  #lent = new Int16Array(0);
  /** For each variant the leaf that the row comes to. */
  readonly #leafOf: Int32Array;
  /** For each shuffled column the shuffles that are still on the row's own way. */
  readonly #onTheWay: Uint8Array;
  /** The nodes of the row's own way, and whether it goes right there: 1, or 0. */
  readonly #way: Int32Array;
  readonly #turns: Int32Array;

  constructor(
    model: TreesModel | ForestModel,
    reading: Pick<Model, 'features' | 'reading'>,
    permutation: Permutation,
    outputs: number,
  ) {
    this.width = model.kind === 'TREES' && model.combine === 'MARGINS' ? model.startMargins.length : outputs;
    this.#model = model;
    this.#reading = reading;
    this.#permutation = permutation;
    const places = binPlaces(model);
    this.#asked = Array.from(places.keys()).filter((f) => places[f]! >= 0);
    this.#places = 2 * this.#asked.length;
    this.#packed = new PackedTree(model, reading.features, places, permutation.permutedOf);
    this.#way = new Int32Array(this.#packed.longestWay);
    this.#turns = new Int32Array(this.#packed.longestWay);
    this.#addLeaves = leafAdder(model, this.width);
    this.#sets = model.categorySets;
    this.#variants = permutation.permutedCount * PERMUTATIONS + 1;
    this.#leafOf = new Int32Array(this.#variants);
    this.#onTheWay = new Uint8Array(permutation.permutedCount);
    const nodesOfTree = model.nodeFeatures.length / model.roots.length;
    // Bins take a quarter of a double.
    const cells = this.#variants * this.width + ((1 + PERMUTATIONS) * this.#places) / 4;
    this.partRows = partRowsFor(Math.min(Math.max(nodesOfTree / NODES_A_ROW, MIN_ROWS), MAX_ROWS), cells);
  }

  *sums(first: number, end: number): Generator<number, Float64Array> {
    const { roots } = this.#model;
    const rowCount = end - first;
    const rowSums = this.#variants * this.width;
    const sums = new Float64Array(rowCount * rowSums);
    if (this.#model.kind === 'TREES' && this.#model.combine === 'MARGINS') {
      for (let at = 0; at < sums.length; at += this.width) sums.set(this.#model.startMargins, at);
    }
    if (this.#sampleBins.length === 0) yield* this.#binSample();
    this.#takeBins(first, rowCount);
    for (let tree = 0; tree < roots.length; tree++) {
      yield tree / roots.length;
      const nodes = this.#packed.pack(tree);
      for (let i = 0; i < rowCount; i++) {
        this.#findLeaves(nodes, i * this.#places);
        this.#addLeaves(this.#leafOf, sums, i * rowSums, tree);
      }
    }
    finishSums(this.#model, sums, this.width);
    return sums;
  }

  *#binSample(): Generator<number, void> {
    const { features, reading } = this.#reading;
    const { columns, drawn } = this.#permutation;
    const rows = codeArray(drawn.length, (i) => i);
    const bins = new Uint16Array(rows.length);
    for (const f of this.#asked) {
      yield 0;
      const edges = this.#model.edges[f]!;
      createBinner(features[f]!, columns[f] ?? null, edges, reading)(rows, bins, 0);
      const missing = features[f]!.kind === 'CATEGORY' ? -1 : edges.length + 1;
      this.#sampleBins.push(Int16Array.from(bins), new Int16Array(bins.map((bin) => (bin === missing ? -1 : bin))));
    }
  }

  #takeBins(first: number, rowCount: number): void {
    const { permutedOf, lenders } = this.#permutation;
    const places = this.#places;
    this.#bins = new Int16Array(rowCount * places);
    this.#lent = new Int16Array(rowCount * places * PERMUTATIONS);
    for (const [place, bins] of this.#sampleBins.entries()) {
      for (let i = 0; i < rowCount; i++) this.#bins[i * places + place] = bins[first + i]!;
      if (permutedOf[this.#asked[place >>> 1]!]! < 0) continue;
      for (const [s, lender] of lenders.entries()) {
        for (let i = 0; i < rowCount; i++) {
          this.#lent[(i * places + place) * PERMUTATIONS + s] = bins[lender[first + i]!]!;
        }
      }
    }
  }

  /** Finds the leaf of each variant of a row, whose bins begin at `binsAt`. */
  #findLeaves(nodes: Int32Array, binsAt: number): void {
    const length = this.#walk(nodes, binsAt);
    const onTheWay = this.#onTheWay;
    onTheWay.fill(ALL_PERMUTATIONS);
    for (let n = 0; n < length; n++) {
      const p = this.#way[n]!;
      const column = nodes[p + 3]!;
      if (column < 0) continue;
      const coming = onTheWay[column]!;
      if (coming === 0) continue;
      const goesRight = this.#turns[n]!;
      const answers = this.#lentAnswers(nodes[p]!, nodes[p + 1]!, binsAt);
      const leaving = coming & (goesRight === 1 ? ~answers : answers);
      if (leaving === 0) continue;
      onTheWay[column] = coming & ~leaving;
      this.#follow(nodes, goesRight === 1 ? p + NODE : nodes[p + 2]!, column, leaving, binsAt);
    }
  }

  /** Takes the row through the tree as it is, and all variants to its leaf. Returns how many nodes asked. */
  #walk(nodes: Int32Array, binsAt: number): number {
    const bins = this.#bins;
    const sets = this.#sets;
    const way = this.#way;
    const turns = this.#turns;
    let length = 0;
    let p = 0;
    for (let place = nodes[p]!; place !== PACKED_LEAF; place = nodes[p]!) {
      let goesRight: number;
      if (place >= 0) goesRight = isAbove(bins[binsAt + place]!, nodes[p + 1]!);
      else goesRight = isOutside(sets, nodes[p + 1]!, bins[binsAt + ~place]!);
      way[length] = p;
      turns[length++] = goesRight;
      const left = p + NODE;
      p = left + (-goesRight & (nodes[p + 2]! - left));
    }
    this.#leafOf.fill(nodes[p + 2]!);
    return length;
  }

  /** The shuffles that go right at a node about their column: a bit for each. */
  #lentAnswers(place: number, cut: number, binsAt: number): number {
    const lent = this.#lent;
    if (place < 0) return this.#lentSetAnswers(~place, cut, binsAt);
    const at = (binsAt + place) * PERMUTATIONS;
    // Written out for the five shuffles: a loop takes twice as long.
    return (
      isAbove(lent[at]!, cut) |
      (isAbove(lent[at + 1]!, cut) << 1) |
      (isAbove(lent[at + 2]!, cut) << 2) |
      (isAbove(lent[at + 3]!, cut) << 3) |
      (isAbove(lent[at + 4]!, cut) << 4)
    );
  }

  #lentSetAnswers(place: number, set: number, binsAt: number): number {
    const at = (binsAt + place) * PERMUTATIONS;
    let answers = 0;
    for (let s = 0; s < PERMUTATIONS; s++) answers |= isOutside(this.#sets, set, this.#lent[at + s]!) << s;
    return answers;
  }

  /** Takes some shuffles of a column from a node to their leaves. */
  #follow(nodes: Int32Array, from: number, column: number, shuffles: number, binsAt: number): void {
    const bins = this.#bins;
    const sets = this.#sets;
    let p = from;
    let together = shuffles;
    for (let place = nodes[p]!; place !== PACKED_LEAF; place = nodes[p]!) {
      let goesRight: number;
      if (nodes[p + 3] === column) {
        const right = together & this.#lentAnswers(place, nodes[p + 1]!, binsAt);
        const left = together & ~right;
        goesRight = Number(left === 0);
        if (left !== 0 && right !== 0) {
          this.#follow(nodes, nodes[p + 2]!, column, right, binsAt);
          together = left;
        }
      } else if (place >= 0) goesRight = isAbove(bins[binsAt + place]!, nodes[p + 1]!);
      else goesRight = isOutside(sets, nodes[p + 1]!, bins[binsAt + ~place]!);
      // Both children are named and one is computed: which it is, the processor could only guess.
      const left = p + NODE;
      p = left + (-goesRight & (nodes[p + 2]! - left));
    }
    const leaf = nodes[p + 2]!;
    const leafOf = this.#leafOf;
    for (let s = 0; s < PERMUTATIONS; s++) if (((together >>> s) & 1) === 1) leafOf[column * PERMUTATIONS + s] = leaf;
  }
}

/** 1 if a bin is above another, else 0: the sign bit of the difference. Neither branches nor compares. */
function isAbove(bin: number, cut: number): number {
  return (cut - bin) >>> 31;
}

/** 1 if a code is not in a set of those that go left, else 0. */
function isOutside(sets: Uint32Array, set: number, code: number): number {
  return (~sets[set + (code >>> 5)]! >>> (code & 31)) & 1;
}
