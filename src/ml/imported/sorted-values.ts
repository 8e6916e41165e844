import type { Column } from '../../tabular/types/column.ts';

/** The distinct values of a column that occur, as texts: numbers in numeric order, texts in the order of their UTF-16 code units. */
export function sortedValues(column: Column): string[] {
  if (column.storage === 'number') {
    const distinct = new Set(column.values.filter((value) => Number.isFinite(value)));
    return [...distinct].sort((a, b) => a - b).map(String);
  }
  const { codes, labels } = column;
  const occurs = new Uint8Array(labels.length);
  for (const code of codes) if (code >= 0) occurs[code] = 1;
  return labels.filter((_, code) => occurs[code] === 1).sort((a, b) => (a < b ? -1 : 1));
}
