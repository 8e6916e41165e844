import { createRandom } from '../../src/ml/random.ts';

/** Seeded draws: the same seed and name give the same ones, so each scenario can be repeated by itself. */
export class SeededRandom {
  readonly #random;

  constructor(seed: number, name: string) {
    let hash = seed;
    for (const character of name) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) | 0;
    this.#random = createRandom(hash);
  }

  /** A number from 0 inclusive to 1 exclusive. */
  uniform(): number {
    return this.#random.uniform();
  }

  /** A number from `low` inclusive to `high` exclusive. */
  between(low: number, high: number): number {
    return low + this.uniform() * (high - low);
  }

  /** A whole number from `low` to `high`, both inclusive. */
  whole(low: number, high: number): number {
    return low + this.#random.below(high - low + 1);
  }

  /** True in so many cases of one. */
  happens(share: number): boolean {
    return this.uniform() < share;
  }

  pick<T>(items: readonly T[]): T {
    const picked = items[this.#random.below(items.length)];
    if (picked === undefined) throw new Error('There is nothing to pick from.');
    return picked;
  }
}
