import type { OptimizerStep } from './optimizer-step.ts';

/** The remaining work is at least this share of the work done: the end is not known before it is reached. */
const MIN_LEFT = 0.02;

/**
 * The progress of a solver, from the work done and the work left. There are two estimates of the latter: the typical work,
 * and the convergence so far, whose weight increases as it proceeds.
 */
export class SolverProgress {
  #done = 0;
  #typical = 0;
  /** Work that was done when convergence began, which the work since then is compared with. */
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
