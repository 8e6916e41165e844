import type { ModelFeature } from '../model.ts';
import type { ColumnProfile } from '../training-profile.ts';
import {
  at,
  checkAscending,
  choiceOf,
  fail,
  type JsonValue,
  listOf,
  numberOf,
  textOf,
  wholeNumberOf,
} from './json-fields.ts';

/** Reads and checks the profile of the training rows. Throws ModelFormatError. */
export function parseProfile(json: JsonValue, features: readonly ModelFeature[]): readonly ColumnProfile[] {
  const byName = [...new Map(features.map((feature) => [feature.name, feature])).values()];
  return listOf(json, (column, i) => parseColumn(column, byName[i]!), byName.length);
}

function parseColumn(column: JsonValue, feature: ModelFeature): ColumnProfile {
  const { name } = feature;
  const named = at(column, 'name');
  if (textOf(named) !== name) fail(named, 'the column of the feature');
  const rows = countOf(at(column, 'rows'));
  const missing = wholeNumberOf(at(column, 'missing'), 0, rows);
  const kind = at(column, 'kind');
  // In the order in which they are written, so that a model that was read is written as it was.
  if (feature.kind === 'CATEGORY') {
    const counts = countsOf(column, feature.categories.length + 1);
    return { name, kind: choiceOf(kind, ['CATEGORICAL', 'BOOLEAN']), rows, missing, counts };
  }
  return { name, kind: choiceOf(kind, ['NUMERIC', 'DATETIME', 'TEXT']), rows, missing, ...numberParts(column) };
}

function numberParts(column: JsonValue) {
  const json = at(column, 'bounds');
  const bounds = listOf(json, (bound) => numberOf(bound));
  checkAscending(bounds, json);
  const counts = countsOf(column, bounds.length + 1);
  const hasMissing = at(column, 'hasMissing').value === true;
  const range = at(column, 'range');
  if (range.value === null) return { hasMissing, range: null, bounds, counts };
  const limitOf = (name: string) => numberOf(at(range, name));
  const limits = { min: limitOf('min'), median: limitOf('median'), max: limitOf('max') };
  return { hasMissing, range: limits, bounds, counts };
}

function countOf(json: JsonValue): number {
  return wholeNumberOf(json, 0, Number.MAX_SAFE_INTEGER);
}

function countsOf(column: JsonValue, length: number): readonly number[] {
  return listOf(at(column, 'counts'), countOf, length);
}
