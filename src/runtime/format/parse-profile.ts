import type { ModelFeature } from '../model.ts';
import type { ColumnProfile } from '../training-profile.ts';
import {
  checkAscending,
  choiceAt,
  fail,
  type JsonObject,
  listAt,
  listOfLengthAt,
  numberAt,
  numberFieldAt,
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
  const { name } = feature;
  if (feature.kind === 'CATEGORY') {
    const kind = choiceAt(column['kind'], ['CATEGORICAL', 'BOOLEAN'], `${path}.kind`);
    return { name, kind, rows, missing, counts: parseCounts(column, feature.categories.length + 1, path) };
  }
  const kind = choiceAt(column['kind'], ['NUMERIC', 'DATETIME'], `${path}.kind`);
  return { name, kind, rows, missing, ...numberParts(column, path) };
}

function numberParts(column: JsonObject, path: string) {
  const bounds = listAt(column['bounds'], `${path}.bounds`).map((bound, i) => numberAt(bound, `${path}.bounds[${i}]`));
  checkAscending(bounds, `${path}.bounds`);
  const counts = parseCounts(column, bounds.length + 1, path);
  const hasMissing = column['hasMissing'] === true;
  const range = column['range'];
  if (range === null) return { hasMissing, range, bounds, counts };
  const at = `${path}.range`;
  const limits = objectAt(range, at);
  const numberOf = (name: string) => numberFieldAt(limits, name, at);
  const values = { min: numberOf('min'), median: numberOf('median'), max: numberOf('max') };
  return { hasMissing, range: values, bounds, counts };
}

function parseCounts(column: JsonObject, length: number, path: string): readonly number[] {
  return listOfLengthAt(column['counts'], length, `${path}.counts`).map((count, i) =>
    wholeNumberAt(count, 0, Number.MAX_SAFE_INTEGER, `${path}.counts[${i}]`),
  );
}
