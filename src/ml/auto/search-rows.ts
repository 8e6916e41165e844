import type { Fold } from '../folds/fold-plan.ts';
import type { FoldPredictions } from '../folds/fold-predictions.ts';
import { mean } from '../mean.ts';
import { float64ArrayFrom } from '../parallel/typed-arrays.ts';
import type { TrainingSet } from '../training-set.ts';

/** Probabilities below this count as this much: else one row of certainty would outweigh all others. */
const SMALLEST_PROBABILITY = 1e-15;

/** What models said of the held rows of a fold: of two labels the probability of the second, of more that of each, or the value. */
export type HeldOutputs = Float64Array | Float32Array;

/**
 * The rows that folds predict, fold after fold, with their targets. The score of a row is the probability of its own label, or
 * for numbers the predicted value: blends average scores, and the loss of a row depends on its score alone.
 */
export class SearchRows {
  readonly folds: readonly Fold[];
  /** The labels to tell apart; 0 for numbers. */
  readonly labels: number;
  /** For each row the number of its label, or its value. */
  readonly actual: Float64Array;
  /** For each row how much it counts, 1 on average; null: all count alike. */
  readonly weights: Float64Array | null;
  /** Where the rows of each fold end. */
  readonly #ends: readonly number[];

  /** Held rows are training rows of the set. */
  constructor(
    folds: readonly Fold[],
    { rows, target, weights = null }: Pick<TrainingSet, 'rows' | 'target' | 'weights'>,
  ) {
    this.folds = folds;
    this.labels = target.task === 'REGRESSION' ? 0 : target.labels.length;
    let end = 0;
    this.#ends = folds.map(({ held }) => {
      end += held.length;
      return end;
    });
    const values = target.task === 'REGRESSION' ? target.values : target.codes;
    this.actual = new Float64Array(end);
    const ofRows = weights === null ? null : new Float64Array(end);
    for (const [fold, { held }] of folds.entries()) {
      // Both lists are ascending.
      for (let i = 0, at = 0; i < held.length; i++) {
        while (rows[at] !== held[i]) at++;
        this.actual[this.begin(fold) + i] = values[at]!;
        if (ofRows !== null) ofRows[this.begin(fold) + i] = weights![at]!;
      }
    }
    this.weights = ofRows === null ? null : relative(ofRows);
  }

  /** Numbers for each row of HeldOutputs. */
  get width(): number {
    return this.labels > 2 ? this.labels : 1;
  }

  begin(fold: number): number {
    return fold === 0 ? 0 : this.#ends[fold - 1]!;
  }

  end(fold: number): number {
    return this.#ends[fold]!;
  }

  /** What of a fold's predictions is kept. Of many labels with half the digits: blends do not need more. */
  keep({ outputs }: FoldPredictions): HeldOutputs {
    if (this.labels === 0) return outputs;
    if (this.labels > 2) return Float32Array.from(outputs);
    return float64ArrayFrom(outputs.length / 2, (i) => outputs[2 * i + 1]!);
  }

  /** The scores of the rows of a fold. */
  scores(fold: number, outputs: HeldOutputs): Float64Array {
    const begin = this.begin(fold);
    const { labels, actual } = this;
    return float64ArrayFrom(this.end(fold) - begin, (i) => {
      if (labels === 0) return outputs[i]!;
      const label = actual[begin + i]!;
      if (labels > 2) return outputs[i * labels + label]!;
      return label === 1 ? outputs[i]! : 1 - outputs[i]!;
    });
  }

  /** The scores of the rows of the first folds, one after the other. */
  allScores(outputs: readonly HeldOutputs[]): Float64Array {
    const scores = new Float64Array(this.end(outputs.length - 1));
    for (const [fold, each] of outputs.entries()) scores.set(this.scores(fold, each), this.begin(fold));
    return scores;
  }

  /** How much a row counts. */
  weight(row: number): number {
    return this.weights?.[row] ?? 1;
  }

  /** As many rows that count alike would tell as much as those of the first folds: (Σ w)² / Σ w² (Kish). */
  effectiveRows(folds: number): number {
    const end = folds === 0 ? 0 : this.end(folds - 1);
    if (this.weights === null) return end;
    let [sum, squares] = [0, 0];
    for (const weight of this.weights.subarray(0, end)) {
      sum += weight;
      squares += weight * weight;
    }
    return (sum * sum) / squares;
  }

  /**
   * The loss of each row with these scores, from row `begin` on: minus the logarithm of the probability, or the squared error, times
   * what the row counts.
   */
  losses(scores: Float64Array, begin = 0): Float64Array {
    const { labels, actual } = this;
    return scores.map(
      (score, i) =>
        this.weight(begin + i) *
        (labels === 0 ? (score - actual[begin + i]!) ** 2 : -Math.log(Math.max(score, SMALLEST_PROBABILITY))),
    );
  }

  /** The weighted mean of what members said of a fold's rows, as a model of all labels says it. */
  blended(
    fold: number,
    members: readonly { readonly outputs: HeldOutputs; readonly weight: number }[],
  ): FoldPredictions {
    const rows = this.end(fold) - this.begin(fold);
    const mean = new Float64Array(rows * this.width);
    for (const { outputs, weight } of members) {
      for (let i = 0; i < mean.length; i++) mean[i]! += weight * outputs[i]!;
    }
    const outputs =
      this.labels === 2 ? float64ArrayFrom(2 * rows, (i) => (i % 2 === 1 ? mean[i >> 1]! : 1 - mean[i >> 1]!)) : mean;
    return { outputs, predicted: this.labels === 0 ? new Int32Array(rows) : mostProbable(outputs, this.labels) };
  }
}

/** The weights divided by their mean; null where they are all alike. */
function relative(weights: Float64Array): Float64Array | null {
  if (weights.every((weight) => weight === weights[0])) return null;
  const middle = mean(weights);
  return weights.map((weight) => weight / middle);
}

/** For each row the label of the largest probability; of equal ones the first. */
function mostProbable(outputs: Float64Array, labels: number): Int32Array {
  const predicted = new Int32Array(outputs.length / labels);
  for (let row = 0; row < predicted.length; row++) {
    let best = 0;
    for (let k = 1; k < labels; k++) if (outputs[row * labels + k]! > outputs[row * labels + best]!) best = k;
    predicted[row] = best;
  }
  return predicted;
}
