import {
  elementsAt,
  failAt,
  fieldOf,
  type Located,
  numbersAt,
  optionalCount,
  wholeNumbersAt,
} from '../foreign-values.ts';

/**
 * The texts of each feature's codes, where the file has them: XGBoost keeps those of data frames since version 3.1. `enc` has an
 * entry for each feature: bytes of UTF-8 and the offsets at which the texts begin and end, or numbers; it is empty for a feature
 * without categories.
 */
export function readCategories(container: Located, featureCount: number): readonly (readonly string[] | null)[] {
  if (container.value === undefined || container.value === null) return [];
  const columns = elementsAt(fieldOf(container, 'enc'));
  if (columns.length === 0) return [];
  if (columns.length !== featureCount) failAt(fieldOf(container, 'enc'), `empty, or ${featureCount} columns`);
  return columns.map((column) => {
    const texts = textsOf(column);
    if (new Set(texts).size < texts.length) failAt(column, 'different categories');
    return texts.length === 0 ? null : texts;
  });
}

function textsOf(column: Located): readonly string[] {
  const values = fieldOf(column, 'values');
  const offsetField = fieldOf(column, 'offsets');
  if (offsetField.value === undefined) {
    // The type of the numbers, which does not matter.
    optionalCount(fieldOf(column, 'type'), 0);
    return Array.from(numbersAt(values), String);
  }
  const bytes = Uint8Array.from(numbersAt(values));
  const offsets = wholeNumbersAt(offsetField, bytes.length);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const texts: string[] = [];
  for (let i = 0; i + 1 < offsets.length; i++) {
    if (offsets[i + 1]! < offsets[i]!) failAt(offsetField, 'ascending');
    try {
      texts.push(decoder.decode(bytes.subarray(offsets[i], offsets[i + 1])));
    } catch {
      failAt(values, 'texts in UTF-8');
    }
  }
  return texts;
}
