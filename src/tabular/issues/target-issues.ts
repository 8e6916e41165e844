import { percentText } from '../../runtime/values/percent-text.ts';
import type { ColumnProfile } from '../profile/profile.ts';
import { LineCounter } from '../sniffer/line-counter.ts';
import type { CodedColumn, CodedTable } from '../types/column.ts';
import type { TypedColumn } from '../types/infer-column-kind.ts';
import { atLines, counted, type DatasetIssue, issue, quoted } from './issues.ts';
import { findLeaks } from './leakage.ts';
import type { TargetSuggestion } from './suggest-target.ts';

/** A model that always answers the most frequent class is then right so often that accuracy says little. */
const IMBALANCED_FRACTION = 0.9;
/** With fewer rows a class may be missing from the training rows or from the test rows. */
const ROWS_OF_A_CLASS = 5;
/** Maximum number of named rare classes. */
const CLASSES_NAMED = 5;

/** The column that is suggested as the target, and its table. */
export interface TargetFacts {
  readonly at: number;
  readonly typed: TypedColumn;
  readonly profile: ColumnProfile;
  /** The lines of the rows that have no value in it. */
  readonly missing: LineCounter;
  readonly rowCount: number;
  /** The rows that are searched for leaks: all, or an evenly spaced sample. */
  readonly sample: CodedTable;
}

/** Issues about the suggested target. */
export function targetIssues({ target, task }: TargetSuggestion, facts: TargetFacts): DatasetIssue[] {
  const issues = [...missingIssue(facts.missing, target), ...taskIssue(task, facts.profile)];
  if (task === 'CLASSIFICATION') issues.push(...classIssues(facts));
  for (const leak of findLeaks(facts.sample, facts.at, task)) {
    const message = `Column ${quoted(leak.column)} alone nearly gives ${quoted(target)} away: ${leak.finding}.`;
    const hint = 'If it is not known before the target is, leave it out.';
    issues.push(issue('POSSIBLE_LEAKAGE', message, { column: leak.column, hint }));
  }
  return issues;
}

/** The lines of the rows in which a column has no value. */
export function missingLines(column: CodedColumn, lines: Uint32Array): LineCounter {
  const missing = new LineCounter();
  const rows = column.storage === 'label' ? column.codes : column.values;
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row]!;
    if (Number.isNaN(value) || (column.storage === 'label' && value < 0)) missing.add(lines[row]!);
  }
  return missing;
}

function missingIssue(missing: LineCounter, target: string): DatasetIssue[] {
  if (missing.count === 0) return [];
  const message = `${counted(missing.count, 'row')} ${missing.count === 1 ? 'has' : 'have'} no value in ${quoted(target)}, the suggested target: ${atLines(missing)}.`;
  const hint = 'They are left out when a model is trained on it.';
  return [issue('TARGET_MISSING', message, { column: target, lines: missing.lines, hint })];
}

/** Whole numbers of few values may count something, or be the names of classes. */
function taskIssue(task: TargetSuggestion['task'], { name, kind, distinct, topValues }: ColumnProfile): DatasetIssue[] {
  const isOfFewWholeNumbers =
    kind === 'NUMERIC' &&
    distinct === topValues.length &&
    topValues.every(({ value }) => Number.isInteger(Number(value)));
  if (!isOfFewWholeNumbers) return [];
  const values = `The suggested target, ${quoted(name)}, has ${distinct} different whole numbers`;
  const message =
    task === 'CLASSIFICATION'
      ? `${values}: two values are taken for classes, so that CLASSIFICATION is suggested.`
      : `${values}: numbers are taken for amounts, so that REGRESSION is suggested.`;
  const hint =
    task === 'CLASSIFICATION'
      ? 'Name task REGRESSION if they are amounts.'
      : 'Name task CLASSIFICATION if they are classes.';
  return [issue('TARGET_TASK_CHOSEN', message, { column: name, hint })];
}

function classIssues({ typed: { content }, profile, rowCount }: TargetFacts): DatasetIssue[] {
  const issues: DatasetIssue[] = [];
  const present = rowCount - profile.missing;
  const top = profile.topValues[0];
  if (top !== undefined && top.count / present >= IMBALANCED_FRACTION) {
    const message = `${percentText(top.count / present)} of the rows have ${quoted(top.value)} in ${quoted(profile.name)}, the suggested target.`;
    const hint =
      'Judge models by log-loss, average precision or ROC AUC, and beside the baseline, rather than by accuracy.';
    issues.push(issue('TARGET_IMBALANCED', message, { column: profile.name, hint }));
  }
  if (content?.storage !== 'label') return issues;
  const { labels, counts } = content;
  const rare = labels.filter((_, code) => counts[code]! < ROWS_OF_A_CLASS);
  if (rare.length > 0) {
    const named = rare.slice(0, CLASSES_NAMED).map(quoted).join(', ');
    const more = rare.length > CLASSES_NAMED ? ' …' : '';
    const message = `${rare.length} of ${labels.length} classes of ${quoted(profile.name)}, the suggested target, have fewer than ${ROWS_OF_A_CLASS} rows: ${named}${more}.`;
    const hint = 'Merge them with others, correct their spelling, or leave those rows out.';
    issues.push(issue('TARGET_RARE_CLASS', message, { column: profile.name, hint }));
  }
  return issues;
}
