import type { TrainingWasm } from '../parallel/training-wasm.ts';
import type { TreeColumn } from './splitting/node-splitter.ts';

/**
 * The columns of the rows of one subtree, side by side: its nodes read them many times over, and from the whole columns
 * each byte would be fetched from another line of memory. A column is copied on first use.
 */
export class SubtreeColumns {
  readonly #wasm: TrainingWasm;
  readonly #memory: readonly Uint8Array[];
  readonly #copies: TreeColumn[] = [];
  /** For each feature the subtree that its copy is of. */
  readonly #copyOf: Int32Array;
  #subtree = 0;
  #columns: readonly TreeColumn[] = [];
  #rowsAddress = 0;
  #rowCount = 0;

  /** `memory`: for each feature room for the rows of a subtree, in wasm memory. */
  constructor(memory: readonly Uint8Array[], wasm: TrainingWasm) {
    this.#wasm = wasm;
    this.#memory = memory;
    this.#copyOf = new Int32Array(memory.length);
  }

  /** A tree begins: subtrees are of these columns. */
  startTree(columns: readonly TreeColumn[]): void {
    this.#columns = columns;
    columns.forEach(({ binCount, isCategory }, f) => {
      // There is room for each feature.
      const bins = this.#memory[f]!;
      this.#copies[f] = { bins, address: this.#wasm.addressOf(bins), binCount, isCategory };
    });
  }

  /** From now on `at` returns the columns of these rows, in their order. */
  open(rows: Int32Array): void {
    this.#subtree++;
    this.#rowsAddress = this.#wasm.addressOf(rows);
    this.#rowCount = rows.length;
  }

  at(feature: number): TreeColumn {
    const copy = this.#copies[feature]!;
    if (this.#copyOf[feature] === this.#subtree) return copy;
    this.#copyOf[feature] = this.#subtree;
    const { address } = this.#columns[feature]!;
    this.#wasm.functions.gatherBytes(address, this.#rowsAddress, this.#rowCount, copy.address);
    return copy;
  }
}
