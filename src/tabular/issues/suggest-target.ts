import type { ColumnProfile } from '../profile/profile.ts';
import type { CodedTable } from '../types/column.ts';
import { isIdentifierName, isOwnerName, targetNameRank } from '../types/column-names.ts';
import { findLeaks } from './leakage.ts';

export interface TargetSuggestion {
  readonly target: string;
  /** The index of the target among the columns. */
  readonly index: number;
  readonly task: 'CLASSIFICATION' | 'REGRESSION';
}

/** Minimum average rows per label for labels to be classes. */
const ROWS_PER_CLASS = 2;
/** Maximum number of values of a column that is named like an id but may contain classes: class_id. */
const MAX_NAMED_CLASSES = 20;
/** With fewer rows, numbers may lack gaps by chance. */
const MIN_ROWS_COUNTED = 20;
/** Maximum number of columns with few values that are checked whether the suggested one determines them. */
const MAX_COARSER = 20;

/**
 * Suggests the column that is most likely the target: the one whose name says so most clearly; else the only column of labels
 * beside numbers, if it is first or last; else the last usable one that is not an id. Null if none is usable. If a column
 * determines another, the one that it is derived from is suggested: see `underlyingTarget`.
 *
 * @param sample the table, or some of its rows
 */
export function suggestTarget(
  profiles: readonly ColumnProfile[],
  rowCount: number,
  sample: CodedTable,
): TargetSuggestion | null {
  const usable = profiles.filter((profile) => isUsable(profile, rowCount));
  let best = usable.findLast((profile) => !identifiesRows(profile, rowCount)) ?? usable.at(-1);
  if (best === undefined) return null;
  const labels = usable.filter((profile) => profile.kind !== 'NUMERIC');
  // Three numbers and a label beside them are measurements and what was measured.
  const isAtAnEnd = labels[0]?.index === 0 || labels[0]?.index === profiles.length - 1;
  if (labels.length === 1 && isAtAnEnd && usable.length >= 4) best = labels[0] ?? best;
  const hasZ = profiles.some(({ name }) => name.toLowerCase() === 'z');
  let bestRank = 0;
  for (const profile of usable) {
    // Beside x and z, y is a coordinate.
    const rank = hasZ && profile.name.toLowerCase() === 'y' ? 0 : targetNameRank(profile.name);
    // Of equal names the later one: targets are mostly put last.
    if (rank > 0 && rank >= bestRank) {
      best = profile;
      bestRank = rank;
    }
  }
  const underlying = underlyingTarget(best, bestRank, usable, sample);
  return { target: underlying.name, index: underlying.index, task: taskOf(underlying) };
}

/** Whether a column identifies rows or their owners, by its name, or because it counts the rows in any order. */
function identifiesRows(
  { name, kind, distinct, numeric, missing, topValues }: ColumnProfile,
  rowCount: number,
): boolean {
  if (distinct <= MAX_NAMED_CLASSES) return false;
  const isWhole = kind !== 'NUMERIC' || topValues.every(({ value }) => Number.isInteger(Number(value)));
  if (isOwnerName(name) || (isIdentifierName(name) && isWhole)) return true;
  const isCount = isWhole && missing === 0 && distinct === rowCount && rowCount >= MIN_ROWS_COUNTED;
  return (
    isCount &&
    numeric !== null &&
    (numeric.min === 0 || numeric.min === 1) &&
    numeric.max - numeric.min === rowCount - 1
  );
}

/**
 * The column that the suggested one may be derived from. Of similar names (price, log_price) it is the shorter one, if the
 * longer one determines it. If no name says what the target is, it is the column with the fewest classes that the suggested
 * one determines: "left" rather than the reason for leaving, a label rather than its code.
 */
function underlyingTarget(
  best: ColumnProfile,
  rank: number,
  usable: readonly ColumnProfile[],
  sample: CodedTable,
): ColumnProfile {
  const others = usable.filter((profile) => profile !== best && isBetterTarget(profile, best, rank));
  const coarser = others
    .sort((a, b) => a.distinct - b.distinct || a.index - b.index)
    .slice(0, MAX_COARSER)
    .find((profile) => determines(best, profile, sample));
  return coarser ?? best;
}

function isBetterTarget(profile: ColumnProfile, best: ColumnProfile, rank: number): boolean {
  if (rank > 0) return targetNameRank(profile.name) === rank && profile.name.length < best.name.length;
  if (taskOf(profile) === 'REGRESSION') return false;
  return profile.distinct < best.distinct || (best.kind === 'NUMERIC' && profile.kind !== 'NUMERIC');
}

function determines(predictor: ColumnProfile, predicted: ColumnProfile, { rowCount, columns }: CodedTable): boolean {
  const pair = [columns[predicted.index], columns[predictor.index]].filter((column) => column !== undefined);
  return findLeaks({ rowCount, columns: pair }, 0, taskOf(predicted)).length > 0;
}

/** Labels and two values of any sort are classes; other numbers are predicted as numbers. */
function taskOf(profile: ColumnProfile): 'CLASSIFICATION' | 'REGRESSION' {
  return profile.kind === 'NUMERIC' && profile.distinct !== 2 ? 'REGRESSION' : 'CLASSIFICATION';
}

function isUsable(profile: ColumnProfile, rowCount: number): boolean {
  const present = rowCount - profile.missing;
  if (profile.distinct < 2 || present * 2 < rowCount) return false;
  if (profile.kind === 'CATEGORICAL') return profile.distinct * ROWS_PER_CLASS <= present;
  return profile.kind === 'NUMERIC' || profile.kind === 'BOOLEAN';
}
