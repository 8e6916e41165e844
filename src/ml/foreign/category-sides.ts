import { type ForeignColumn, UNKNOWN_CODE } from './conversion.ts';
import type { CategorySet, ForeignComparison } from './foreign-model.ts';

/** The sets of all nodes that ask about categories, of which equal ones are kept once. */
export class CategorySets {
  readonly #words: number[] = [];
  readonly #starts = new Map<string, number>();

  get words(): Uint32Array {
    return Uint32Array.from(this.#words);
  }

  /** Keeps the set of the codes that go left. Returns where it begins. */
  add(isLeft: readonly boolean[]): number {
    const words = new Uint32Array(Math.ceil(isLeft.length / 32));
    for (const [code, left] of isLeft.entries()) if (left) words[code >>> 5]! |= 1 << (code & 31);
    // As the reader of a set takes as many words as its feature has codes for, equal words may be shared by features.
    const key = words.join();
    const start = this.#starts.get(key) ?? this.#words.length;
    if (start === this.#words.length) {
      this.#starts.set(key, start);
      this.#words.push(...words);
    }
    return start;
  }
}

/** A split by categories. */
export interface CategorySplit {
  /** The codes that it names, or null for a comparison with `threshold`. */
  readonly set: CategorySet | null;
  readonly threshold: number;
  readonly isMissingLeft: boolean;
}

/** From a split by categories to which of our codes go left. */
export type CategoryAnswer = (split: CategorySplit) => readonly boolean[];

export function categoryAnswers(
  makerCodes: NonNullable<ForeignColumn['makerCodes']>,
  comparison: ForeignComparison,
): CategoryAnswer {
  return ({ set, threshold, isMissingLeft }) => {
    if (set !== null) {
      const isNamedLeft = set.side === 'LEFT';
      const named = new Set(set.codes);
      return makerCodes.map((code) => (code === null ? isMissingLeft : named.has(code) === isNamedLeft));
    }
    return makerCodes.map((code) => {
      if (code === null || code === UNKNOWN_CODE) return isMissingLeft;
      return comparison === 'BELOW_FLOAT32' ? Math.fround(code) < threshold : code <= threshold;
    });
  };
}
