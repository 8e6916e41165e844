import type { Predictions } from '../../runtime/predict.ts';
import { mean } from '../baseline.ts';
import type { TestRows } from '../evaluation/evaluate-model.ts';
import { SHUFFLES } from './shuffling.ts';

/** How much of the primary metric a model loses when a column is shuffled. */
export interface PermutationLoss {
  /** The mean over the shuffles, and their standard deviation (of the five, divided by 5 as scikit-learn does). */
  readonly importance: number;
  readonly stddev: number;
  readonly isNoise: boolean;
}

/**
 * A loss counts as more than chance from so many standard errors on. Of a hundred worthless columns one at most passes; with
 * two, one or two in every model of 50 would.
 */
const STANDARD_ERRORS = 2.5;

/**
 * Adds up, row after row, what shuffling columns costs: of accuracy the rows that become wrong, less those that become
 * right; of R2 what the squared errors grow by, as a share of the squares about the mean.
 *
 * **Noise.** The five shuffles of a column share what the rows happen to be: a worthless column that is lucky in these rows
 * loses in every shuffle, so that their spread says too little. What tells is the rows: of each the mean loss d over the
 * shuffles, which for a worthless column is 0 on average, whatever it was fitted to, for the model has not seen these rows. A
 * column is noise unless the mean of d is more than STANDARD_ERRORS above 0. Few rows, or a few that decide it all, would look
 * surer than they are: so two rows are added that speak for and against, with the largest |d| of all. Then among ever so many
 * rows eight that lose, and none that gains, are more than chance, and seven are not (a sign test has 1 in 256 for eight).
 */
export class PermutationLosses {
  readonly #columns: number;
  readonly #truth: TestRows;
  readonly #sample: Int32Array;
  /** For each column and shuffle the sum over the rows. */
  readonly #sums: Float64Array;
  /** For each column of the rows' d: sum, largest |d|, and the sum of the squares of d / unitOf(largest |d|). */
  readonly #means: Float64Array;
  readonly #largest: Float64Array;
  readonly #squares: Float64Array;
  #rows = 0;

  /** `sample`: for each row that is to come its place in `truth`. */
  constructor(columns: number, truth: TestRows, sample: Int32Array) {
    this.#columns = columns;
    this.#truth = truth;
    this.#sample = sample;
    this.#sums = new Float64Array(columns * SHUFFLES);
    this.#means = new Float64Array(columns);
    this.#squares = new Float64Array(columns);
    this.#largest = new Float64Array(columns);
  }

  get rows(): number {
    return this.#rows;
  }

  /** The next rows of the sample: what the model says of each variant of them, see VariantSums. */
  add(predictions: Predictions): void {
    const variants = this.#columns * SHUFFLES + 1;
    const lossOf = this.#losses(predictions);
    const count = (predictions.task === 'REGRESSION' ? predictions.values : predictions.predicted).length / variants;
    for (let i = 0; i < count; i++, this.#rows++) {
      const place = this.#sample[this.#rows]!;
      const unshuffled = lossOf(i * variants + variants - 1, place);
      for (let c = 0; c < this.#columns; c++) {
        let d = 0;
        for (let s = 0; s < SHUFFLES; s++) {
          const more = lossOf(i * variants + c * SHUFFLES + s, place) - unshuffled;
          this.#sums[c * SHUFFLES + s]! += more;
          d += more / SHUFFLES;
        }
        this.#addRow(c, d);
      }
    }
  }

  #addRow(c: number, d: number): void {
    this.#means[c]! += d;
    if (Math.abs(d) > this.#largest[c]!) {
      const before = unitOf(this.#largest[c]!);
      this.#largest[c] = Math.abs(d);
      this.#squares[c]! *= (before / unitOf(d)) ** 2;
    }
    if (d !== 0) this.#squares[c]! += (d / unitOf(this.#largest[c]!)) ** 2;
  }

  /** For each column, by the rows so far; null where the metric is not defined on them. */
  results(): PermutationLoss[] | null {
    const whole = this.#whole();
    const losses = Array.from(this.#largest, (_, c) => {
      const shuffles = this.#sums.subarray(c * SHUFFLES, (c + 1) * SHUFFLES).map((sum) => sum / whole);
      const importance = mean(shuffles);
      const stddev = Math.sqrt(mean(shuffles.map((loss) => (loss - importance) ** 2)));
      return { importance, stddev, isNoise: this.#isNoise(c) };
    });
    return losses.every(({ importance, stddev }) => Number.isFinite(importance) && Number.isFinite(stddev))
      ? losses
      : null;
  }

  #losses(predictions: Predictions): (prediction: number, place: number) => number {
    const tested = this.#truth;
    if (predictions.task === 'REGRESSION') {
      const { values } = predictions;
      return (prediction, place) => (values[prediction]! - tested.truth[place]!) ** 2;
    }
    const { predicted } = predictions;
    return (prediction, place) => (predicted[prediction] === tested.truth[place] ? 0 : 1);
  }

  /** What a sum of losses is a share of: for accuracy the rows, for R2 the squares about their mean. */
  #whole(): number {
    if (this.#truth.task === 'CLASSIFICATION') return this.#rows;
    const { truth } = this.#truth;
    const values = Float64Array.from(this.#sample.subarray(0, this.#rows), (place) => truth[place]!);
    const centre = mean(values);
    return values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  }

  #isNoise(c: number): boolean {
    if (this.#largest[c] === 0) return true;
    const rows = this.#rows + 2;
    const unit = unitOf(this.#largest[c]!);
    const average = this.#means[c]! / unit / rows;
    const squares = this.#squares[c]! + 2 * (this.#largest[c]! / unit) ** 2 - rows * average ** 2;
    const standardError = Math.sqrt(squares / (rows - 1) / rows);
    return !(average > STANDARD_ERRORS * standardError);
  }
}

/**
 * In such units a loss is 1 to 2, so that its square is within the range of a double whatever the target is measured in. A
 * power of two: dividing by it rounds nothing. Of no loss it is 0.
 */
function unitOf(loss: number): number {
  return 2 ** Math.floor(Math.log2(Math.abs(loss)));
}
