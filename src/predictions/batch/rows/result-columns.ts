import { type Model, outputCount } from '../../../runtime/model.ts';
import { HARMLESS_MARK, isFormulaCell } from '../../../tabular/records/formula-cell.ts';
import type { CsvDialect } from '../../../tabular/sniffer/dialect.ts';

/** The probabilities of so many labels get a column each; of more only that of the predicted one is written. */
const MAX_PROBABILITY_COLUMNS = 20;

/** Whether each label has a column of probabilities. */
export function hasProbabilityColumns(model: Model): boolean {
  return model.labels !== null && outputCount(model) <= MAX_PROBABILITY_COLUMNS;
}

/** The names of the columns that a batch adds, none of which the file has. */
export function resultColumnNames(model: Model, contributions: number, taken: readonly string[]): readonly string[] {
  const names = [`predicted_${model.target}`];
  if (model.interval !== undefined) names.push(`predicted_${model.target}_low`, `predicted_${model.target}_high`);
  if (hasProbabilityColumns(model)) for (const label of model.labels ?? []) names.push(`probability_${label}`);
  else if (model.labels !== null) names.push('probability');
  for (let rank = 1; rank <= contributions; rank++) {
    names.push(`contribution_${rank}_column`, `contribution_${rank}`);
  }
  const used = new Set(taken);
  return names.map((name) => {
    let unique = name;
    for (let suffix = 2; used.has(unique); suffix++) unique = `${name}_${suffix}`;
    used.add(unique);
    return unique;
  });
}

/** Writes texts as cells of a file of this dialect; those that spreadsheets would run as formulas begin with an apostrophe. */
export function cellWriter({ delimiter, quote }: Pick<CsvDialect, 'delimiter' | 'quote'>): (text: string) => Buffer {
  const mark = quote ?? '"';
  return (text) => {
    const bytes = Buffer.from(text);
    const harmless = isFormulaCell(bytes, 0, bytes.length) ? String.fromCharCode(HARMLESS_MARK) + text : text;
    const needsQuotes =
      [delimiter, mark, '\n', '\r'].some((each) => harmless.includes(each)) || harmless !== harmless.trim();
    return Buffer.from(needsQuotes ? mark + harmless.replaceAll(mark, mark + mark) + mark : harmless);
  };
}
