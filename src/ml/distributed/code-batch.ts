import type { TrainingWasm } from '../parallel/training-wasm.ts';
import { BinFinder, createBinRoom } from '../tree/binning/bin-finder.ts';
import { GROUP_SIZE } from '../tree/binning/binned-matrix.ts';
import { MISSING_CODE } from './shard-manifest.ts';
import type { StreamedCodes } from './stream-categories.ts';
import { isCodes, type StreamedFeature } from './stream-features.ts';
import type { StreamedNumbers } from './stream-numbers.ts';
import type { TrainingBatch } from './training-pass.ts';

/** Finds the codes of training rows, a batch after the other, in memory that is used again for each. Cost: about 15 ns a cell. */
export class BatchCoder {
  readonly #features: readonly StreamedFeature[];
  readonly #wasm: TrainingWasm;
  readonly #finder: BinFinder;
  readonly #numbers: Float64Array;
  /** For each feature its codes, those of the training rows in their order. */
  readonly #columns: readonly Uint8Array[];
  readonly #addresses: Int32Array;
  readonly #codes: Uint8Array;

  /** `maxRows`: of any batch. */
  constructor(features: readonly StreamedFeature[], maxRows: number, wasm: TrainingWasm) {
    this.#features = features;
    this.#wasm = wasm;
    this.#finder = new BinFinder(wasm, createBinRoom(wasm));
    this.#numbers = wasm.doubles(maxRows);
    this.#columns = features.map(() => wasm.bytes(maxRows));
    const groupCount = Math.ceil(features.length / GROUP_SIZE);
    this.#addresses = wasm.integers(groupCount * GROUP_SIZE);
    this.#columns.forEach((column, f) => {
      this.#addresses[f] = wasm.addressOf(column);
    });
    // Whole words are written: the last one reaches beyond its row.
    this.#codes = wasm.bytes(maxRows * features.length + GROUP_SIZE);
  }

  /** The codes of the training rows of a batch: row after row, a byte for each feature. Valid until the next batch is coded. */
  code(batch: TrainingBatch): Uint8Array {
    this.#features.forEach((feature, f) => {
      const column = this.#columns[f]!;
      if (isCodes(feature)) codeLabels(feature, batch, column);
      else this.#codeNumbers(feature, batch, column);
    });
    const width = this.#features.length;
    const address = this.#wasm.addressOf(this.#codes);
    // The last word of a row reaches into the next one, whose first word is written after it.
    for (let group = Math.ceil(width / GROUP_SIZE) - 1; group >= 0; group--) {
      this.#wasm.functions.packWords(
        this.#wasm.addressOf(this.#addresses) + group * GROUP_SIZE * 4,
        ...([0, batch.rows.length, address + group * GROUP_SIZE, width] as const),
      );
    }
    return this.#codes.subarray(0, batch.rows.length * width);
  }

  #codeNumbers({ edges, read }: StreamedNumbers, batch: TrainingBatch, codes: Uint8Array): void {
    const count = batch.rows.length;
    const numbers = this.#numbers.subarray(0, count);
    read(batch, numbers);
    const found = codes.subarray(0, count);
    this.#finder.find(edges, numbers, found);
    const missing = edges.length + 1;
    if (missing === MISSING_CODE) return;
    for (let i = 0; i < count; i++) if (found[i] === missing) found[i] = MISSING_CODE;
  }
}

function codeLabels({ column, shardCodes }: StreamedCodes, batch: TrainingBatch, codes: Uint8Array): void {
  const { rows } = batch;
  const labels = batch.codes(column);
  for (let i = 0; i < rows.length; i++) codes[i] = shardCodes[labels[rows[i]!]! + 1]!;
}
