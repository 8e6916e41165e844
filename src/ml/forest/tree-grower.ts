import type { TrainingWasm } from '../parallel/training-wasm.ts';
import { createRandom, type Random } from '../random.ts';
import type { BinnedMatrix } from '../tree/binning/binned-matrix.ts';
import type { ForestMemory } from './forest-memory.ts';
import type { ForestTree } from './forest-tree.ts';
import { ForestTreeBuilder } from './forest-tree-builder.ts';
import { drawSample, type RowSample, type SampleMemory, type Sampling } from './row-sample.ts';
import { type NodeSplitter, SUBTREE_ROWS, type TreeColumn } from './splitting/node-splitter.ts';
import { NodeStack, type OpenNode } from './splitting/node-stack.ts';
import { SubtreeColumns } from './subtree-columns.ts';
import { orderCategories } from './tree-columns.ts';

export interface ForestSettings {
  /** Infinity for no limit. */
  readonly maxDepth: number;
  /** How many features are tried at each split. */
  readonly featuresPerSplit: number;
  readonly sampling: Sampling;
  /** How many rows are drawn for each tree. */
  readonly sampleSize: number;
  /** A split tries one random threshold of each feature, instead of all. */
  readonly hasRandomThresholds: boolean;
  /** All trees' random numbers come from this one and the tree's number. */
  readonly seed: number;
}

/** What grows at a time: a tree's large nodes by the table's row numbers, or a subtree by its own. */
interface GrowthContext {
  readonly rows: Int32Array;
  /** Where the rows are in wasm memory. */
  readonly rowsAddress: number;
  readonly stack: NodeStack;
  readonly columnAt: (feature: number) => TreeColumn;
  /** For a category the rank of each code; null for a number. */
  readonly ranks: readonly (Uint8Array | null)[];
  readonly random: Random;
}

/** The rows that the tree of that number is not grown on. `memory` is in the matrix's wasm memory. */
export function rowsOutOfBag(
  memory: SampleMemory,
  { seed, sampling, sampleSize }: ForestSettings,
  number: number,
  wasm: TrainingWasm,
): Int32Array {
  return drawSample(sampling, memory, sampleSize, createRandom(seed + number), wasm).others;
}

/** Rows times features scanned between two yield points: about 20 ms. */
const COST_PER_STEP = 1_000_000;

/** About how deep a subtree of SUBTREE_ROWS is. */
const SUBTREE_DEPTH = 10;

/**
 * Grows the trees of a forest, in any order: a tree depends on the rows, the settings and its number alone, so that
 * several growers, each with a splitter of its own, grow the same forest as one. The memory for a tree is used again.
 */
export class TreeGrower {
  readonly #matrix: BinnedMatrix;
  readonly #splitter: NodeSplitter;
  readonly #settings: ForestSettings;
  readonly #builder: ForestTreeBuilder;
  readonly #memory: ForestMemory;
  readonly #spareAddress: number;
  /** All features; the first ones are those drawn last. */
  readonly #features: Int32Array;
  readonly #treeStack = new NodeStack();
  readonly #subtreeStack = new NodeStack();
  readonly #subtreeColumns: SubtreeColumns;

  /** `memory` is in the matrix's wasm memory. */
  constructor(matrix: BinnedMatrix, splitter: NodeSplitter, settings: ForestSettings, memory: ForestMemory) {
    this.#matrix = matrix;
    this.#splitter = splitter;
    this.#settings = settings;
    this.#builder = new ForestTreeBuilder(matrix.featureCount);
    this.#memory = memory;
    this.#spareAddress = matrix.wasm.addressOf(memory.spareRows);
    this.#features = new Int32Array(matrix.featureCount);
    this.#subtreeColumns = new SubtreeColumns(memory.subtreeColumns, matrix.wasm);
  }

  /** Grows the tree of that number, 0 or more. Yields the share done, 0 to 1. */
  *grow(number: number): Generator<number, { readonly tree: ForestTree; readonly sample: RowSample }> {
    const { seed, sampling, sampleSize } = this.#settings;
    const random = createRandom(seed + number);
    const sample = drawSample(sampling, this.#memory, sampleSize, random, this.#matrix.wasm);
    const { rows } = sample;
    this.#splitter.startTree(sample.draws);
    for (let f = 0; f < this.#features.length; f++) this.#features[f] = f;
    const { columns, ranks } = orderCategories(this.#matrix, this.#splitter, rows, this.#memory);
    this.#subtreeColumns.startTree(columns);
    const growth: GrowthContext = {
      rows,
      rowsAddress: this.#matrix.wasm.addressOf(rows),
      stack: this.#treeStack,
      columnAt: (feature) => columns[feature]!,
      ranks,
      random,
    };
    const node: OpenNode = { start: 0, end: 0, depth: 0, rightChildOf: -1 };
    growth.stack.push(0, rows.length, 0, -1);
    let cost = 0;
    while (growth.stack.popInto(node)) {
      if (cost > COST_PER_STEP) {
        // Everything before the node's rows lies in leaves.
        yield node.start / rows.length;
        cost = 0;
      }
      const size = node.end - node.start;
      const isSubtree = size <= SUBTREE_ROWS;
      cost += size * this.#settings.featuresPerSplit * (isSubtree ? SUBTREE_DEPTH : 1);
      if (isSubtree) this.#growSubtree(growth, node);
      else this.#growNode(growth, node);
    }
    return { tree: this.#builder.finish(), sample };
  }

  /** Grows a node of few rows to the end, on a copy of them: row i of the copy is the node's i-th. */
  #growSubtree(tree: GrowthContext, node: OpenNode): void {
    const treeRows = tree.rows.subarray(node.start, node.end);
    this.#subtreeColumns.open(treeRows);
    this.#splitter.enterSubtree(treeRows);
    const rows = this.#memory.subtreeRows;
    for (let i = 0; i < treeRows.length; i++) rows[i] = i;
    const columnAt = (feature: number): TreeColumn => this.#subtreeColumns.at(feature);
    const rowsAddress = this.#matrix.wasm.addressOf(rows);
    const growth: GrowthContext = { ...tree, rows, rowsAddress, stack: this.#subtreeStack, columnAt };
    growth.stack.push(0, treeRows.length, node.depth, node.rightChildOf);
    while (growth.stack.popInto(node)) this.#growNode(growth, node);
    this.#splitter.leaveSubtree();
  }

  /** Splits the node and opens both sides, or makes it a leaf. */
  #growNode(growth: GrowthContext, node: OpenNode): void {
    if (node.rightChildOf >= 0) this.#builder.startRight(node.rightChildOf);
    const isOpen = this.#splitter.open(growth.rows, node.start, node.end);
    if (isOpen && node.depth < this.#settings.maxDepth && this.#findSplit(growth)) this.#divide(growth, node);
    else {
      this.#builder.addLeaf();
      this.#splitter.writeLeaf(this.#builder.addOutput);
    }
  }

  /**
   * Tries features in random order: the requested number, and more until one of them has a split. In small nodes many
   * features are constant, and a node should not become a leaf by an unlucky draw.
   */
  #findSplit({ columnAt, random }: GrowthContext): boolean {
    const features = this.#features;
    const { best } = this.#splitter;
    const { featuresPerSplit, hasRandomThresholds } = this.#settings;
    for (let tried = 0; tried < features.length; tried++) {
      if (tried >= featuresPerSplit && best.feature >= 0) break;
      const drawn = tried + Math.floor(random.uniform() * (features.length - tried));
      const feature = features[drawn]!;
      features[drawn] = features[tried]!;
      features[tried] = feature;
      if (hasRandomThresholds) this.#splitter.tryThreshold(feature, columnAt(feature), random.uniform());
      else this.#splitter.tryFeature(feature, columnAt(feature));
    }
    return best.feature >= 0;
  }

  /** Puts the rows that go left before the others, and opens both sides; the left one is grown first. */
  #divide({ rowsAddress, stack, columnAt, ranks }: GrowthContext, { start, end, depth }: OpenNode): void {
    const { best } = this.#splitter;
    const node = this.#builder.addSplit(best, ranks[best.feature] ?? null);
    const { address, binCount, isCategory } = columnAt(best.feature);
    const extraLeftBin = !isCategory && best.missingLeft ? binCount - 1 : -1;
    const { functions } = this.#matrix.wasm;
    const left = functions.divideRows(rowsAddress, start, end, address, best.cut, extraLeftBin, this.#spareAddress);
    stack.push(left, end, depth + 1, node);
    stack.push(start, left, depth + 1, -1);
  }
}
