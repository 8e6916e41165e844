import type { ColumnProfile } from '../profile/profile.ts';
import { targetNameRank } from '../types/column-names.ts';

export interface TargetSuggestion {
  readonly target: string;
  /** The place of the target among the columns. */
  readonly index: number;
  readonly task: 'CLASSIFICATION' | 'REGRESSION';
}

/** Labels that leave fewer than this many rows each on average are no classes to learn. */
const ROWS_PER_CLASS = 2;

/**
 * The column that is most likely to be predicted: the one whose name says so most clearly, else the only column
 * of labels beside numbers where it stands first or last, else the last usable one. Null where none is usable.
 */
export function suggestTarget(profiles: readonly ColumnProfile[], rowCount: number): TargetSuggestion | null {
  const usable = profiles.filter((profile) => isUsable(profile, rowCount));
  let best = usable.at(-1);
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
  return { target: best.name, index: best.index, task: taskOf(best) };
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
