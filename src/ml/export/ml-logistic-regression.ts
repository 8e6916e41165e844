import type { LinearModel, Model } from '../../runtime/model.ts';
import { JsonText } from './json-text.ts';
import { ModelExportError } from './model-export-error.ts';
import { matrixColumnNames, missingValuesError, requireNumericFeatures } from './numeric-features.ts';

/** How the library trains by default; predicting does not read them. */
const TRAINING_OPTIONS = '"numSteps":50000,"learningRate":0.0005';

/**
 * With more than two labels the library compares the logistic function of minus each margin, which is 0 for all margins
 * beyond 709, and tells those near 0 apart from 4e-16 on. So all margins are divided until those of a row one deviation
 * from the mean are below 1 / 1024: then rows up to 700,000 deviations away get their labels, and margins count as
 * different from 5e-13 of that row's on. The divisor is a power of two, which is exact.
 */
const DEVIATION_DIVISOR = 1024;

/** Folding the means into one constant must not cost a margin more than this by rounding: a millionth in the odds. */
const MARGIN_TOLERANCE = 1e-6;

/** A margin as a sum over raw numbers: one factor for each feature, the last one the constant. */
type RawMargin = Float64Array;

/**
 * Writes a LINEAR classifier in the JSON form of ml-logistic-regression 2, which `LogisticRegression.load` reads: it then
 * predicts the model's label numbers from a matrix with one column for each feature, as the numbers are, and a last one
 * of ones, as the library has no intercept. Means and scales are folded into the weights, so two margins nearer to each
 * other than rounding errors may swap order. `features` and `labels`, which the library ignores, say what they stand for.
 *
 * @param columnsWithMissing names of the columns that had missing values in training
 * @returns JSON in UTF-8
 * @throws ModelExportError where the form cannot carry the model
 */
export function exportToMlLogisticRegression(
  model: Model,
  columnsWithMissing: ReadonlySet<string>,
): Uint8Array<ArrayBuffer> {
  const { estimator, labels } = model;
  if (estimator.kind !== 'LINEAR' || labels === null) {
    throw new ModelExportError(
      'ESTIMATOR_NOT_SUPPORTED',
      'ml-logistic-regression has linear classifiers only: train LINEAR on a target of labels',
    );
  }
  requireNumericFeatures(model, columnsWithMissing);
  const names = matrixColumnNames(model);
  const json = new JsonText();
  json.add(`{"name":"LogisticRegression",${TRAINING_OPTIONS},"numberClasses":${labels.length}`);
  json.add(`,"features":${JSON.stringify(names)},"labels":${JSON.stringify(labels)},"classifiers":`);
  const margins = Array.from({ length: estimator.marginCount }, (_, k) => rawMargin(estimator, k, names));
  const divisor = 2 ** Math.ceil(Math.log2(largestMargin(estimator))) * DEVIATION_DIVISOR;
  const classifiers = margins.length === 1 ? twoClassifiers(margins[0]!) : severalClassifiers(margins, divisor);
  for (const [label, weights] of classifiers.entries()) {
    if (!weights.every(Number.isFinite)) throw outOfRangeError();
    json.add(`${label === 0 ? '[' : ','}{${TRAINING_OPTIONS},"weights":[[${weights.join()}]]}`);
  }
  json.add(']}');
  return json.toBytes();
}

/** weight * (x - mean) / scale over all features is the sum of weight / scale * x, and a constant. */
function rawMargin(model: LinearModel, k: number, names: readonly string[]): RawMargin {
  const raw = new Float64Array(model.terms.length + 1);
  let constant = model.intercepts[k]!;
  let folded = 0;
  for (const [i, { mean, scale, weights }] of model.terms.entries()) {
    if (weights[model.marginCount + k] !== 0) throw missingValuesError(names[i]!);
    const slope = weights[k]! / scale;
    raw[i] = slope;
    constant -= slope * mean;
    folded += Math.abs(slope * mean);
  }
  raw[model.terms.length] = constant;
  if (folded * Number.EPSILON > MARGIN_TOLERANCE) throw outOfRangeError();
  return raw;
}

function outOfRangeError(): ModelExportError {
  return new ModelExportError(
    'NUMBERS_OUT_OF_RANGE',
    'numbers of a feature are too large, or lie too close together for their size, for weights of raw numbers',
  );
}

/** A bound of the margins of a row that is one deviation from the mean in every feature; 1 if they are all 0. */
function largestMargin({ intercepts, terms }: LinearModel): number {
  const sizes = Array.from(intercepts, (intercept, k) =>
    terms.reduce((sum, { weights }) => sum + Math.abs(weights[k]!), Math.abs(intercept)),
  );
  return Math.max(...sizes) || 1;
}

/**
 * The library chooses the label whose classifier has the smaller score, the first of equal ones: each classifier gets its
 * label's margin with the sign turned. Its scores are then the probabilities of the other label.
 */
function twoClassifiers(margin: RawMargin): RawMargin[] {
  return [margin, margin.map((weight) => -weight)];
}

/**
 * The same for more labels. Subtracting the mean margin changes no softmax and keeps the largest margin above 0, where the
 * logistic function of its negative has all its digits.
 */
function severalClassifiers(margins: readonly RawMargin[], divisor: number): RawMargin[] {
  if (!Number.isFinite(divisor)) throw outOfRangeError();
  const mean = new Float64Array(margins[0]!.length);
  for (const margin of margins) for (const [i, weight] of margin.entries()) mean[i]! += weight / margins.length;
  return margins.map((margin) => margin.map((weight, i) => (mean[i]! - weight) / divisor));
}
