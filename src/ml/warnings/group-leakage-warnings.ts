import { percentText } from '../../runtime/values/percent-text.ts';
import type { Column } from '../../tabular/types/column.ts';
import type { Target } from '../preprocessing/target.ts';
import type { RowSplit, SplitRequest } from '../split/split.ts';
import { NearestNeighbours, type Neighbour, type Neighbours } from './nearest-neighbours.ts';
import { type TargetSimilarity, targetSimilarity } from './target-similarity.ts';

/** Test rows to examine, evenly spaced; fewer if that would compare more cells than MAX_COMPARED_CELLS. */
const SCANNED_ROWS = 48;
const MAX_COMPARED_CELLS = 200_000_000;
/** A first pass over a few rows: the others are examined only if two of these belong to a group. Most files end here. */
const FIRST_PASS_ROWS = 8;
const MIN_FIRST_PASS_GROUPS = 2;
/** Fewer rows say too little. */
const MIN_ROWS = 24;
/** If the training rows have more cells than this, only as many columns are compared as fit into it, and eight at least. */
const MAX_TRAINING_CELLS = 700_000;
const MIN_COLUMNS = 8;
/** Larger groups are not single persons or machines but kinds of rows, which new rows belong to as well. */
const MAX_GROUP_ROWS = 20;
/** The next nearest rows after a group, whose targets are compared with those of the group. */
const ROWS_BEYOND = 10;
/**
 * A gap between one neighbour and the next is this wide by chance in about one row of twenty: for random rows in D dimensions
 * k × D × log(d[k+1] / d[k]) is exponential with mean 1, and twenty gaps are examined.
 */
const MIN_GAP = 6;
/** Where values lie on a coarse grid, high dimensions make small gaps look significant; a real one has at least this ratio. */
const MIN_DISTANCE_RATIO = 1.3;
/** Rows with shared values form a group if chance alone would give fewer than 1/e rows that share as much. */
const MIN_EXCESS_NATS = 1;
/** Groups in a smaller share of the examined rows, or in fewer rows, are not reported. */
const MIN_GROUP_SHARE = 0.4;
const MIN_GROUPS = 10;
/** Minimum similarity of the targets within groups, and the maximum beyond them as a share of it. */
const MIN_SIMILARITY = 0.6;
const MAX_SHARE_BEYOND = 0.5;
/** In standard errors: a smaller difference may be chance. */
const MIN_LEAD_ERRORS = 4;
/** Columns are shared if this share of the pairs agrees in them; at most so many are named. */
const PAIRS_AGREEING = 0.75;
const COLUMNS_NAMED = 5;

/**
 * Warns of group leakage: test rows that belong with a few training rows, such as visits of one patient or parts of one machine.
 * These are much nearer than all other rows, or share a rare combination of values; and they have the target in common, unlike
 * the next nearest rows. A model is then right about test rows whose group it has seen, and need not be about new groups.
 */
export function groupLeakageWarnings(
  strategy: SplitRequest['strategy'],
  features: readonly Column[],
  target: Target,
  split: RowSplit,
): string[] {
  // The user has said which rows are tested, or that they come later.
  if (strategy === 'COLUMN' || strategy === 'TIME') return [];
  const columns = sampleColumns(features, split.train.length);
  const cells = columns.length * split.train.length;
  const limit = Math.min(SCANNED_ROWS, Math.floor(MAX_COMPARED_CELLS / Math.max(1, cells)));
  const step = Math.ceil(split.test.length / limit);
  const sampledRows = split.test.filter((_, i) => i % step === 0);
  if (columns.length === 0 || limit < MIN_ROWS || sampledRows.length < MIN_GROUPS) return [];
  const finder = new NearestNeighbours(columns, split.train);
  const similarity = targetSimilarity(target, split.train);
  const firstRows = sampledRows.filter((_, i) => i % Math.ceil(sampledRows.length / FIRST_PASS_ROWS) === 0);
  const isSuspicious = groupEvidence(columns, finder.find(firstRows), split.train.length, similarity).some(
    ({ groups, within, lead }) =>
      groups.length >= MIN_FIRST_PASS_GROUPS && within >= MIN_SIMILARITY / 2 && lead >= (MAX_SHARE_BEYOND / 2) * within,
  );
  if (!isSuspicious) return [];
  const evidence = groupEvidence(columns, finder.find(sampledRows), split.train.length, similarity).find(
    ({ groups, within, lead, error }) =>
      groups.length >= Math.max(MIN_GROUPS, MIN_GROUP_SHARE * sampledRows.length) &&
      within >= MIN_SIMILARITY &&
      lead >= Math.max((1 - MAX_SHARE_BEYOND) * within, MIN_LEAD_ERRORS * error),
  );
  return evidence === undefined ? [] : [warningText(evidence, sampledRows.length)];
}

/** The columns to compare: all, or evenly spaced ones, so that a training takes at least fifty times as long as the search. */
function sampleColumns(features: readonly Column[], rows: number): readonly Column[] {
  const limit = Math.max(MIN_COLUMNS, Math.floor(MAX_TRAINING_CELLS / Math.max(1, rows)));
  const step = Math.ceil(features.length / limit);
  return features.filter((_, at) => at % step === 0);
}

/** A test row, the training rows that belong with it, and the next nearest rows. */
interface RowGroup {
  readonly row: number;
  readonly members: readonly number[];
  readonly outsiders: readonly number[];
}

/** A group by shared values that are together rarer than chance explains. */
function groupBySharedValues({ row, sharing, nearest }: Neighbours, rows: number): RowGroup | null {
  const minNats = Math.log(rows) + MIN_EXCESS_NATS;
  const members = sharing.filter(({ score }) => score >= minNats).map((match) => match.row);
  if (members.length === 0 || members.length > MAX_GROUP_ROWS) return null;
  const others = nearest.map((match) => match.row).filter((other) => !members.includes(other));
  return { row, members, outsiders: others.slice(0, ROWS_BEYOND) };
}

/** Groups by distance: the neighbours before the widest gap, where that is too wide for chance. */
function groupsByDistance(neighbours: readonly Neighbours[]): readonly (RowGroup | null)[] {
  const dimensions = intrinsicDimensions(neighbours);
  return neighbours.map(({ row, nearest }) => {
    let [widest, at] = [0, 0];
    for (let k = 1; k <= Math.min(MAX_GROUP_ROWS, nearest.length - ROWS_BEYOND); k++) {
      const step = Math.log(distanceRatio(nearest, k));
      if (step > Math.log(MIN_DISTANCE_RATIO) && k * dimensions * step > widest) {
        [widest, at] = [k * dimensions * step, k];
      }
    }
    if (widest < MIN_GAP) return null;
    const rows = nearest.map((match) => match.row);
    return { row, members: rows.slice(0, at), outsiders: rows.slice(at, at + ROWS_BEYOND) };
  });
}

/** The distance of the neighbour after the k-th, relative to that of the k-th. */
function distanceRatio(nearest: readonly Neighbour[], k: number): number {
  return nearest[k]!.score / nearest[k - 1]!.score;
}

/** The intrinsic dimension of the rows, estimated from the gaps between neighbours beyond any group. */
function intrinsicDimensions(neighbours: readonly Neighbours[]): number {
  let [steps, sum] = [0, 0];
  for (const { nearest } of neighbours) {
    for (let k = MAX_GROUP_ROWS + 1; k < nearest.length; k++) {
      steps++;
      sum += k * Math.log(distanceRatio(nearest, k));
    }
  }
  return sum > 0 ? steps / sum : 0;
}

/** The evidence of one kind of groups. */
interface GroupEvidence {
  readonly groups: readonly RowGroup[];
  /** Mean similarity of the targets within groups, its lead over that beyond them, and the standard error of the lead. */
  readonly within: number;
  readonly lead: number;
  readonly error: number;
  /** What the rows have in common, for a message. */
  readonly what: string;
}

/** Evidence by shared values, if nearly all pairs share the same columns, and by distance. */
function groupEvidence(
  columns: readonly Column[],
  neighbours: readonly Neighbours[],
  rows: number,
  similarity: TargetSimilarity,
): readonly GroupEvidence[] {
  const groups = neighbours.map((found) => groupBySharedValues(found, rows)).filter((found) => found !== null);
  const shared = sharedColumns(columns, groups);
  const names = shared.slice(0, COLUMNS_NAMED).map(({ name }) => name);
  const more = shared.length > COLUMNS_NAMED ? ', …' : '';
  return [
    ...(shared.length < 2
      ? []
      : [evidenceOf(groups, similarity, `share ${names.join(', ')}${more} with a few training rows`)]),
    evidenceOf(
      groupsByDistance(neighbours).filter((found) => found !== null),
      similarity,
      'have a few training rows much nearer to them than all others',
    ),
  ];
}

function evidenceOf(found: readonly RowGroup[], similarity: TargetSimilarity, what: string): GroupEvidence {
  const groups = found.filter(({ outsiders }) => outsiders.length > 0);
  const similarities = groups.map(({ row, members }) => similarity(row, members));
  const leads = groups.map(({ row, outsiders }, i) => similarities[i]! - similarity(row, outsiders));
  const lead = mean(leads);
  const error = Math.sqrt(mean(leads.map((value) => (value - lead) ** 2)) / Math.max(1, groups.length - 1));
  return { groups, within: mean(similarities), lead, error, what };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}

/** The columns in which nearly all rows agree with the members of their group. */
function sharedColumns(columns: readonly Column[], found: readonly RowGroup[]): readonly Column[] {
  const pairs = found.flatMap(({ row, members }) => members.map((other) => [row, other] as const));
  return columns.filter((column) => {
    const cells = column.storage === 'label' ? column.codes : column.values;
    return pairs.filter(([row, other]) => cells[row] === cells[other]).length >= PAIRS_AGREEING * pairs.length;
  });
}

function warningText({ groups, what }: GroupEvidence, rows: number): string {
  return (
    `${percentText(groups.length / rows)} of the ${rows} test rows that were looked at ${what}, which are alike in the target too, as the rows next ` +
    'after them are not: they may be of one person, machine or the like. If new rows will be of others, the figures are too ' +
    'good: choose the split GROUP with a column that says which rows belong together'
  );
}
