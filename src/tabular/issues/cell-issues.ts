import type { NumberFormat } from '../../runtime/values/cells.ts';
import { MISSING_TOKENS } from '../../runtime/values/missing-tokens.ts';
import type { ColumnPlan } from '../reader/read-plan.ts';
import type { SampleRecord } from '../sniffer/record-sample.ts';
import type { TypedColumn } from '../types/infer-column-kind.ts';
import { type KeptLabels, type MissingText, similarLabels } from '../types/read-labels.ts';
import { atLines, counted, type DatasetIssue, issue, quoted } from './issues.ts';

/** Groups of labels that an issue lists. */
const GROUPS_NAMED = 5;
/** With more labels than this, rows with sums do not matter. */
const MAX_SUMMED = 1000;

/** Issues about how the values of a column are written. */
export function cellIssues(typed: TypedColumn): DatasetIssue[] {
  const { name, kind, content, numberFormat, hasShortYears, excelTexts, missingTexts } = typed;
  const issues: DatasetIssue[] = [];
  const column = `Column ${quoted(name)}`;
  if (kind === 'NUMERIC' && numberFormat !== null) issues.push(...formatIssues(name, numberFormat));
  if (hasShortYears) {
    const message = `${column} has years of two digits; 69 to 99 are taken as 1969 to 1999, 00 to 68 as 2000 to 2068.`;
    issues.push(issue('COLUMN_DATE_CENTURY', message, { column: name, hint: 'Write years with four digits.' }));
  }
  if (excelTexts.count > 0) {
    const message = `${column} has ${counted(excelTexts.count, 'cell')} such as ="00041", which are read as the text within.`;
    issues.push(issue('COLUMN_EXCEL_TEXT', message, { column: name, lines: excelTexts.lines }));
  }
  const sums = kind === 'CATEGORICAL' && content?.storage === 'label' ? summaryLabels(name, content) : null;
  if (sums !== null) issues.push(sums);
  if (missingTexts.unusual.length > 0) issues.push(unusualMissing(name, missingTexts.unusual));
  if (content?.storage === 'label' && (kind === 'CATEGORICAL' || kind === 'BOOLEAN')) {
    const groups = kind === 'CATEGORICAL' ? similarLabels(content.labels) : [];
    if (groups.length > 0) {
      const listed = groups.slice(0, GROUPS_NAMED).map((group) => group.map(quoted).join(' / '));
      const more = groups.length > GROUPS_NAMED ? ` and ${groups.length - GROUPS_NAMED} more` : '';
      const message = `${column} has labels that may mean the same: ${listed.join('; ')}${more}. Each is a label of its own.`;
      const hint = 'If they are the same, write them in one way.';
      issues.push(issue('COLUMN_LABELS_ALIKE', message, { column: name, hint }));
    }
  }
  return issues;
}

/** Labels of rows that sum up others, and labels beside which such a word is one of several figures. */
const SUM =
  /^(?:(?:grand|sub|overall)[ -]?)?(?:totals?|gesamt|gesamtsumme|insgesamt|summe|totaal|totale|итого|всего|合計|总计|總計|합계)(?:$|[ :])/iu;
const OTHER_AGGREGATES = /^(?:mean|average|avg|median|min|max|minimum|maximum|count|std)$/i;
/** Beside fewer other labels, Total is one of a pair: total and partial. */
const MIN_SUMMED = 2;

/** Labels such as Total whose rows may be sums of others; null if there are none. */
function summaryLabels(name: string, { labels, counts, firstLines }: KeptLabels): DatasetIssue | null {
  if (labels.length > MAX_SUMMED) return null;
  const codes = labels.map((label, code) => (SUM.test(label) ? code : -1)).filter((code) => code >= 0);
  if (codes.length === 0 || labels.length - codes.length < MIN_SUMMED) return null;
  if (labels.some((label) => OTHER_AGGREGATES.test(label))) return null;
  const rows = codes.reduce((sum, code) => sum + counts[code]!, 0);
  const named = codes.slice(0, GROUPS_NAMED).map((code) => quoted(labels.at(code) ?? ''));
  const lines = codes.map((code) => firstLines[code]!);
  const message = `Column ${quoted(name)} has ${named.join(', ')} among its labels, in ${counted(rows, 'row')} that may be sums of others: ${atLines({ lines, count: rows })}.`;
  const hint = 'Remove rows that sum up others: a model takes each row for a case of its own.';
  return issue('COLUMN_SUMMARY_LABEL', message, { column: name, lines, hint });
}

function formatIssues(name: string, { prefix, suffix, parentheses, duration }: NumberFormat): DatasetIssue[] {
  const column = `Column ${quoted(name)}`;
  const issues: DatasetIssue[] = [];
  if (duration !== undefined) {
    const parts = duration === 'HOURS' ? 'hours and minutes' : 'minutes and seconds';
    const message = `${column} holds durations or times of day; they are read as seconds, two parts such as 05:40 as ${parts}.`;
    issues.push(issue('COLUMN_DURATION', message, { column: name }));
  }
  const around = [prefix, suffix].filter((mark) => mark !== undefined).map((mark) => quoted(mark));
  if (parentheses) around.push('parentheses, which make it negative,');
  if (around.length > 0) {
    const message = `${column} has ${around.join(' and ')} around its numbers; they are read without.`;
    const hint = suffix === '%' ? '12 % is 12, not 0.12.' : 'New rows may be written with or without.';
    issues.push(issue('COLUMN_NUMBERS_MARKED', message, { column: name, hint }));
  }
  return issues;
}

function unusualMissing(name: string, texts: readonly MissingText[]): DatasetIssue {
  const count = texts.reduce((sum, text) => sum + text.count, 0);
  const named = texts.slice(0, 5).map(({ text, count: times }) => `${quoted(text)} in ${counted(times, 'row')}`);
  const more = texts.length > 5 ? ` and ${texts.length - 5} more` : '';
  const message = `Column ${quoted(name)} has texts that were taken for "no value": ${named.join(', ')}${more}.`;
  const lines = texts.flatMap((text) => text.lines).sort((a, b) => a - b);
  const hint = `If they are values, set csv.keepDefaultMissingTokens to false and name those that are none in csv.missingTokens. ${count === 1 ? 'It' : 'They'} may come from a formula that failed.`;
  return issue('COLUMN_MISSING_TEXTS', message, { column: name, lines, hint });
}

/** From this share of the rows on, a text for "no value" among labels may be one of them. */
const FREQUENT = 0.01;
/** Once may be a slip. */
const MIN_ROWS = 2;

/**
 * Texts such as None and NA that were taken for "no value" in columns of labels, and are so frequent there that they may be
 * labels: a country of Namibia, a class of its own.
 *
 * @param usualElsewhere those that columns of numbers have too: there they are no labels, and so in all of the file
 */
export function missingLabelIssues(
  { name, content, missingTexts }: TypedColumn,
  usualElsewhere: ReadonlySet<string>,
  rowCount: number,
): DatasetIssue[] {
  if (content?.storage !== 'label') return [];
  const { labels } = content;
  const mayBeLabels = missingTexts.usual.filter(({ text, count }) => {
    const isWord = /[a-z]/i.test(text) || (text === '-' && labels.includes('+'));
    return isWord && !usualElsewhere.has(text) && count >= Math.max(MIN_ROWS, rowCount * FREQUENT);
  });
  return mayBeLabels.map(({ text, count, lines }) => {
    const message = `Column ${quoted(name)} has ${quoted(text)} in ${counted(count, 'row')} beside labels; it was taken for "no value".`;
    const hint = 'If it is a label, set csv.keepDefaultMissingTokens to false.';
    return issue('COLUMN_MISSING_LABEL', message, { column: name, lines, hint });
  });
}

/** The texts for "no value" that columns of numbers have. */
export function missingTextsOfNumbers(
  typed: readonly TypedColumn[],
  plans: readonly ColumnPlan[],
  records: readonly SampleRecord[],
): ReadonlySet<string> {
  const texts = typed.flatMap(({ kind, missingTexts }) => {
    return kind === 'NUMERIC' ? missingTexts.usual.map(({ text }) => text) : [];
  });
  for (const { cells } of records) {
    plans.forEach(({ storage }, column) => {
      const cell = cells[column] ?? '';
      if (storage === 'number' && MISSING_TOKENS.includes(cell)) texts.push(cell);
    });
  }
  return new Set(texts);
}
