import { percentText } from '../../runtime/values/percent-text.ts';
import type { CsvLimits } from '../csv-options.ts';
import type { ColumnProfile } from '../profile/profile.ts';
import type { Sentinel } from '../profile/sentinel.ts';
import type { ColumnPlan } from '../reader/read-plan.ts';
import type { TypedColumn } from '../types/infer-column-kind.ts';
import { cellIssues } from './cell-issues.ts';
import { dateIssue } from './date-issues.ts';
import { atLines, counted, type DatasetIssue, issue, quoted } from './issues.ts';

/** More labels than this are many for any model, whatever the number of rows. */
const MANY_LABELS = 100;
/** From this many on, labels are many if there is one for every other row. */
const SOME_LABELS = 20;

/** What the owner of a dataset should know of one column. */
export function columnIssues(
  typed: TypedColumn,
  profile: ColumnProfile,
  plan: ColumnPlan,
  rowCount: number,
  limits: CsvLimits,
  sentinel: Sentinel | null,
): DatasetIssue[] {
  const { name } = profile;
  // Without rows there is nothing to say of columns.
  if (rowCount === 0) return [];
  const issues = readingIssues(typed, plan, name);
  if (profile.distinct === 0) {
    issues.push(
      issue('COLUMN_EMPTY', `Column ${quoted(name)} has no value in any row.`, { column: name, hint: 'Remove it.' }),
    );
    return issues;
  }
  const missingRatio = profile.missing / rowCount;
  if (missingRatio > limits.maxEmptyRatio) {
    const message = `${percentText(missingRatio)} of column ${quoted(name)} are missing.`;
    issues.push(
      issue('COLUMN_MOSTLY_MISSING', message, {
        column: name,
        hint: 'It is not used as a feature unless you name it.',
      }),
    );
  }
  if (sentinel !== null) issues.push(sentinelIssue(sentinel, name));
  issues.push(...cellIssues(typed));
  const kindIssue = issueOfKind(typed, profile, rowCount);
  if (kindIssue !== null) issues.push(kindIssue);
  return issues;
}

function sentinelIssue({ value, count }: Sentinel, name: string): DatasetIssue {
  const message = `Column ${quoted(name)} has ${value} in ${counted(count, 'row')}, far from all its other values.`;
  const hint = `If it stands for "no value", add "${value}" to csv.missingTokens.`;
  return issue('COLUMN_SENTINEL', message, { column: name, hint });
}

function readingIssues(typed: TypedColumn, plan: ColumnPlan, name: string): DatasetIssue[] {
  const issues: DatasetIssue[] = [];
  const { unparsable, nonFinite } = typed;
  if (typed.isKindRefused) {
    const message = `Column ${quoted(name)} cannot be read as ${plan.kind}; it was read as ${typed.kind}.`;
    const hint =
      plan.kind === 'DATETIME'
        ? 'Its values are not dates that can be read, or csv.dateOrder has to be set.'
        : 'Its values do not allow it.';
    issues.push(issue('COLUMN_KIND_NOT_POSSIBLE', message, { column: name, hint }));
  }
  if (unparsable.count > 0) {
    const example = unparsable.example === null ? '' : `, such as ${quoted(unparsable.example)},`;
    const verb = unparsable.count === 1 ? 'is' : 'are';
    const message = `${counted(unparsable.count, 'value')} of column ${quoted(name)}${example} ${verb} not readable as ${typed.kind} and taken as missing: ${atLines(unparsable)}.`;
    const hint =
      plan.kind === null
        ? 'Correct them, name those that stand for "no value" in csv.missingTokens, or ask for CATEGORICAL in csv.columnKinds.'
        : 'Correct them, or leave the kind of the column to be found.';
    issues.push(issue('COLUMN_VALUES_UNPARSABLE', message, { column: name, lines: unparsable.lines, hint }));
  }
  if (nonFinite !== null && nonFinite.count > 0) {
    const message = `${counted(nonFinite.count, 'number')} of column ${quoted(name)} ${nonFinite.count === 1 ? 'is' : 'are'} infinite or too large and taken as missing: ${atLines(nonFinite)}.`;
    issues.push(issue('COLUMN_NON_FINITE', message, { column: name, lines: nonFinite.lines }));
  }
  return issues;
}

function issueOfKind(typed: TypedColumn, profile: ColumnProfile, rowCount: number): DatasetIssue | null {
  const { name, distinct } = profile;
  const column = `Column ${quoted(name)}`;
  if (typed.areDatesAmbiguous) {
    const message = `${column} holds dates such as ${quoted(profile.topValues[0]?.value ?? '')} that fit day first and month first alike; they stay labels.`;
    return issue('COLUMN_DATE_AMBIGUOUS', message, { column: name, hint: 'Set csv.dateOrder to DMY or MDY.' });
  }
  const present = rowCount - profile.missing;
  const unread = unreadNumbers(typed, present);
  if (unread !== null) return unread;
  const dated = dateIssue(typed, profile);
  if (dated !== null) return dated;
  switch (profile.kind) {
    case 'CONSTANT': {
      // A single row says nothing of how a column varies.
      if (rowCount === 1) return null;
      const value = quoted(profile.topValues[0]?.value ?? '');
      const message = `${column} has the value ${value} in all ${profile.missing > 0 ? 'rows that have one' : 'rows'}.`;
      const hint =
        profile.missing > 0
          ? 'It only tells a model which rows have it: leave it out, or fill the empty cells with what they stand for, such as no.'
          : 'A model learns nothing from it; leave it out.';
      return issue('COLUMN_CONSTANT', message, { column: name, hint });
    }
    case 'IDENTIFIER': {
      const message = `${column} looks like an identifier: ${counted(distinct, 'distinct value')} in ${counted(present, 'row')}.`;
      return issue('COLUMN_IDENTIFIER', message, {
        column: name,
        hint: 'It is not used as a feature unless you name it.',
      });
    }
    case 'TEXT':
      return issue('COLUMN_TEXT', `${column} holds free text.`, {
        column: name,
        hint: 'It is not used as a feature unless you name it.',
      });
    case 'CATEGORICAL':
      return labelIssue(profile, present);
    default:
      return null;
  }
}

/** Labels that a person may take for numbers, and that were not read as such, whatever kind they are. */
function unreadNumbers({ name, content, numberDetection, isKindRefused }: TypedColumn, present: number) {
  if (content?.storage !== 'label' || numberDetection === null || isKindRefused) return null;
  if (numberDetection.outcome === 'NONE' || numberDetection.outcome === 'READ') return null;
  const { example } = numberDetection;
  const text = quoted(example.text);
  const details = { column: name, lines: example.lines };
  switch (numberDetection.outcome) {
    case 'LEADING_ZEROS': {
      const message = `Column ${quoted(name)} has numbers with leading zeros, such as ${text}: they are read as labels, like postal codes.`;
      const hint = 'If they are quantities, ask for NUMERIC in csv.columnKinds.';
      return issue('COLUMN_LEADING_ZEROS', message, { ...details, hint });
    }
    case 'EXPONENT_CODES': {
      const message = `Column ${quoted(name)} has digits with an E in between, such as ${text}: they are read as labels, like product codes.`;
      const hint = 'If they are numbers with an exponent, ask for NUMERIC in csv.columnKinds.';
      return issue('COLUMN_EXPONENT_CODES', message, { ...details, hint });
    }
    case 'VERSIONS': {
      const message = `Column ${quoted(name)} has version numbers such as ${text}, which would change if they were read as numbers: they are read as labels.`;
      const hint = 'If they are quantities, ask for NUMERIC in csv.columnKinds.';
      return issue('COLUMN_LOOKS_NUMERIC', message, { ...details, hint });
    }
    case 'OTHER_FORM': {
      const message = `Column ${quoted(name)} holds numbers in a form that cannot be read, such as ${text}; they are read as labels.`;
      return issue('COLUMN_LOOKS_NUMERIC', message, { ...details, hint: 'Write them as plain numbers in one unit.' });
    }
    case 'UNSURE': {
      const message = `Column ${quoted(name)} holds numbers with other marks in them, such as ${text}; they are read as labels.`;
      const hint =
        'Write all of them in one way, set csv.thousands and csv.decimal, or ask for NUMERIC in csv.columnKinds: what is no number then becomes missing.';
      return issue('COLUMN_LOOKS_NUMERIC', message, { ...details, hint });
    }
    case 'MIXED': {
      const message = `${percentText(numberDetection.rows / present)} of column ${quoted(name)} are numbers, but others are not, such as ${text}; all are read as labels.`;
      const hint =
        'If those stand for "no value", name them in csv.missingTokens; or ask for NUMERIC in csv.columnKinds.';
      return issue('COLUMN_MIXED_TYPES', message, { ...details, hint });
    }
  }
}

function labelIssue({ name, distinct }: ColumnProfile, present: number): DatasetIssue | null {
  if (distinct > MANY_LABELS || (distinct > SOME_LABELS && distinct * 2 > present)) {
    const message = `Column ${quoted(name)} has ${counted(distinct, 'different label')} in ${counted(present, 'row')}.`;
    const hint = 'Rare labels teach a model little; consider grouping them.';
    return issue('COLUMN_HIGH_CARDINALITY', message, { column: name, hint });
  }
  return null;
}
