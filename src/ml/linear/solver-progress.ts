import type { OptimizerStep } from './optimizer-step.ts';

/** What is left is at least this share of what has been done: nobody knows that a search is over before it is. */
const MIN_LEFT = 0.02;

/**
 * How far a search for the lowest point is, by the work that was done and the work that is left. Of how long it will be there
 * are two opinions: what such searches usually take, and how far this one has settled. The second counts the more, the
 * further it has.
 */
export class SolverProgress {
  #done = 0;
  #typical = 0;
  /** Work that was done when the search began to settle, which is what the work since is judged by. */
  #doneBeforeConvergence: number | null = null;
  #progress = 0;

  /** 0 to 1, never falls. */
  after({ cost, expected, convergence }: OptimizerStep): number {
    this.#done += cost;
    this.#typical = expected ?? this.#typical;
    if (convergence > 0) this.#doneBeforeConvergence ??= this.#done;
    const usuallyLeft = Math.max(this.#typical - this.#done, 0);
    const since = this.#done - (this.#doneBeforeConvergence ?? this.#done);
    const left =
      convergence > 0 ? convergence * since * (1 / convergence - 1) + (1 - convergence) * usuallyLeft : usuallyLeft;
    const share = this.#done / (this.#done + Math.max(left, MIN_LEFT * this.#done));
    if (Number.isFinite(share)) this.#progress = Math.max(this.#progress, share);
    return this.#progress;
  }
}
