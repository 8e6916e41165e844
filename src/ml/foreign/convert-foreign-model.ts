import { codeCount, isCategory, type Model } from '../../runtime/model.ts';
import type { ConversionRequest, ConvertedModel, ForeignModelIssue } from './conversion.ts';
import { convertTrees } from './convert-trees.ts';
import type { ForeignModel } from './foreign-model.ts';
import { ForeignModelError } from './foreign-model-error.ts';

/** Names of columns in one message. */
const MAX_NAMES = 20;

/**
 * A model of ours that predicts as a foreign model does.
 *
 * @throws ForeignModelError MISMATCH where the request does not fit the model; TOO_LARGE or UNSUPPORTED where a model file cannot carry it
 */
export function convertForeignModel(model: ForeignModel, request: ConversionRequest): ConvertedModel {
  checkRequest(model, request);
  const { task, target, labels, columns, missingTokens, rounds } = request;
  const trees = rounds === 'BEST' ? model.trees.slice(0, model.bestTreeCount) : model.trees;
  const converted = convertTrees(model, trees, columns);
  // A file that takes zeros for missing values does so in every column of numbers.
  const tokens = model.isZeroMissing ? [...new Set([...missingTokens, '0'])] : missingTokens;
  const ours: Model = {
    task,
    algorithm: 'GRADIENT_BOOSTING',
    target,
    labels,
    features: converted.features,
    reading: { version: 3, missingTokens: tokens },
    estimator: converted.trees,
  };
  return { model: ours, issues: issuesOf(model, request, trees.length) };
}

function checkRequest(
  { link, marginCount, features }: ForeignModel,
  { task, labels, columns }: ConversionRequest,
): void {
  const modelTask = link === 'LOGIT' || link === 'SOFTMAX' ? 'CLASSIFICATION' : 'REGRESSION';
  const fail = (where: string, message: string): never => {
    throw new ForeignModelError('MISMATCH', where, message);
  };
  if (task !== modelTask) fail('task', `the model is one of ${modelTask}`);
  const classCount = link === 'SOFTMAX' ? marginCount : 2;
  const wanted = modelTask === 'REGRESSION' ? 0 : classCount;
  if ((labels?.length ?? 0) !== wanted || new Set(labels).size !== wanted) {
    fail(
      'labels',
      wanted === 0 ? 'a regression has none' : `the model has ${wanted} classes: name as many different labels`,
    );
  }
  if (columns.length !== features.length) fail('features', `the model has ${features.length}, not ${columns.length}`);
  const kinds = new Map<string, string>();
  for (const [f, { feature, makerCodes }] of columns.entries()) {
    const where = `column ${feature.name}`;
    const isCoded = isCategory(feature);
    if (isCoded && makerCodes?.length !== codeCount(feature) + 2) fail(where, 'its codes do not fit its categories');
    if (!isCoded && features[f]!.namedCodes.length > 0) {
      fail(where, 'the model asks about categories of it, not numbers');
    }
    const kind = kinds.get(feature.name);
    // Several numbers may be read of one column, such as the parts of a date.
    if (kind !== undefined && (isCoded || kind !== feature.kind)) fail(where, 'the column is read twice');
    kinds.set(feature.name, isCoded ? '' : feature.kind);
  }
}

function issuesOf(
  model: ForeignModel,
  { columns, rounds }: ConversionRequest,
  treeCount: number,
): readonly ForeignModelIssue[] {
  const issues: ForeignModelIssue[] = model.notes.map((message) => ({ code: 'NOTE', column: null, message }));
  const later = model.trees.length - treeCount;
  if (rounds === 'BEST' && later > 0) {
    const message = `${later} of ${model.trees.length} trees come after the best round of early stopping and are left out.`;
    issues.push({ code: 'LATER_ROUNDS_LEFT_OUT', column: null, message });
  }
  if (model.isZeroMissing) {
    const message = 'The model was trained with zero_as_missing: zeros are missing values in every column of numbers.';
    issues.push({ code: 'ZERO_IS_MISSING', column: null, message });
  }
  const unused = columns.filter((_, f) => !model.features[f]!.isUsed).map(({ feature }) => feature.name);
  if (unused.length > 0) {
    const names = unused.slice(0, MAX_NAMES).join(', ') + (unused.length > MAX_NAMES ? ', …' : '');
    issues.push({
      code: 'FEATURES_UNUSED',
      column: unused.length === 1 ? unused[0]! : null,
      message: `${unused.length} of ${columns.length} inputs are never asked about: ${names}.`,
    });
  }
  for (const [f, { feature, makerCodes }] of columns.entries()) {
    const known = new Set(makerCodes);
    const without = model.features[f]!.namedCodes.filter((code) => !known.has(code));
    if (without.length === 0) continue;
    const message = `The model knows ${without.length} more categories of ${feature.name} than were named: codes ${without.slice(0, MAX_NAMES).join(', ')}${without.length > MAX_NAMES ? ', …' : ''}.`;
    issues.push({ code: 'CATEGORIES_WITHOUT_TEXT', column: feature.name, message });
  }
  return issues;
}
