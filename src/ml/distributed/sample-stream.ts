import { createRandom, type Random, type RandomState } from '../random.ts';

/**
 * The sample that sampleInOrder draws, one item after the other: nothing is kept of the items, so that samples of many rows take no memory.
 */
export class SampleStream {
  readonly #random: Random;
  readonly #count: number;
  readonly #size: number;
  #seen = 0;
  #taken = 0;

  /** `size` of `count` items are taken, by a generator that begins at `state`. */
  constructor(count: number, size: number, state: RandomState) {
    this.#random = createRandom(0);
    this.#random.setState(state);
    this.#count = count;
    this.#size = size;
  }

  /** Whether the next item is of the sample. */
  next(): boolean {
    if (this.#taken >= this.#size) return false;
    const isTaken = this.#random.below(this.#count - this.#seen++) < this.#size - this.#taken;
    if (isTaken) this.#taken++;
    return isTaken;
  }

  /** Draws for all items that are left, and gives the state after that. */
  finish(): RandomState {
    while (this.#seen < this.#count && this.#taken < this.#size) this.next();
    return this.#random.getState();
  }
}

/** Samples that are drawn one after the other by one generator, to be gone through side by side. Moves the generator on. */
export function sampleStreams(counts: readonly number[], sizes: readonly number[], random: Random): SampleStream[] {
  return counts.map((count, i) => {
    const state = random.getState();
    random.setState(new SampleStream(count, sizes[i]!, state).finish());
    return new SampleStream(count, sizes[i]!, state);
  });
}
