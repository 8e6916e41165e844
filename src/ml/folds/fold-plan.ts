import { cutValue } from '../../runtime/values/cut-value.ts';
import type { Table } from '../../tabular/types/column.ts';
import { int32ArrayFrom } from '../parallel/typed-arrays.ts';
import type { Target } from '../preprocessing/target.ts';
import { createRandom, type Random } from '../random.ts';
import { type SplitRequest, splitColumn, timesOf } from '../split/split.ts';
import { groupRows, permutedIndices } from '../split/split-by-column.ts';
import { TrainingDataError } from '../training-data-error.ts';

/** One division of training rows: a model is fitted to `train` and predicts `held`. Row numbers of the table, ascending. */
export interface Fold {
  readonly train: Int32Array;
  readonly held: Int32Array;
}

/** How training rows are divided into folds. */
export interface FoldRequest {
  /** 2 or more. */
  readonly folds: number;
  /** How the test rows were divided off: the folds honour the same groups, or the same order. */
  readonly split: SplitRequest;
}

/** In `blockOf`: the row is fitted to in every fold, and predicted in none. */
const ALWAYS_TRAIN = -1;

/**
 * Divides training rows into folds. Every row is predicted once; where time counts, all but the earliest are.
 *
 * GROUP: rows of one group are in one fold; the largest groups go first, each to the fold of fewest rows.
 * TIME and LAST: forward. The rows in order of time are cut into one block more than there are folds, rows of one moment
 * together; fold f is fitted to the blocks before block f + 1 and predicts that one.
 * Others: dealt out by chance, the rows of each label in turn, so that each fold has its share of each.
 *
 * Depends on nothing but its arguments. Throws TrainingDataError where a fold would be empty.
 */
export function planFolds(
  { folds, split }: FoldRequest,
  table: Table,
  target: Target,
  rows: Int32Array,
): readonly Fold[] {
  requireCount(rows.length, folds, 'training rows');
  const random = createRandom(split.seed);
  switch (split.strategy) {
    case 'GROUP':
      return foldsApart(dealGroups(groupRows(splitColumn(split, table), rows), folds, random), rows, folds);
    case 'TIME': {
      const times = timesOf(splitColumn(split, table));
      return foldsForward(
        blocksOfTime(rows, (row) => times[row]!, folds + 1),
        rows,
        folds,
      );
    }
    case 'LAST':
      return foldsForward(
        blocksOfTime(rows, (row) => row, folds + 1),
        rows,
        folds,
      );
    default:
      return foldsApart(dealRows(target, rows, folds, random), rows, folds);
  }
}

/**
 * Throws TrainingDataError where a label has fewer rows than there are folds: some fold would have none of it to predict. Rows
 * that stay together by group or time may well lack a label in some fold, and are not checked.
 */
export function requireRowsOfLabels({ folds, split }: FoldRequest, target: Target, rows: Int32Array): void {
  if (target.task === 'REGRESSION' || ['GROUP', 'TIME', 'LAST'].includes(split.strategy)) return;
  const counts = new Int32Array(target.labels.length);
  for (const row of rows) counts[target.codes[row]!]!++;
  const rarest = counts.reduce(
    (least, count, label) => (count > 0 && (least < 0 || count < counts[least]!) ? label : least),
    -1,
  );
  requireCount(counts[rarest]!, folds, `training rows of the label ${cutValue(target.labels[rarest]!)}`);
}

function requireCount(count: number, folds: number, what: string): void {
  if (count >= folds) return;
  throw foldsImpossible(
    `${folds} folds need at least ${folds} ${what}; there ${count === 1 ? 'is' : 'are'} ${count}`,
    count < 2 ? 'leave folds out, or train on more rows' : `ask for ${count} folds at most`,
  );
}

/** A refusal of folds that cannot be made or fitted. */
export function foldsImpossible(message: string, hint: string): TrainingDataError {
  return new TrainingDataError('FOLDS_IMPOSSIBLE', message, hint);
}

function foldsApart(blockOf: Int32Array, rows: Int32Array, folds: number): readonly Fold[] {
  return Array.from({ length: folds }, (_, fold) => ({
    train: rows.filter((_row, i) => blockOf[i] !== fold),
    held: rows.filter((_row, i) => blockOf[i] === fold),
  }));
}

function foldsForward(blockOf: Int32Array, rows: Int32Array, folds: number): readonly Fold[] {
  return Array.from({ length: folds }, (_, fold) => {
    const held = rows.filter((_row, i) => blockOf[i] === fold + 1);
    if (held.length === 0) {
      throw foldsImpossible(
        `the training rows have too few different moments for ${folds} folds forward in time`,
        'ask for fewer folds',
      );
    }
    return { train: rows.filter((_row, i) => blockOf[i]! <= fold), held };
  });
}

/** Of each row the fold that predicts it: the rows of each label, in an order by chance, go to the folds in turn. */
function dealRows(target: Target, rows: Int32Array, folds: number, random: Random): Int32Array {
  const blockOf = new Int32Array(rows.length);
  const order = permutedIndices(rows.length, random);
  // Array.prototype.sort is stable: within a label the order by chance stays.
  if (target.task === 'CLASSIFICATION') order.sort((a, b) => target.codes[rows[a]!]! - target.codes[rows[b]!]!);
  for (let i = 0; i < order.length; i++) blockOf[order[i]!] = i % folds;
  return blockOf;
}

function dealGroups({ groupOf, sizes }: ReturnType<typeof groupRows>, folds: number, random: Random): Int32Array {
  requireCount(sizes.length, folds, 'groups among the training rows');
  const order = permutedIndices(sizes.length, random).sort((a, b) => sizes[b]! - sizes[a]!);
  const foldOfGroup = new Int32Array(sizes.length);
  const rowsOfFold = new Array<number>(folds).fill(0);
  for (const group of order) {
    const fold = rowsOfFold.indexOf(Math.min(...rowsOfFold));
    foldOfGroup[group] = fold;
    rowsOfFold[fold]! += sizes[group]!;
  }
  return int32ArrayFrom(groupOf.length, (i) => foldOfGroup[groupOf[i]!]!);
}

/**
 * Of each row the number of its block, 0 to blocks - 1: that which the first row of its moment would have. Rows without a
 * moment are in every block's past, as they are training rows of a split by time.
 */
function blocksOfTime(rows: Int32Array, timeOf: (row: number) => number, blocks: number): Int32Array {
  const times = Float64Array.from(rows, timeOf);
  const sorted = times.filter((time) => !Number.isNaN(time)).sort();
  const blockOfTimestamp = new Map<number, number>();
  for (const [i, time] of sorted.entries()) {
    if (!blockOfTimestamp.has(time)) blockOfTimestamp.set(time, Math.floor((i * blocks) / sorted.length));
  }
  return int32ArrayFrom(rows.length, (i) => blockOfTimestamp.get(times[i]!) ?? ALWAYS_TRAIN);
}
