import { percentText } from '../../runtime/values/percent-text.ts';
import type { Column } from '../../tabular/types/column.ts';
import type { Target } from '../preprocessing/target.ts';
import type { RowSplit, SplitRequest } from '../split/split.ts';
import { AlikeRowFinder, type AlikeRows, type Match } from './alike-rows.ts';
import { type Likeness, likenessOf } from './target-likeness.ts';

/** So many of the test rows, evenly taken, are looked at, or fewer, so that no more than so many cells are compared. */
const SCANNED_ROWS = 48;
const CELLS_COMPARED = 200_000_000;
/** So many come first, and the others only where two of these have companions: most files are done with then. */
const ROWS_FIRST = 8;
const MIN_FIRST = 2;
/** With fewer rows little can be told. */
const MIN_ROWS = 24;
/** Where training rows have more cells than this, only so many of the columns are looked at as come to it, and eight at least. */
const CELLS_OF_ROWS = 700_000;
const MIN_COLUMNS = 8;
/** A person or a machine has so many other rows at most; more are a class, and new rows are of it too. */
const MAX_COPIES = 20;
/** So many of the rows that come after those that belong together tell what the target is like beyond them. */
const ROWS_BEYOND = 10;
/**
 * By chance a step from one neighbour to the next is so large in one row of some twenty: of rows that are drawn from a space of
 * D dimensions the k-th step times k and D, in logarithms, is exponential with mean 1, and twenty steps are looked at.
 */
const WIDE_STEP = 6;
/** On grids of few values steps are large where dimensions are many; one that parts rows goes so much further. */
const MIN_STEP_RATIO = 1.3;
/** Rows that share values belong together where chance makes fewer than one other row in e share as much. */
const NATS_BEYOND_CHANCE = 1;
/** What is seen in fewer of the rows that were looked at is left alone, and so is what fewer than ten show. */
const MIN_SHARE = 0.4;
const MIN_SEEN = 10;
/** How alike the targets of rows are that belong together, and, as a share of that, of those beyond, where it is worth a word. */
const ALIKE = 0.6;
const SHARE_BEYOND = 0.5;
/** What is fewer standard errors than this may be chance. */
const MIN_LEAD_ERRORS = 4;
/** Shared values are those of columns in which so many of the pairs agree; up to so many are named. */
const PAIRS_AGREEING = 0.75;
const COLUMNS_NAMED = 5;

/**
 * A warning where test rows have companions among the training rows that are nearly the same row: visits of one patient, parts of
 * one machine. Such rows are a few that are much nearer than all others, or share values that together are rare; and they have
 * the target in common, which the next rows after them have not. So the model is right where it has seen a companion, and
 * need not be of a row without.
 */
export function nearCopyWarnings(
  strategy: SplitRequest['strategy'],
  features: readonly Column[],
  target: Target,
  split: RowSplit,
): string[] {
  // The user has said which rows are tested, or that they come later.
  if (strategy === 'COLUMN' || strategy === 'TIME') return [];
  const columns = columnsLookedAt(features, split.train.length);
  const cells = columns.length * split.train.length;
  const most = Math.min(SCANNED_ROWS, Math.floor(CELLS_COMPARED / Math.max(1, cells)));
  const step = Math.ceil(split.test.length / most);
  const wanted = split.test.filter((_, i) => i % step === 0);
  if (columns.length === 0 || most < MIN_ROWS || wanted.length < MIN_SEEN) return [];
  const finder = new AlikeRowFinder(columns, split.train);
  const likeness = likenessOf(target, split.train);
  const first = wanted.filter((_, i) => i % Math.ceil(wanted.length / ROWS_FIRST) === 0);
  const isWorthIt = sightings(columns, finder.find(first), split.train.length, likeness).some(
    ({ seen, inside, lead }) => seen.length >= MIN_FIRST && inside >= ALIKE / 2 && lead >= (SHARE_BEYOND / 2) * inside,
  );
  if (!isWorthIt) return [];
  const sure = sightings(columns, finder.find(wanted), split.train.length, likeness).find(
    ({ seen, inside, lead, error }) =>
      seen.length >= Math.max(MIN_SEEN, MIN_SHARE * wanted.length) &&
      inside >= ALIKE &&
      lead >= Math.max((1 - SHARE_BEYOND) * inside, MIN_LEAD_ERRORS * error),
  );
  return sure === undefined ? [] : [said(sure, wanted.length)];
}

/** All, or so many of them, evenly taken, that a training on as many rows takes fifty times as long as to look at them. */
function columnsLookedAt(features: readonly Column[], rows: number): readonly Column[] {
  const most = Math.max(MIN_COLUMNS, Math.floor(CELLS_OF_ROWS / Math.max(1, rows)));
  const step = Math.ceil(features.length / most);
  return features.filter((_, at) => at % step === 0);
}

/** A test row with the training rows that belong to it, and what comes after them. */
interface Companions {
  readonly row: number;
  readonly inside: readonly number[];
  readonly beyond: readonly number[];
}

/** The rows that share values which together are rarer than chance explains, and the nearest ones beside them. */
function sharersOf({ row, sharing, nearest }: AlikeRows, rows: number): Companions | null {
  const least = Math.log(rows) + NATS_BEYOND_CHANCE;
  const inside = sharing.filter(({ score }) => score >= least).map((match) => match.row);
  if (inside.length === 0 || inside.length > MAX_COPIES) return null;
  const others = nearest.map((match) => match.row).filter((other) => !inside.includes(other));
  return { row, inside, beyond: others.slice(0, ROWS_BEYOND) };
}

/** Of each row those before the widest step among its neighbours, where that is too wide for chance. */
function nearOf(alike: readonly AlikeRows[]): readonly (Companions | null)[] {
  const dimensions = dimensionsOf(alike);
  return alike.map(({ row, nearest }) => {
    let [widest, at] = [0, 0];
    for (let k = 1; k <= Math.min(MAX_COPIES, nearest.length - ROWS_BEYOND); k++) {
      const step = Math.log(ratioAt(nearest, k));
      if (step > Math.log(MIN_STEP_RATIO) && k * dimensions * step > widest) {
        [widest, at] = [k * dimensions * step, k];
      }
    }
    if (widest < WIDE_STEP) return null;
    const rows = nearest.map((match) => match.row);
    return { row, inside: rows.slice(0, at), beyond: rows.slice(at, at + ROWS_BEYOND) };
  });
}

/** How much further off the neighbour after the k-th is. */
function ratioAt(nearest: readonly Match[], k: number): number {
  return nearest[k]!.score / nearest[k - 1]!.score;
}

/** In how many dimensions the rows lie, by the steps between neighbours that are no companions any more. */
function dimensionsOf(alike: readonly AlikeRows[]): number {
  let [steps, sum] = [0, 0];
  for (const { nearest } of alike) {
    for (let k = MAX_COPIES + 1; k < nearest.length; k++) {
      steps++;
      sum += k * Math.log(ratioAt(nearest, k));
    }
  }
  return sum > 0 ? steps / sum : 0;
}

/** What was seen of companions of one kind. */
interface Sighting {
  readonly seen: readonly Companions[];
  /** How alike the targets of companions are, and by how much more than those of the rows beyond them, with its standard error. */
  readonly inside: number;
  readonly lead: number;
  readonly error: number;
  /** What they have, for a message. */
  readonly what: string;
}

/** Companions by what is shared, where that is the same columns in nearly all pairs, and by distance. */
function sightings(
  columns: readonly Column[],
  alike: readonly AlikeRows[],
  rows: number,
  likeness: Likeness,
): readonly Sighting[] {
  const sharers = alike.map((found) => sharersOf(found, rows)).filter((found) => found !== null);
  const shared = sharedColumns(columns, sharers);
  const names = shared.slice(0, COLUMNS_NAMED).map(({ name }) => name);
  const more = shared.length > COLUMNS_NAMED ? ', …' : '';
  return [
    ...(shared.length < 2
      ? []
      : [sightingOf(sharers, likeness, `share ${names.join(', ')}${more} with a few training rows`)]),
    sightingOf(
      nearOf(alike).filter((found) => found !== null),
      likeness,
      'have a few training rows much nearer to them than all others',
    ),
  ];
}

function sightingOf(found: readonly Companions[], likeness: Likeness, what: string): Sighting {
  const seen = found.filter(({ beyond }) => beyond.length > 0);
  const within = seen.map(({ row, inside }) => likeness(row, inside));
  const leads = seen.map(({ row, beyond }, i) => within[i]! - likeness(row, beyond));
  const lead = mean(leads);
  const error = Math.sqrt(mean(leads.map((value) => (value - lead) ** 2)) / Math.max(1, seen.length - 1));
  return { seen, inside: mean(within), lead, error, what };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}

/** The columns in which nearly all rows agree with their companions. */
function sharedColumns(columns: readonly Column[], found: readonly Companions[]): readonly Column[] {
  const pairs = found.flatMap(({ row, inside }) => inside.map((other) => [row, other] as const));
  return columns.filter((column) => {
    const cells = column.storage === 'label' ? column.codes : column.values;
    return pairs.filter(([row, other]) => cells[row] === cells[other]).length >= PAIRS_AGREEING * pairs.length;
  });
}

function said({ seen, what }: Sighting, rows: number): string {
  return (
    `${percentText(seen.length / rows)} of the ${rows} test rows that were looked at ${what}, which are alike in the target too, as the rows next ` +
    'after them are not: they may be of one person, machine or the like. If new rows will be of others, the figures are too ' +
    'good: choose the split GROUP with a column that says which rows belong together'
  );
}
