import type { Model } from '../../runtime/model.ts';
import { ModelExportError } from './model-export-error.ts';

/**
 * Makes sure that a row of plain numbers, one for each feature, is all that the model reads. What a model learned of missing
 * values would be lost without a word: neither library knows them. The nodes of a tree do not tell whether it learned any,
 * so the caller names the columns that had missing values.
 *
 * @throws ModelExportError with CATEGORY_FEATURE or MISSING_VALUES
 */
export function requireNumericFeatures(model: Model, columnsWithMissing: ReadonlySet<string>): void {
  const category = model.features.find((feature) => feature.kind === 'CATEGORY');
  if (category !== undefined) {
    throw new ModelExportError(
      'CATEGORY_FEATURE',
      `the form holds numbers only, and ${category.name} is a category: train without it, or write it as a number`,
    );
  }
  const withMissing = model.features.find((feature) => columnsWithMissing.has(feature.name));
  if (withMissing !== undefined) throw missingValuesError(withMissing.name);
}

export function missingValuesError(column: string): ModelExportError {
  return new ModelExportError(
    'MISSING_VALUES',
    `the form knows no missing values, and ${column} has some: train without it, or fill them in`,
  );
}
