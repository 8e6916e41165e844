import type { Predictions } from '../../runtime/predict/predictions.ts';
import type { TestRows } from '../evaluation/evaluate-model.ts';
import { SMALLEST_SQUARE } from '../evaluation/regression-metrics.ts';
import { mean } from '../mean.ts';
import { PERMUTATIONS } from './permutation.ts';

/** How much a model loses when a column is shuffled: log-loss, or a share of R2. */
export interface PermutationLoss {
  /** The mean over the rows and their shuffles. */
  readonly importance: number;
  /** The standard error of it: what other rows of the same kind, and other shuffles, would move it by. */
  readonly stddev: number;
  readonly isNoise: boolean;
}

/**
 * Standard errors from which a loss counts as more than chance. At most one of a hundred useless columns passes; with two,
 * one or two in every model of 50 columns would.
 */
const STANDARD_ERRORS = 2.5;

/**
 * Probabilities are kept above this when their logarithm is taken: one row loses 6.9 at most. Trees give 0 to what a few
 * training rows did not have, and one such row would outweigh ten thousand others.
 */
const SMALLEST_PROBABILITY = 1e-3;

/**
 * Adds up, row after row, what shuffling columns costs: the log-loss that is added; of R2 what the squared errors grow by, as
 * a share of the squares about the mean. Log-loss is more sensitive than accuracy: on a target of
 * which one label is rare hardly any does, whatever is shuffled.
 *
 * **Noise.** The shuffles of a column share what the rows happen to be: a worthless column that is lucky in these rows loses
 * in every shuffle, so that their spread is too small. The spread over the rows counts: of each row the mean loss d over the shuffles,
 * which for a worthless column is 0 on average, whatever it was fitted to, for the model has not seen these rows. A column is
 * noise unless the mean of d is more than STANDARD_ERRORS above 0. Few rows, or a few that decide it all, would look surer
 * than they are: so two rows are added that speak for and against, with the largest |d| of all. Then among ever so many rows
 * eight that lose, and none that gains, are more than chance, and seven are not (a sign test has 1 in 256 for eight).
 */
export class PermutationLosses {
  readonly #columns: number;
  readonly #testSet: TestRows;
  readonly #sample: Int32Array;
  /** For each column the rows' d, one column after the other. */
  readonly #losses: Float64Array;
  #rows = 0;

  /** `sample`: for each row to come its index in `actual`. */
  constructor(columns: number, actual: TestRows, sample: Int32Array) {
    this.#columns = columns;
    this.#testSet = actual;
    this.#sample = sample;
    this.#losses = new Float64Array(columns * sample.length);
  }

  get rows(): number {
    return this.#rows;
  }

  /** The next rows of the sample: what the model says of each variant of them, see VariantSums. */
  add(predictions: Predictions): void {
    const variants = this.#columns * PERMUTATIONS + 1;
    const lossOf = this.#lossOf(predictions);
    const count = (predictions.task === 'REGRESSION' ? predictions.values : predictions.predicted).length / variants;
    for (let i = 0; i < count; i++, this.#rows++) {
      const rowIndex = this.#sample[this.#rows]!;
      const originalLoss = lossOf(i * variants + variants - 1, rowIndex);
      for (let c = 0; c < this.#columns; c++) {
        let d = 0;
        for (let s = 0; s < PERMUTATIONS; s++) {
          d += lossOf(i * variants + c * PERMUTATIONS + s, rowIndex) - originalLoss;
        }
        this.#losses[c * this.#sample.length + this.#rows] = d / PERMUTATIONS;
      }
    }
  }

  /** For each column, by the rows so far, at least one; null where the loss is not defined on them. */
  results(): PermutationLoss[] | null {
    const normalization = this.#normalization();
    if (normalization === null) return null;
    const results: PermutationLoss[] = [];
    for (let c = 0; c < this.#columns; c++) {
      const from = c * this.#sample.length;
      const losses = this.#losses.subarray(from, from + this.#rows).map((d) => d / normalization.scale);
      const importance = mean(losses);
      const stddev = standardError(losses, importance, normalization.rowWeights);
      if (!Number.isFinite(stddev)) return null;
      results.push({ importance, stddev, isNoise: isNoise(losses, importance) });
    }
    return results;
  }

  #lossOf(predictions: Predictions): (prediction: number, rowIndex: number) => number {
    const testSet = this.#testSet;
    if (predictions.task === 'REGRESSION') {
      const { values } = predictions;
      return (prediction, rowIndex) => (values[prediction]! - testSet.actual[rowIndex]!) ** 2;
    }
    const { probabilities, labels } = predictions;
    return (prediction, rowIndex) => {
      const label = testSet.actual[rowIndex]!;
      const p = label < labels.length ? probabilities[prediction * labels.length + label]! : 0;
      return -Math.log(Math.max(p, SMALLEST_PROBABILITY));
    };
  }

  /**
   * What losses are shares of, for one row on average: 1 for log-loss, for R2 the squares about the mean, whose part in each
   * row is `rowWeights` as a multiple of the average. Null where that vanishes, or is beyond the range of a double.
   */
  #normalization(): { readonly scale: number; readonly rowWeights: Float64Array } | null {
    const testSet = this.#testSet;
    const rowIndices = this.#sample.subarray(0, this.#rows);
    if (testSet.task === 'CLASSIFICATION') return { scale: 1, rowWeights: new Float64Array(rowIndices.length).fill(1) };
    const values = Float64Array.from(rowIndices, (rowIndex) => testSet.actual[rowIndex]!);
    const centre = mean(values);
    const squares = values.map((value) => (value - centre) ** 2);
    const scale = mean(squares);
    return scale >= SMALLEST_SQUARE && Number.isFinite(scale)
      ? { scale, rowWeights: squares.map((square) => square / scale) }
      : null;
  }
}

/** Of a mean of losses that are shares of a whole which the rows make up themselves: of a ratio, by the delta method. */
function standardError(losses: Float64Array, importance: number, rowWeights: Float64Array): number {
  const rows = losses.length;
  if (rows < 2) return 0;
  let squares = 0;
  for (let i = 0; i < rows; i++) squares += (losses[i]! - importance * rowWeights[i]!) ** 2;
  return Math.sqrt(squares / (rows - 1) / rows);
}

function isNoise(losses: Float64Array, importance: number): boolean {
  const largest = losses.reduce((largest, d) => Math.max(largest, Math.abs(d)), 0);
  if (largest === 0) return true;
  const rows = losses.length + 2;
  // As parts of the largest: their squares are within the range of a double.
  const average = ((importance / largest) * losses.length) / rows;
  const squares = losses.reduce((sum, d) => sum + (d / largest) ** 2, 2) - rows * average ** 2;
  const standardErrorOfAll = Math.sqrt(squares / (rows - 1) / rows);
  return !(average > STANDARD_ERRORS * standardErrorOfAll);
}
