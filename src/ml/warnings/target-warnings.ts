import { cutValue } from '../../runtime/values/cut-value.ts';
import { percentText } from '../../runtime/values/percent-text.ts';
import type { Target } from '../preprocessing/target.ts';
import type { RowSplit } from '../split/split.ts';

/** A model that always answers the most frequent class is then right so often that accuracy says little. */
const IMBALANCED_FRACTION = 0.9;
/** With fewer rows there is hardly anything to learn of a class. */
const ROWS_OF_A_CLASS = 5;
/** Maximum number of named rare classes. */
const CLASSES_NAMED = 10;

/** Warnings about the target's classes: nearly all rows have the same one, or some have hardly any rows. */
export function targetWarnings(name: string, target: Target, { train, test }: RowSplit): string[] {
  if (target.task === 'REGRESSION') return [];
  const counts = new Float64Array(target.labels.length);
  for (const rows of [train, test]) for (const row of rows) counts[target.codes[row]!]!++;
  const rows = train.length + test.length;
  const warnings: string[] = [];
  const majority = counts.indexOf(counts.reduce((larger, count) => Math.max(larger, count), 0));
  const share = counts[majority]! / rows;
  if (share >= IMBALANCED_FRACTION) {
    warnings.push(
      `${percentText(share)} of the rows have ${cutValue(target.labels[majority]!)} in ${name}: accuracy says little then, so judge ` +
        'by log-loss, average precision or ROC AUC',
    );
  }
  const rare = target.labels.filter((_, k) => counts[k]! < ROWS_OF_A_CLASS);
  if (rare.length > 0) {
    const more = rare.length > CLASSES_NAMED ? ` and ${rare.length - CLASSES_NAMED} more` : '';
    warnings.push(
      `fewer than ${ROWS_OF_A_CLASS} rows have the label ${rare.slice(0, CLASSES_NAMED).map(cutValue).join(', ')}${more} in ${name}: ` +
        'merge such labels with others, correct their spelling, or leave those rows out',
    );
  }
  return warnings;
}
