/**
 * Rows, draws and draws of the second label of a bin in one double: rows + draws * 2^17 + second * 2^34. With fewer than
 * 2^17 draws in the node all three stay whole and apart, below 2^51.
 */
const DRAWS_UNIT = 2 ** 17;
const SECOND_UNIT = 2 ** 34;

/** Rows and draws without the sums: rows + draws * 2^26, for as many rows as a table may have. */
const WIDE_DRAWS_UNIT = 2 ** 26;

/** Nodes of fewer rows than this have fewer bins with rows than without: those are found by a bit for each bin. */
const SPARSE_ROWS = 160;

/** Sums up the rows of a node, bin by bin, for one feature after the other. */
export class BinSums {
  /** What the last `collect` found, bin after bin: the bins that have rows, their rows, draws and sums of values. */
  readonly bins = new Uint8Array(256);
  readonly rows = new Float64Array(256);
  readonly draws = new Float64Array(256);
  readonly sums = new Float64Array(256);
  /** Of the whole node: its draws, and the sum of its values as often as they were drawn. */
  totalDraws = 0;
  totalSum = 0;

  // The node's rows, and what each adds to its bin.
  #nodeRows: Int32Array = new Int32Array(0);
  #start = 0;
  #count = 0;
  #isPacked = false;
  readonly #rowCounts: Float64Array;
  readonly #rowSums: Float64Array;

  // Sums by bin, and a bit for each bin that has rows; 0 before and after each feature.
  readonly #binCounts = new Float64Array(256);
  readonly #binSums = new Float64Array(256);
  readonly #marks = new Int32Array(8);

  /** `rowCount`: the most rows that a node may have. */
  constructor(rowCount: number) {
    this.#rowCounts = new Float64Array(rowCount);
    this.#rowSums = new Float64Array(rowCount);
  }

  /**
   * From now on the node is rows[start, end); true if their values differ. `mostDraws`: no row was drawn more often.
   * `areBits`: all values are 0 or 1.
   */
  open(
    rows: Int32Array,
    start: number,
    end: number,
    draws: Uint16Array,
    values: Float64Array,
    mostDraws: number,
    areBits: boolean,
  ): boolean {
    this.#nodeRows = rows;
    this.#start = start;
    this.#count = end - start;
    this.#isPacked = areBits && this.#count * mostDraws < DRAWS_UNIT;
    return this.#isPacked ? this.#gatherPacked(draws, values) : this.#gather(draws, values);
  }

  /** Sums up the node's rows by these bins. Returns how many bins have rows. */
  collect(bins: Uint8Array, binCount: number): number {
    const isSparse = this.#count < SPARSE_ROWS;
    if (!this.#isPacked) this.#addWide(bins);
    else if (isSparse) this.#addPackedAndMark(bins);
    else this.#addPacked(bins);
    const used = isSparse ? this.#listMarked() : this.#listAll(binCount);
    if (this.#isPacked) this.#takePacked(used);
    else this.#takeWide(used);
    return used;
  }

  /** Lays the node's rows side by side; true if their values differ. */
  #gatherPacked(draws: Uint16Array, values: Float64Array): boolean {
    const rows = this.#nodeRows;
    const start = this.#start;
    const count = this.#count;
    const counts = this.#rowCounts;
    let total = 0;
    let second = 0;
    for (let i = 0; i < count; i++) {
      const row = rows[start + i]!;
      const drawn = draws[row]!;
      const drawnSecond = drawn * values[row]!;
      total += drawn;
      second += drawnSecond;
      counts[i] = 1 + drawn * DRAWS_UNIT + drawnSecond * SECOND_UNIT;
    }
    this.totalDraws = total;
    this.totalSum = second;
    return second > 0 && second < total;
  }

  #gather(draws: Uint16Array, values: Float64Array): boolean {
    const rows = this.#nodeRows;
    const start = this.#start;
    let total = 0;
    let sum = 0;
    const first = values[rows[start]!]!;
    let isMixed = false;
    for (let i = 0; i < this.#count; i++) {
      const row = rows[start + i]!;
      const drawn = draws[row]!;
      const value = values[row]!;
      if (value !== first) isMixed = true;
      total += drawn;
      sum += drawn * value;
      this.#rowCounts[i] = 1 + drawn * WIDE_DRAWS_UNIT;
      this.#rowSums[i] = drawn * value;
    }
    this.totalDraws = total;
    this.totalSum = sum;
    return isMixed;
  }

  #addPacked(bins: Uint8Array): void {
    const rows = this.#nodeRows;
    const start = this.#start;
    const count = this.#count;
    const counts = this.#rowCounts;
    const binCounts = this.#binCounts;
    for (let i = 0; i < count; i++) binCounts[bins[rows[start + i]!]!]! += counts[i]!;
  }

  #addPackedAndMark(bins: Uint8Array): void {
    const rows = this.#nodeRows;
    const start = this.#start;
    const count = this.#count;
    const counts = this.#rowCounts;
    const binCounts = this.#binCounts;
    const marks = this.#marks;
    for (let i = 0; i < count; i++) {
      const bin = bins[rows[start + i]!]!;
      binCounts[bin]! += counts[i]!;
      marks[bin >>> 5]! |= 1 << (bin & 31);
    }
  }

  #addWide(bins: Uint8Array): void {
    const rows = this.#nodeRows;
    const start = this.#start;
    const count = this.#count;
    const counts = this.#rowCounts;
    const sums = this.#rowSums;
    const binCounts = this.#binCounts;
    const binSums = this.#binSums;
    const marks = this.#marks;
    for (let i = 0; i < count; i++) {
      const bin = bins[rows[start + i]!]!;
      binCounts[bin]! += counts[i]!;
      binSums[bin]! += sums[i]!;
      marks[bin >>> 5]! |= 1 << (bin & 31);
    }
  }

  /** Lists the marked bins, ascending; returns how many there are. */
  #listMarked(): number {
    const marks = this.#marks;
    const usedBins = this.bins;
    let used = 0;
    for (let word = 0; word < 8; word++) {
      let rest = marks[word]!;
      marks[word] = 0;
      while (rest !== 0) {
        usedBins[used++] = 32 * word + 31 - Math.clz32(rest & -rest);
        rest &= rest - 1;
      }
    }
    return used;
  }

  /** The same for nodes with so many rows that most bins have some. */
  #listAll(binCount: number): number {
    const binCounts = this.#binCounts;
    const usedBins = this.bins;
    let used = 0;
    for (let bin = 0; bin < binCount; bin++) {
      usedBins[used] = bin;
      if (binCounts[bin] !== 0) used++;
    }
    this.#marks.fill(0);
    return used;
  }

  /** Takes the sums of the listed bins apart, and leaves them 0. */
  #takePacked(used: number): void {
    const binCounts = this.#binCounts;
    const usedBins = this.bins;
    const usedRows = this.rows;
    const usedWeights = this.draws;
    const usedSums = this.sums;
    for (let at = 0; at < used; at++) {
      const bin = usedBins[at]!;
      const packed = binCounts[bin]!;
      binCounts[bin] = 0;
      // Both parts are below 2^17: the bit operation only cuts the fraction off.
      const second = (packed * (1 / SECOND_UNIT)) | 0;
      const rest = packed - second * SECOND_UNIT;
      const draws = (rest * (1 / DRAWS_UNIT)) | 0;
      usedRows[at] = rest - draws * DRAWS_UNIT;
      usedWeights[at] = draws;
      usedSums[at] = second;
    }
  }

  #takeWide(used: number): void {
    const binCounts = this.#binCounts;
    const binSums = this.#binSums;
    for (let at = 0; at < used; at++) {
      const bin = this.bins[at]!;
      const packed = binCounts[bin]!;
      const draws = Math.floor(packed * (1 / WIDE_DRAWS_UNIT));
      this.rows[at] = packed - draws * WIDE_DRAWS_UNIT;
      this.draws[at] = draws;
      this.sums[at] = binSums[bin]!;
      binCounts[bin] = 0;
      binSums[bin] = 0;
    }
  }
}
