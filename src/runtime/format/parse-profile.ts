import type { ModelFeature } from '../model.ts';
import type { CategoryProfile, ColumnProfile, NumberProfile } from '../training-profile.ts';
import { choiceAt, fail, type JsonObject, listAt, numberAt, objectAt, textAt, wholeNumberAt } from './json-fields.ts';

/** Reads and checks the profile of the training rows, where the file has one. Throws ModelFormatError. */
export function parseProfile(
  value: unknown,
  features: readonly ModelFeature[],
): { readonly profile?: readonly ColumnProfile[] } {
  if (value === undefined) return {};
  const byName = new Map(features.map((feature) => [feature.name, feature]));
  const columns = listAt(value, 'profile');
  if (columns.length !== byName.size) fail('profile', `${byName.size} columns, one for each that the model reads`);
  return { profile: [...byName.values()].map((feature, i) => parseColumn(columns[i], feature, `profile[${i}]`)) };
}

function parseColumn(value: unknown, feature: ModelFeature, path: string): ColumnProfile {
  const column = objectAt(value, path);
  if (textAt(column['name'], `${path}.name`) !== feature.name) fail(`${path}.name`, 'the column of the feature');
  const rows = wholeNumberAt(column['rows'], 0, Number.MAX_SAFE_INTEGER, `${path}.rows`);
  const missing = wholeNumberAt(column['missing'], 0, rows, `${path}.missing`);
  const counted = { name: feature.name, rows, missing };
  return feature.kind === 'CATEGORY'
    ? { ...counted, ...parseCategories(column, feature.categories.length + 1, path) }
    : { ...counted, ...parseNumbers(column, path) };
}

function parseCategories(column: JsonObject, count: number, path: string): Pick<CategoryProfile, 'kind' | 'counts'> {
  const kind = choiceAt(column['kind'], ['CATEGORICAL', 'BOOLEAN'], `${path}.kind`);
  return { kind, counts: parseCounts(column, count, path) };
}

function parseNumbers(column: JsonObject, path: string): Omit<NumberProfile, 'name' | 'rows' | 'missing'> {
  const kind = choiceAt(column['kind'], ['NUMERIC', 'DATETIME'], `${path}.kind`);
  const bounds = listAt(column['bounds'], `${path}.bounds`).map((bound, i) => numberAt(bound, `${path}.bounds[${i}]`));
  if (bounds.some((bound, i) => i > 0 && bound <= bounds[i - 1]!)) fail(`${path}.bounds`, 'ascending');
  const counts = parseCounts(column, bounds.length + 1, path);
  const hasMissing = column['hasMissing'] === true;
  const range = column['range'];
  if (range === null) return { kind, hasMissing, range, bounds, counts };
  const { min, median, max } = objectAt(range, `${path}.range`);
  return {
    kind,
    hasMissing,
    range: {
      min: numberAt(min, `${path}.range.min`),
      median: numberAt(median, `${path}.range.median`),
      max: numberAt(max, `${path}.range.max`),
    },
    bounds,
    counts,
  };
}

function parseCounts(column: JsonObject, length: number, path: string): readonly number[] {
  const counts = listAt(column['counts'], `${path}.counts`);
  if (counts.length !== length) fail(`${path}.counts`, `${length} elements long, not ${counts.length}`);
  return counts.map((count, i) => wholeNumberAt(count, 0, Number.MAX_SAFE_INTEGER, `${path}.counts[${i}]`));
}
