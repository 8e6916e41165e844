import { isLinearCode, type Model } from '../../runtime/model.ts';
import { ModelExportError, textFeatureError } from './model-export-error.ts';

/**
 * Makes sure that a row of plain numbers, one for each feature, is all that the model reads. What a model learned of missing
 * values would be lost silently: neither library supports them. The nodes of a tree do not record whether it learned any,
 * so the caller names the columns that had missing values.
 *
 * @throws ModelExportError with CATEGORY_FEATURE, TEXT_FEATURE or MISSING_VALUES
 */
export function requireNumericFeatures(model: Model, columnsWithMissing: ReadonlySet<string>): void {
  const text = model.features.find(({ kind }) => kind === 'TEXT');
  if (text !== undefined) throw textFeatureError(text.name);
  const isLinear = model.estimator.kind === 'LINEAR';
  const coded = model.features.find((feature) => feature.kind === 'CATEGORY' || (isLinear && isLinearCode(feature)));
  if (coded !== undefined) {
    const what = coded.kind === 'CATEGORY' ? 'is a category' : 'is a date, of which the model reads one as a category';
    throw new ModelExportError(
      'CATEGORY_FEATURE',
      `the form holds numbers only, and ${coded.name} ${what}: train without it, or write it as a number`,
    );
  }
  const withMissing = model.features.find((feature) => columnsWithMissing.has(feature.name));
  if (withMissing !== undefined) throw missingValuesError(withMissing.name);
}

/** What the columns of the prepared matrix are called: a part of a date is named after its column, as in "sold (YEAR)". */
export function matrixColumnNames(model: Model): readonly string[] {
  return model.features.map((feature) =>
    feature.kind === 'DATETIME' && feature.part !== 'ORDINAL'
      ? `${feature.name} (${feature.part}${feature.since === undefined ? '' : ` ${feature.since.name}`})`
      : feature.name,
  );
}

export function missingValuesError(column: string): ModelExportError {
  return new ModelExportError(
    'MISSING_VALUES',
    `the form knows no missing values, and ${column} has some: train without it, or fill them in`,
  );
}
