import { type NumberFormat, parseNumber } from '../runtime/cells.ts';
import type { CsvLimits } from './csv-options.ts';
import { percent } from './file-issues.ts';
import type { FinishedColumn } from './finish-column.ts';
import { atLines, counted, type DatasetIssue, issue, quoted } from './issues.ts';
import type { ColumnProfile } from './profile.ts';
import type { ColumnPlan } from './reading-plan.ts';
import type { Sentinel } from './sentinel.ts';

/** More labels than this are many for any model, whatever the number of rows. */
const MANY_LABELS = 100;
/** From here on, labels are many where there is one for every other row. */
const SOME_LABELS = 20;

/** What the owner of a dataset should know of one column. */
export function columnIssues(
  finished: FinishedColumn,
  profile: ColumnProfile,
  plan: ColumnPlan,
  rowCount: number,
  limits: CsvLimits,
  sentinel: Sentinel | null,
): DatasetIssue[] {
  const { name } = profile;
  // Without rows there is nothing to say of columns.
  if (rowCount === 0) return [];
  const issues = readingIssues(finished, plan, name);
  if (profile.distinct === 0) {
    issues.push(
      issue('COLUMN_EMPTY', `Column ${quoted(name)} has no value in any row.`, { column: name, hint: 'Leave it out.' }),
    );
    return issues;
  }
  const missingRatio = profile.missing / rowCount;
  if (missingRatio > limits.maxEmptyRatio) {
    const message = `${percent(missingRatio)} of column ${quoted(name)} are missing.`;
    issues.push(
      issue('COLUMN_MOSTLY_MISSING', message, {
        column: name,
        hint: 'It is not used as a feature unless you name it.',
      }),
    );
  }
  const isNumber = finished.content?.storage !== 'label' && finished.kind !== 'DATETIME';
  if (plan.hasLeadingZeros && isNumber && plan.kind === null) {
    const message = `Column ${quoted(name)} has values with leading zeros, such as 01234, which were dropped: it was read as numbers.`;
    const hint = 'If these are codes, such as postal codes, ask for CATEGORICAL in csv.columnKinds.';
    issues.push(issue('COLUMN_LEADING_ZEROS', message, { column: name, hint }));
  }
  if (sentinel !== null) issues.push(sentinelIssue(sentinel, name));
  const kindIssue = issueOfKind(finished, profile, plan.format, rowCount);
  if (kindIssue !== null) issues.push(kindIssue);
  return issues;
}

function sentinelIssue({ value, count }: Sentinel, name: string): DatasetIssue {
  const message = `Column ${quoted(name)} has ${value} in ${counted(count, 'row')}, far from all its other values.`;
  const hint = `If it stands for "no value", add "${value}" to csv.missingTokens.`;
  return issue('COLUMN_SENTINEL', message, { column: name, hint });
}

function readingIssues(finished: FinishedColumn, plan: ColumnPlan, name: string): DatasetIssue[] {
  const issues: DatasetIssue[] = [];
  const { unparsable, nonFinite } = finished;
  if (finished.isKindRefused) {
    const message = `Column ${quoted(name)} cannot be read as ${plan.kind}; it was read as ${finished.kind}.`;
    const hint =
      plan.kind === 'DATETIME'
        ? 'Its values are no dates that can be read, or need csv.dateOrder.'
        : 'Its values do not allow it.';
    issues.push(issue('COLUMN_KIND_NOT_POSSIBLE', message, { column: name, hint }));
  }
  if (unparsable.count > 0) {
    const message = `${counted(unparsable.count, 'value')} of column ${quoted(name)} ${unparsable.count === 1 ? 'is' : 'are'} not readable as ${plan.kind} and taken as missing.`;
    const hint = 'Correct them, or leave the kind of the column to be found.';
    issues.push(issue('COLUMN_VALUES_UNPARSABLE', message, { column: name, lines: unparsable.lines, hint }));
  }
  if (nonFinite !== null && nonFinite.count > 0) {
    const message = `${counted(nonFinite.count, 'number')} of column ${quoted(name)} ${nonFinite.count === 1 ? 'is' : 'are'} infinite or too large and taken as missing: ${atLines(nonFinite)}.`;
    issues.push(issue('COLUMN_NON_FINITE', message, { column: name, lines: nonFinite.lines }));
  }
  return issues;
}

function issueOfKind(
  finished: FinishedColumn,
  profile: ColumnProfile,
  format: NumberFormat,
  rowCount: number,
): DatasetIssue | null {
  const { name, distinct } = profile;
  const column = `Column ${quoted(name)}`;
  if (finished.areDatesAmbiguous) {
    const message = `${column} holds dates such as ${quoted(profile.topValues[0]?.value ?? '')} that fit day first and month first alike; they stay labels.`;
    return issue('COLUMN_DATE_AMBIGUOUS', message, { column: name, hint: 'Set csv.dateOrder to DMY or MDY.' });
  }
  const present = rowCount - profile.missing;
  switch (profile.kind) {
    case 'CONSTANT': {
      const value = quoted(profile.topValues[0]?.value ?? '');
      const message = `${column} has the value ${value} in all ${profile.missing > 0 ? 'rows that have one' : 'rows'}.`;
      return issue('COLUMN_CONSTANT', message, { column: name, hint: 'It tells a model nothing; leave it out.' });
    }
    case 'IDENTIFIER': {
      const message = `${column} tells the rows apart: ${counted(distinct, 'distinct value')} in ${counted(present, 'row')}.`;
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
      return labelIssue(finished, profile, format, present);
    default:
      return null;
  }
}

/** Labels that look at are checked for being written-out numbers: enough to judge by. */
const LABELS_LOOKED_AT = 1000;
/** Money, percent, thousands: a number with something around or within it. */
const CURRENCY = String.raw`(?:\p{Sc}|[A-Z]{3}|R\$|kr\.?|zł|Kč|руб\.?)`;
const DRESSED_NUMBER = new RegExp(
  String.raw`^\(?[+-]?${CURRENCY}?\s?[+-]?\d+(?:[\s,.'’_]\d{3})*(?:[.,]\d+)?\s?(?:[%‰]|${CURRENCY})?\)?$`,
  'u',
);

function labelIssue(
  finished: FinishedColumn,
  profile: ColumnProfile,
  format: NumberFormat,
  present: number,
): DatasetIssue | null {
  const { name, distinct } = profile;
  const { content } = finished;
  if (content?.storage !== 'label') return null;
  const { labels, counts, firstLines } = content;
  const isNumber = labels.map((label) => label.length <= 400 && !Number.isNaN(parseNumber(label, format)));
  const numbers = counts.reduce((sum, count, code) => sum + (isNumber[code] === true ? count : 0), 0);
  const looked = labels.flatMap((label, code) => (isNumber[code] === true ? [] : [label])).slice(0, LABELS_LOOKED_AT);
  const dressed = looked.filter((label) => label.length <= 40 && DRESSED_NUMBER.test(label)).length;
  if (looked.length > 0 && dressed >= looked.length * 0.95) {
    const at = labels.indexOf(looked[0] ?? '');
    const message = `Column ${quoted(name)} holds numbers with other marks in them, such as ${quoted(looked[0] ?? '')}; they are read as labels.`;
    const hint = 'Set csv.thousands and csv.decimal, or remove units and currency signs.';
    return issue('COLUMN_LOOKS_NUMERIC', message, { column: name, lines: firstLines.slice(at, at + 1), hint });
  }
  if (numbers * 2 >= present && numbers < present) {
    const at = isNumber.findIndex((is) => !is);
    const lines = firstLines.filter((_, code) => isNumber[code] === false).slice(0, 10);
    const message = `${percent(numbers / present)} of column ${quoted(name)} are numbers, but others are not, such as ${quoted(labels[at] ?? '')}; all are read as labels.`;
    const hint =
      'If those stand for "no value", name them in csv.missingTokens; or ask for NUMERIC in csv.columnKinds.';
    return issue('COLUMN_MIXED_TYPES', message, { column: name, lines, hint });
  }
  if (distinct > MANY_LABELS || (distinct > SOME_LABELS && distinct * 2 > present)) {
    const message = `Column ${quoted(name)} has ${counted(distinct, 'different label')} in ${counted(present, 'row')}.`;
    const hint = 'Rare labels teach a model little; consider grouping them.';
    return issue('COLUMN_HIGH_CARDINALITY', message, { column: name, hint });
  }
  return null;
}
