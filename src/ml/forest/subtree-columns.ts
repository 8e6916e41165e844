import type { TreeColumn } from './node-splitter.ts';

/**
 * The columns of the rows of one subtree, side by side: its nodes read them many times over, and from the whole columns
 * each byte would be fetched from another line of memory. A column is copied when it is first asked for.
 */
export class SubtreeColumns {
  readonly #size: number;
  readonly #copies: (TreeColumn | null)[];
  /** For each feature the subtree that its copy is of. */
  readonly #copyOf: Int32Array;
  #subtree = 0;
  #columns: readonly TreeColumn[] = [];
  #rows: Int32Array = new Int32Array(0);

  /** `size`: the most rows of a subtree. */
  constructor(featureCount: number, size: number) {
    this.#size = size;
    this.#copies = new Array<TreeColumn | null>(featureCount).fill(null);
    this.#copyOf = new Int32Array(featureCount);
  }

  /** From now on `at` gives the columns of these rows, in their order. */
  open(columns: readonly TreeColumn[], rows: Int32Array): void {
    this.#subtree++;
    this.#columns = columns;
    this.#rows = rows;
  }

  at(feature: number): TreeColumn {
    const known = this.#copies[feature] ?? null;
    if (known !== null && this.#copyOf[feature] === this.#subtree) return known;
    const { bins, binCount, isCategory } = this.#columns[feature]!;
    const copy = known ?? { bins: new Uint8Array(this.#size), binCount, isCategory };
    const rows = this.#rows;
    const target = copy.bins;
    for (let i = 0; i < rows.length; i++) target[i] = bins[rows[i]!]!;
    this.#copies[feature] = copy;
    this.#copyOf[feature] = this.#subtree;
    return copy;
  }
}
