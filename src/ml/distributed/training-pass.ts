import type { NumberColumn } from '../../tabular/types/column.ts';
import { FOLDS } from '../preprocessing/category-means.ts';
import { createRandom, type Random } from '../random.ts';
import { type RowRoles, trainingRows } from './row-roles.ts';
import type { TableStream } from './table-stream.ts';
import type { StreamedTarget } from './target/stream-target.ts';

/** What the training rows are known by, before their features are looked at. */
export interface TrainingRows {
  readonly stream: TableStream;
  readonly roles: RowRoles;
  readonly target: StreamedTarget;
  /** Those of the training rows, in order; empty for numbers. */
  readonly labels: readonly string[];
  /** For each label of the table its number among those; -1 where no training row has it. */
  readonly labelNumbers: Int32Array;
  /** How much each row of a batch counts; null: all alike. */
  readonly weightsOf: ((batch: number) => Float64Array) | null;
  readonly rowCount: number;
  /** For each label how much its rows count together; for numbers one sum, of all. */
  readonly weightOfLabels: Float64Array;
}

/** The training rows of one batch of the table. What is asked for is read once. */
export class TrainingBatch {
  /** Of the table. */
  readonly batch: number;
  /** The places of the training rows in the batch, ascending. */
  readonly rows: Int32Array;
  /** Of all rows of the batch. */
  readonly roles: Uint8Array;
  readonly #data: TrainingRows;
  readonly #foldRandom: Random;
  readonly #columns = new Map<number, NumberColumn>();
  readonly #codes = new Map<number, Int32Array>();
  #targets: Float64Array | null = null;
  #weights: Float64Array | null = null;
  #folds: Uint8Array | null = null;

  constructor(batch: number, data: TrainingRows, foldRandom: Random) {
    this.batch = batch;
    this.roles = data.roles.read(batch);
    this.rows = trainingRows(this.roles);
    this.#data = data;
    this.#foldRandom = foldRandom;
  }

  /** A column of numbers, with all rows of the batch. */
  numbers(column: number): NumberColumn {
    const known = this.#columns.get(column);
    if (known !== undefined) return known;
    // The columns that are asked for are those of the stream.
    const { name, kind } = this.#data.stream.columns[column]!;
    const read: NumberColumn = { storage: 'number', name, kind, values: this.#data.stream.numbers(column, this.batch) };
    this.#columns.set(column, read);
    return read;
  }

  /** The codes of a column of labels, with all rows of the batch. */
  codes(column: number): Int32Array {
    const read = this.#codes.get(column) ?? this.#data.stream.codes(column, this.batch);
    this.#codes.set(column, read);
    return read;
  }

  /** For each training row the number to predict, or that of its label. */
  get targets(): Float64Array {
    if (this.#targets !== null) return this.#targets;
    const { target, labelNumbers } = this.#data;
    const all = target.read(this.batch);
    const { rows } = this;
    const targets = new Float64Array(rows.length);
    const isNumber = target.task === 'REGRESSION';
    for (let i = 0; i < rows.length; i++) targets[i] = isNumber ? all[rows[i]!]! : labelNumbers[all[rows[i]!]!]!;
    this.#targets = targets;
    return targets;
  }

  /** For each training row how much it counts; null: all alike. */
  get weights(): Float64Array | null {
    const { weightsOf } = this.#data;
    if (weightsOf === null || this.#weights !== null) return this.#weights;
    const all = weightsOf(this.batch);
    const weights = new Float64Array(this.rows.length);
    for (let i = 0; i < weights.length; i++) weights[i] = all[this.rows[i]!]!;
    this.#weights = weights;
    return weights;
  }

  /** For each training row its fold for means of texts: to be asked for in every batch of a pass, or in none. */
  get folds(): Uint8Array {
    this.#folds ??= Uint8Array.from(this.rows, () => this.#foldRandom.below(FOLDS));
    return this.#folds;
  }
}

/** Goes through the training rows in the order of the table. */
export function* trainingPass(data: TrainingRows): Generator<TrainingBatch> {
  const foldRandom = createRandom(0);
  for (const batch of data.stream.batches.keys()) yield new TrainingBatch(batch, data, foldRandom);
}
