import { failAtLine, type ModelText } from './model-text.ts';

/**
 * The texts of the codes by feature, of models that were trained with data frames: the file ends with a list for each column of
 * categories. Which columns those are the parameter `categorical_feature` says, or the features that have codes, if they are as many.
 */
export function readPandasCategories(
  { pandasCategories, parameters }: ModelText,
  areCategories: readonly boolean[],
): ReadonlyMap<number, readonly string[]> {
  const categories = new Map<number, readonly string[]>();
  if (pandasCategories === null) return categories;
  const { text, line } = pandasCategories;
  const lists = listsOf(text, line);
  if (lists.length === 0) return categories;
  const named = (parameters.get('categorical_feature') ?? '')
    .split(',')
    .filter((index) => /^\d{1,9}$/.test(index))
    .map(Number)
    .filter((index) => index < areCategories.length)
    .sort((a, b) => a - b);
  const withCodes = areCategories.flatMap((isCategory, f) => (isCategory ? [f] : []));
  const features = [named, withCodes].find(({ length }) => length === lists.length);
  if (features === undefined) failAtLine(line, 'pandas_categorical must have a list for each feature of categories');
  for (const [i, list] of lists.entries()) {
    const texts = list.map((category) => textOf(category, line));
    if (new Set(texts).size < texts.length) failAtLine(line, 'pandas_categorical must have different categories');
    categories.set(features[i]!, texts);
  }
  return categories;
}

function listsOf(text: string, line: number): readonly (readonly unknown[])[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    failAtLine(line, 'pandas_categorical must be JSON');
  }
  if (value === null) return [];
  return Array.isArray(value) && value.every((list) => Array.isArray(list))
    ? value
    : failAtLine(line, 'pandas_categorical must be null or a list of lists');
}

function textOf(category: unknown, line: number): string {
  if (typeof category === 'string') return category;
  if (typeof category === 'number' || typeof category === 'boolean') return String(category);
  return failAtLine(line, 'categories must be texts, numbers, true or false');
}
