import type { Column, Table } from './column.ts';
import { percent } from './file-issues.ts';
import { atLines, counted, type DatasetIssue, issue, quoted } from './issues.ts';
import { findLeaks } from './leakage.ts';
import { LineTally } from './line-tally.ts';
import type { ColumnProfile } from './profile.ts';
import type { TargetSuggestion } from './suggest-target.ts';

/** A model that always answers the most frequent class is then right so often that accuracy says little. */
const IMBALANCED_SHARE = 0.9;
/** With fewer rows a class may be missing from the training rows or from the test rows. */
const ROWS_OF_A_CLASS = 5;
/** Rare classes are named up to so many. */
const CLASSES_NAMED = 5;

/** What is to be said of the column that is suggested as the target. */
export function targetIssues(
  table: Table,
  profiles: readonly ColumnProfile[],
  { target, task }: TargetSuggestion,
  lines: Uint32Array,
): DatasetIssue[] {
  const at = profiles.findIndex(({ name }) => name === target);
  const column = table.columns[at];
  const profile = profiles[at];
  if (column === undefined || profile === undefined) return [];
  const issues = missingIssue(column, target, lines);
  if (task === 'CLASSIFICATION') issues.push(...classIssues(column, profile, table.rowCount));
  for (const leak of findLeaks(table, at, task)) {
    const message = `Column ${quoted(leak.column)} alone nearly gives ${quoted(target)} away: ${leak.finding}.`;
    const hint = 'If it is not known before the target is, leave it out.';
    issues.push(issue('POSSIBLE_LEAKAGE', message, { column: leak.column, hint }));
  }
  return issues;
}

function missingIssue(column: Column, target: string, lines: Uint32Array): DatasetIssue[] {
  const missing = new LineTally();
  for (let row = 0; row < lines.length; row++) {
    const value = column.storage === 'label' ? column.codes[row] : column.values[row];
    if (value === undefined) break;
    if (Number.isNaN(value) || (column.storage === 'label' && value < 0)) missing.add(lines[row] as number);
  }
  if (missing.count === 0) return [];
  const message = `${counted(missing.count, 'row')} ${missing.count === 1 ? 'has' : 'have'} no value in ${quoted(target)}, the suggested target: ${atLines(missing)}.`;
  const hint = 'They are left out when a model is trained on it.';
  return [issue('TARGET_MISSING', message, { column: target, lines: missing.lines, hint })];
}

function classIssues(column: Column, profile: ColumnProfile, rowCount: number): DatasetIssue[] {
  const issues: DatasetIssue[] = [];
  const present = rowCount - profile.missing;
  const most = profile.topValues[0];
  if (most !== undefined && most.count / present >= IMBALANCED_SHARE) {
    const message = `${percent(most.count / present)} of the rows have ${quoted(most.value)} in ${quoted(profile.name)}, the suggested target.`;
    const hint = 'Judge models by F1, recall or ROC AUC rather than by accuracy; classWeight BALANCED may help.';
    issues.push(issue('TARGET_IMBALANCED', message, { column: profile.name, hint }));
  }
  if (column.storage !== 'label') return issues;
  const counts = new Float64Array(column.labels.length);
  for (const code of column.codes) if (code >= 0) counts[code] = (counts[code] as number) + 1;
  const rare = column.labels.filter((_, code) => (counts[code] as number) < ROWS_OF_A_CLASS);
  if (rare.length > 0) {
    const named = rare.slice(0, CLASSES_NAMED).map(quoted).join(', ');
    const more = rare.length > CLASSES_NAMED ? ' …' : '';
    const message = `${rare.length} of ${column.labels.length} classes of ${quoted(profile.name)}, the suggested target, have fewer than ${ROWS_OF_A_CLASS} rows: ${named}${more}.`;
    const hint = 'Merge them with others, correct their spelling, or leave those rows out.';
    issues.push(issue('TARGET_RARE_CLASS', message, { column: profile.name, hint }));
  }
  return issues;
}
