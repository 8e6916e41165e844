import type { EvaluatedModel } from '../evaluation/evaluate-model.ts';
import type { Metrics } from '../evaluation/metrics.ts';
import type { TestPredictions } from '../evaluation/test-predictions.ts';

/** With fewer test rows a metric says little: of 30 rows, each right with probability one half, 12 to 18 are right. */
const FEW_ROWS = 30;
/** With fewer test rows of a class its recall moves by a fifth or more with each. */
const FEW_OF_A_CLASS = 5;
/** Maximum number of named classes. */
const CLASSES_NAMED = 10;
/** A lead over the baseline of fewer standard errors than this may be chance. */
const MIN_LEAD_ERRORS = 2;

/** What to keep in mind about figures that look like a success: too few rows, or no better than knowing nothing. */
export function scoreWarnings(model: EvaluatedModel, baseline: EvaluatedModel): string[] {
  return [...fewRowsWarnings(model.predictions), ...baselineWarnings(model, baseline)];
}

function fewRowsWarnings(predictions: TestPredictions): string[] {
  const warnings: string[] = [];
  const { length } = predictions.rows;
  if (length < FEW_ROWS) {
    warnings.push(
      `the figures are of ${length === 1 ? 'one test row' : `${length} test rows`} only, so that chance is a large part of them; a larger testFraction or more rows would help`,
    );
  }
  if (predictions.task === 'REGRESSION') return warnings;
  const counts = new Float64Array(predictions.labels.length);
  for (const label of predictions.actual) counts[label]!++;
  const rare = predictions.labels.filter((_, k) => counts[k]! < FEW_OF_A_CLASS);
  // Where there are few rows at all, that has been said.
  if (rare.length > 0 && length >= FEW_ROWS) {
    const more = rare.length > CLASSES_NAMED ? ` and ${rare.length - CLASSES_NAMED} more` : '';
    warnings.push(
      `fewer than ${FEW_OF_A_CLASS} test rows have the label ${rare.slice(0, CLASSES_NAMED).join(', ')}${more}: precision, recall and F1 of such a label are chance`,
    );
  }
  return warnings;
}

function baselineWarnings(model: EvaluatedModel, baseline: EvaluatedModel): string[] {
  const worse = comparedMetrics(model.metrics, baseline.metrics).filter(({ isBetter }) => !isBetter);
  if (worse.length > 0) {
    const comparisons = worse.map(
      ({ name, reached, floor }) => `${name} ${formatMetric(reached)}, the baseline's ${formatMetric(floor)}`,
    );
    return [
      `the model is no better than the baseline, which looks at no feature: ${comparisons.join('; ')}. The features may say nothing about ` +
        'the target on these test rows',
    ];
  }
  const errors = leadInStandardErrors(model.predictions, baseline.predictions);
  if (errors >= MIN_LEAD_ERRORS) return [];
  return [
    `the model is not surely better than the baseline, which looks at no feature: its lead on these ${model.predictions.rows.length} test ` +
      `rows is ${errors.toFixed(1)} standard errors, and up to ${MIN_LEAD_ERRORS} may be chance`,
  ];
}

interface ComparedMetric {
  readonly name: string;
  readonly reached: number;
  readonly floor: number;
  readonly isBetter: boolean;
}

function comparedMetrics(model: Metrics, baseline: Metrics): readonly ComparedMetric[] {
  const comparisons: ComparedMetric[] = [];
  const compare = (name: string, reached: number | null, floor: number | null, sign: 1 | -1) => {
    if (reached === null || floor === null) return;
    comparisons.push({ name, reached, floor, isBetter: sign * (reached - floor) > 0 });
  };
  if (model.task === 'CLASSIFICATION' && baseline.task === 'CLASSIFICATION') {
    // Where the baseline is always right, no model can be better.
    if (baseline.accuracy !== null && baseline.accuracy < 1) compare('accuracy', model.accuracy, baseline.accuracy, 1);
    compare('log-loss', model.logLoss, baseline.logLoss, -1);
  } else if (model.task === 'REGRESSION' && baseline.task === 'REGRESSION') {
    compare('R2', model.r2, baseline.r2, 1);
  }
  return comparisons;
}

function formatMetric(value: number): string {
  return Math.abs(value) >= 1e6 ? value.toExponential(3) : value.toFixed(4);
}

/** By how many of its standard errors the mean loss of the model is below the baseline's, row by row. */
function leadInStandardErrors(model: TestPredictions, baseline: TestPredictions): number {
  const [own, other] = [lossesOf(model), lossesOf(baseline)];
  const rows = own.length;
  if (rows < 2) return Number.POSITIVE_INFINITY;
  let mean = 0;
  for (let i = 0; i < rows; i++) mean += (other[i]! - own[i]!) / rows;
  let squares = 0;
  for (let i = 0; i < rows; i++) squares += (other[i]! - own[i]! - mean) ** 2;
  const error = Math.sqrt(squares / (rows - 1) / rows);
  // Without spread, or beyond the range of a double, the lead is unknown.
  return error > 0 && Number.isFinite(mean / error) ? mean / error : Number.POSITIVE_INFINITY;
}

/** Of each row the log-loss, no worse than that of 1e-6, or the squared error. */
function lossesOf(predictions: TestPredictions): Float64Array {
  if (predictions.task === 'CLASSIFICATION') {
    return Float64Array.from(predictions.trueProbability, (probability) => -Math.log(Math.max(probability, 1e-6)));
  }
  const { actual, predicted } = predictions;
  return Float64Array.from(actual, (value, i) => (value - predicted[i]!) ** 2);
}
