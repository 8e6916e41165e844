import type { ModelFeature, TextFeature } from '../model.ts';
import type { CategoryProfile, ColumnProfile, NumberProfile } from '../training-profile.ts';
import {
  choiceAt,
  fail,
  type JsonObject,
  listAt,
  listOfLengthAt,
  numberAt,
  objectAt,
  textAt,
  wholeNumberAt,
} from './json-fields.ts';

/** Reads and checks the profile of the training rows, where the file has one. Throws ModelFormatError. */
export function parseProfile(
  value: unknown,
  features: readonly ModelFeature[],
): { readonly profile?: readonly ColumnProfile[] } {
  if (value === undefined) return {};
  const byName = new Map(features.map((feature) => [feature.name, feature]));
  const columns = listOfLengthAt(value, byName.size, 'profile');
  return { profile: [...byName.values()].map((feature, i) => parseColumn(columns[i], feature, `profile[${i}]`)) };
}

function parseColumn(value: unknown, feature: ModelFeature, path: string): ColumnProfile {
  const column = objectAt(value, path);
  if (textAt(column['name'], `${path}.name`) !== feature.name) fail(`${path}.name`, 'the column of the feature');
  const rows = wholeNumberAt(column['rows'], 0, Number.MAX_SAFE_INTEGER, `${path}.rows`);
  const missing = wholeNumberAt(column['missing'], 0, rows, `${path}.missing`);
  // In the order in which they are written, so that a model that was read is written as it was.
  return feature.kind === 'CATEGORY'
    ? { name: feature.name, kind: categoryKindAt(column, path), rows, missing, ...categoryParts(column, feature, path) }
    : { name: feature.name, kind: numberKindAt(column, path), rows, missing, ...numberParts(column, path) };
}

function categoryKindAt(column: JsonObject, path: string): CategoryProfile['kind'] {
  return choiceAt(column['kind'], ['CATEGORICAL', 'BOOLEAN'], `${path}.kind`);
}

function numberKindAt(column: JsonObject, path: string): NumberProfile['kind'] {
  return choiceAt(column['kind'], ['NUMERIC', 'DATETIME'], `${path}.kind`);
}

function categoryParts(column: JsonObject, { categories }: TextFeature, path: string) {
  return { counts: parseCounts(column, categories.length + 1, path) };
}

function numberParts(column: JsonObject, path: string) {
  const bounds = listAt(column['bounds'], `${path}.bounds`).map((bound, i) => numberAt(bound, `${path}.bounds[${i}]`));
  if (bounds.some((bound, i) => i > 0 && bound <= bounds[i - 1]!)) fail(`${path}.bounds`, 'ascending');
  const counts = parseCounts(column, bounds.length + 1, path);
  const hasMissing = column['hasMissing'] === true;
  const range = column['range'];
  if (range === null) return { hasMissing, range, bounds, counts };
  const { min, median, max } = objectAt(range, `${path}.range`);
  return {
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
  return listOfLengthAt(column['counts'], length, `${path}.counts`).map((count, i) =>
    wholeNumberAt(count, 0, Number.MAX_SAFE_INTEGER, `${path}.counts[${i}]`),
  );
}
