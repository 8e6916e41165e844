import { MAX_MEANS } from '../../runtime/model.ts';
import type { Column } from '../../tabular/types/column.ts';

/**
 * Texts of fewer training rows are not categories of their own: what is learned from one or two rows is chance. Pooled
 * together, they represent unseen texts.
 */
const MIN_CATEGORY_ROWS = 3;

/**
 * The texts of a label column that the model distinguishes: the most frequent of the training rows, at most MAX_MEANS;
 * equally frequent ones in text order. Cost: one pass over the rows, one sort of the distinct labels.
 */
export function fitCategories(column: Column & { readonly storage: 'label' }, rows: Int32Array): readonly string[] {
  const counts = new Uint32Array(column.labels.length);
  for (let i = 0; i < rows.length; i++) {
    const code = column.codes[rows[i]!]!;
    if (code >= 0) counts[code]!++;
  }
  return frequentLabels(column.labels, counts);
}

/** Of labels and how many training rows each has those that fitCategories keeps. */
export function frequentLabels(labels: readonly string[], counts: Uint32Array): readonly string[] {
  const kept: number[] = [];
  for (let code = 0; code < counts.length; code++) if (counts[code]! >= MIN_CATEGORY_ROWS) kept.push(code);
  const label = (code: number): string => labels[code]!;
  kept.sort((a, b) => counts[b]! - counts[a]! || (label(a) < label(b) ? -1 : 1));
  return kept.slice(0, MAX_MEANS).map(label);
}
