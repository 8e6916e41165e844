import { MAX_NAMED_CODES } from '../foreign-limits.ts';
import type { CategorySet, ForeignTree } from '../foreign-model.ts';
import { ForeignModelError } from '../foreign-model-error.ts';
import { layOutTree, type NodeSplit } from '../lay-out-tree.ts';
import { failAtLine, fieldOfBlock, numbersOf, type TextBlock, wholeNumberOf, wholeNumbersOf } from './model-text.ts';

/** Bits of `decision_type`. */
const IS_CATEGORICAL = 1;
const IS_DEFAULT_LEFT = 2;

/** What is missing at a node, bits 2 and 3 of `decision_type`. */
const MISSING_TYPES = ['NONE', 'ZERO', 'NAN'] as const;
type MissingType = (typeof MISSING_TYPES)[number];

/** More leaves than LightGBM's num_leaves allows. */
const MAX_LEAVES = 131_072;

/** What the splits of all trees have to be looked at together for. */
export class SplitTotals {
  /** A split sends zeros elsewhere than their comparison with its threshold would. */
  isZeroMissing = false;
  /** A line with a split where zeros are numbers, and go elsewhere than missing values do. */
  comparedAt: number | null = null;
  /** Codes that are named, each as often as it is. */
  codes = 0;

  add(type: MissingType, isZeroLeft: boolean, isMissingLeft: boolean, line: number): void {
    if (isZeroLeft === isMissingLeft) return;
    if (type === 'ZERO') this.isZeroMissing = true;
    else this.comparedAt ??= line;
  }

  addCodes(count: number, line: number): void {
    this.codes += count;
    if (this.codes > MAX_NAMED_CODES) {
      throw new ForeignModelError(
        'TOO_LARGE',
        `line ${line}`,
        `splits name more than ${MAX_NAMED_CODES} categories together`,
      );
    }
  }
}

/** Reads one tree. Throws ForeignModelError. */
export function readTree(block: TextBlock, margin: number, featureCount: number, totals: SplitTotals): ForeignTree {
  if (block.fields.has('is_linear') && wholeNumberOf(fieldOfBlock(block, 'is_linear'), 0, 1) === 1) {
    const { line } = fieldOfBlock(block, 'is_linear');
    throw new ForeignModelError(
      'UNSUPPORTED',
      `line ${line}`,
      'trees with linear leaves are not supported: train without linear_tree',
    );
  }
  const leafCount = wholeNumberOf(fieldOfBlock(block, 'num_leaves'), 1, MAX_LEAVES);
  const splitCount = leafCount - 1;
  const values = numbersOf(fieldOfBlock(block, 'leaf_value'), leafCount);
  const children = [childrenOf(block, 'left_child', leafCount), childrenOf(block, 'right_child', leafCount)] as const;
  return layOutTree({
    path: `line ${block.line}`,
    margin,
    nodeCount: splitCount + leafCount,
    root: splitCount === 0 ? splitCount : 0,
    leafSize: 1,
    covers: coversOf(block, leafCount),
    isLeaf: (node) => node >= splitCount,
    children: (node) => [children[0][node]!, children[1][node]!],
    split: splitsOf(block, splitCount, featureCount, totals),
    leafValues: (node) => values.subarray(node - splitCount, node - splitCount + 1),
  });
}

/** Leaves, which the file numbers -1, -2, …, are numbered after the splits. */
function childrenOf(block: TextBlock, name: string, leafCount: number): Float64Array {
  if (leafCount === 1) return new Float64Array(0);
  const splitCount = leafCount - 1;
  const children = wholeNumbersOf(fieldOfBlock(block, name), splitCount, -leafCount, splitCount - 1);
  return children.map((child) => (child < 0 ? splitCount - child - 1 : child));
}

/** Rows by node, where the file counts them. */
function coversOf(block: TextBlock, leafCount: number): Float64Array | null {
  const leaves = block.fields.get('leaf_count');
  if (leaves === undefined) return null;
  const splits = block.fields.get('internal_count');
  if (leafCount > 1 && splits === undefined) return null;
  const ofSplits = splits === undefined ? new Float64Array(0) : numbersOf(splits, leafCount - 1);
  return Float64Array.of(...ofSplits, ...numbersOf(leaves, leafCount));
}

function splitsOf(
  block: TextBlock,
  count: number,
  featureCount: number,
  totals: SplitTotals,
): (node: number) => NodeSplit {
  if (count === 0) return () => failAtLine(block.line, 'the tree has no splits');
  const features = wholeNumbersOf(fieldOfBlock(block, 'split_feature'), count, 0, featureCount - 1);
  // Where missing values are all that goes to one side, the threshold is infinite.
  const thresholds = numbersOf(fieldOfBlock(block, 'threshold'), count, true);
  const decisionField = fieldOfBlock(block, 'decision_type');
  const decisions = wholeNumbersOf(decisionField, count, 0, 15);
  const setOf = setsOf(block, totals);
  return (node) => {
    const feature = features[node]!;
    const decision = decisions[node]!;
    const threshold = thresholds[node]!;
    // Missing categories are in no set.
    if ((decision & IS_CATEGORICAL) !== 0) return { feature, isMissingLeft: false, condition: setOf(threshold) };
    const type = MISSING_TYPES[decision >> 2] ?? failAtLine(decisionField.line, 'must have missing types from 0 to 2');
    const isZeroLeft = threshold >= 0;
    // Where nothing is missing, NaN counts as 0.
    const isMissingLeft = type === 'NONE' ? isZeroLeft : (decision & IS_DEFAULT_LEFT) !== 0;
    totals.add(type, isZeroLeft, isMissingLeft, decisionField.line);
    return { feature, isMissingLeft, condition: threshold };
  };
}

/** The set of a number: bits of the words from one of `cat_boundaries` to the next. */
function setsOf(block: TextBlock, totals: SplitTotals): (number: number) => CategorySet {
  const countField = fieldOfBlock(block, 'num_cat');
  const count = wholeNumberOf(countField, 0, MAX_LEAVES);
  if (count === 0) return () => failAtLine(countField.line, 'must be above 0, as the tree has splits by categories');
  const boundaryField = fieldOfBlock(block, 'cat_boundaries');
  const boundaries = wholeNumbersOf(boundaryField, count + 1, 0, 2 ** 31);
  if (boundaries.some((boundary, i) => boundary < (boundaries[i - 1] ?? 0))) {
    failAtLine(boundaryField.line, 'must ascend');
  }
  const words = wholeNumbersOf(fieldOfBlock(block, 'cat_threshold'), boundaries[count]!, 0, 2 ** 32 - 1);
  const isAsked = new Uint8Array(count);
  return (number) => {
    if (!Number.isInteger(number) || number < 0 || number >= count || isAsked[number] === 1) {
      failAtLine(boundaryField.line, 'must have a set for each split by categories');
    }
    isAsked[number] = 1;
    const codes: number[] = [];
    for (let i = boundaries[number]!; i < boundaries[number + 1]!; i++) {
      for (let bit = 0; bit < 32; bit++) {
        if (((words[i]! >>> bit) & 1) === 1) codes.push((i - boundaries[number]!) * 32 + bit);
      }
    }
    totals.addCodes(codes.length, boundaryField.line);
    return { codes: Uint32Array.from(codes), side: 'LEFT' };
  };
}
