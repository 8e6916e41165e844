import { floatBytes, type NpyType, npyHeader } from './npy.ts';
import type { ShardRole } from './shard-manifest.ts';

/** The files of a shard: each the bytes of a `.npy` file, in pieces. */
export interface ShardBytes {
  readonly role: ShardRole;
  readonly rows: number;
  /** The sum of the weights of its rows. */
  readonly weight: number;
  readonly codes: readonly Uint8Array[];
  readonly target: readonly Uint8Array[];
  /** Null where each row counts 1. */
  readonly weights: readonly Uint8Array[] | null;
}

/** Takes a shard: its bytes are used again once it returns. */
export type ShardSink = (shard: ShardBytes) => void;

/** The rows of some training rows of a batch. */
export interface CodedRows {
  /** Row after row, a byte for each feature. */
  readonly codes: Uint8Array;
  readonly targets: Float64Array;
  /** Null where each counts 1. */
  readonly weights: Float64Array | null;
}

/** Collects rows of one role, and hands a shard on whenever it is full. */
export class ShardBuilder {
  readonly #role: ShardRole;
  readonly #width: number;
  readonly #sink: ShardSink;
  readonly #codes: Uint8Array;
  readonly #targets: Float32Array<ArrayBuffer>;
  readonly #weights: Float32Array<ArrayBuffer> | null;
  #rows = 0;

  constructor(role: ShardRole, width: number, shardRows: number, hasWeights: boolean, sink: ShardSink) {
    this.#role = role;
    this.#width = width;
    this.#sink = sink;
    this.#codes = new Uint8Array(shardRows * width);
    this.#targets = new Float32Array(shardRows);
    this.#weights = hasWeights ? new Float32Array(shardRows) : null;
  }

  /** Adds rows `from` up to `end`. */
  add({ codes, targets, weights }: CodedRows, from: number, end: number): void {
    const width = this.#width;
    for (let first = from; first < end; ) {
      const last = Math.min(end, first + this.#targets.length - this.#rows);
      this.#codes.set(codes.subarray(first * width, last * width), this.#rows * width);
      this.#targets.set(targets.subarray(first, last), this.#rows);
      if (weights !== null) this.#weights?.set(weights.subarray(first, last), this.#rows);
      this.#rows += last - first;
      first = last;
      if (this.#rows === this.#targets.length) this.flush();
    }
  }

  /** Hands on what there is. */
  flush(): void {
    const rows = this.#rows;
    if (rows === 0) return;
    const file = (type: NpyType, shape: readonly number[], bytes: Uint8Array) => [npyHeader(type, shape), bytes];
    const floats = (values: Float32Array<ArrayBuffer>) => file('<f4', [rows], floatBytes(values.subarray(0, rows)));
    this.#rows = 0;
    this.#sink({
      ...{ role: this.#role, rows },
      weight: this.#weights === null ? rows : this.#weights.subarray(0, rows).reduce((sum, weight) => sum + weight, 0),
      codes: file('|u1', [rows, this.#width], this.#codes.subarray(0, rows * this.#width)),
      target: floats(this.#targets),
      weights: this.#weights && floats(this.#weights),
    });
  }
}
