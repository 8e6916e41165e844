import { isClearlyWorse } from './drop-test.ts';

/**
 * The drop test of candidates by their first folds, in their order: each is compared with the best of those before it, so that
 * the result does not depend on which was fitted sooner.
 */
export class FirstFolds {
  #baseline: Float64Array | null = null;
  #best: Float64Array | null = null;
  #bestLoss = Number.POSITIVE_INFINITY;
  #compared = 0;

  /** The candidates that were compared: all before this index. */
  get compared(): number {
    return this.#compared;
  }

  /** `losses`: of the next candidate, for each row of the first fold; null: it has none. Returns whether it is clearly worse. */
  compare(losses: Float64Array | null): boolean {
    const isFirst = this.#compared++ === 0;
    if (losses === null) return false;
    if (isFirst) this.#baseline = losses;
    const isWorse =
      this.#best !== null &&
      this.#baseline !== null &&
      isClearlyWorse({ candidate: losses, best: this.#best, baseline: this.#baseline });
    const loss = losses.reduce((sum, each) => sum + each, 0);
    if (loss < this.#bestLoss) {
      this.#best = losses;
      this.#bestLoss = loss;
    }
    return isWorse;
  }
}
