import type { Column } from '../../tabular/types/column.ts';

/** Neighbours kept for each row, by distance and by shared values each. */
const NEIGHBOURS_KEPT = 40;
/** Training rows, evenly spaced, from which the mean, deviation and value frequencies of a column are estimated. */
const SAMPLED_ROWS = 2_000;
/** Distances are computed for blocks of training rows that fit into the processor's cache. */
const BLOCK_ROWS = 2_048;
/** The squared distance of two different labels; that of two standardised numbers is the same on average. */
const LABEL_DISTANCE = 2;
/** Limit of the squashed z-score: a few outliers would otherwise dominate all distances. */
const MAX_DEVIATIONS = 4;

/** The training rows nearest to a test row, exact duplicates left out. */
export interface Neighbours {
  readonly row: number;
  /** By distance, nearest first. */
  readonly nearest: readonly Neighbour[];
  /** By the information in the values that both rows have, most first. */
  readonly sharing: readonly Neighbour[];
}

export interface Neighbour {
  readonly row: number;
  /** The distance; or the information of the shared values in nats: -log of their probability if columns were independent. */
  readonly score: number;
}

/**
 * Nearest neighbours of test rows among the training rows, by brute force.
 *
 * Cost: O(test rows × training rows × columns). Memory: four bytes for each cell of the training rows.
 */
export class NearestNeighbours {
  readonly #train: Int32Array;
  /** Labels first: their distances are integers, so sums of them are exact in 32-bit floats. */
  readonly #columns: readonly ScaledColumn[];
  readonly #maxLabelDistance: number;

  constructor(columns: readonly Column[], train: Int32Array) {
    const step = Math.ceil(train.length / SAMPLED_ROWS);
    const sample = Int32Array.from({ length: Math.ceil(train.length / step) }, (_, i) => train[i * step]!);
    const labels = columns.filter(({ storage }) => storage === 'label');
    const numbers = columns.filter(({ storage }) => storage === 'number');
    this.#train = train;
    this.#columns = [...labels, ...numbers].map((column) => new ScaledColumn(column, train, sample));
    this.#maxLabelDistance = LABEL_DISTANCE * labels.length;
  }

  find(rows: Int32Array): readonly Neighbours[] {
    const nearest = Array.from(rows, () => new BestNeighbours());
    const sharing = Array.from(rows, () => new BestNeighbours());
    const [distances, nats] = [new Float32Array(BLOCK_ROWS), new Float32Array(BLOCK_ROWS)];
    for (let begin = 0; begin < this.#train.length; begin += BLOCK_ROWS) {
      const end = Math.min(begin + BLOCK_ROWS, this.#train.length);
      rows.forEach((row, at) => {
        distances.fill(this.#maxLabelDistance);
        nats.fill(0);
        for (const column of this.#columns) column.measure(row, begin, end, distances, nats);
        keepBest(nearest[at]!, sharing[at]!, begin, end, distances, nats);
      });
    }
    const neighboursOf = (best: BestNeighbours) =>
      best.neighbours.map(({ row, score }) => ({ row: this.#train[row]!, score: Math.abs(score) }));
    return Array.from(rows, (row, at) => ({
      row,
      nearest: neighboursOf(nearest[at]!).map((match) => ({ ...match, score: Math.sqrt(match.score) })),
      sharing: neighboursOf(sharing[at]!),
    }));
  }
}

/** A column prepared for distances. */
class ScaledColumn {
  readonly #column: Column;
  /** Of the sampled numbers. */
  readonly #moments: Moments;
  /** For each training row: the code of a label, or the squashed z-score of a number. */
  readonly #scaled: Float32Array;
  /** Frequencies of the values in the sample. */
  readonly #counts = new Map<number, number>();
  readonly #sampled: number;

  constructor(column: Column, train: Int32Array, sample: Int32Array) {
    this.#column = column;
    const cells = cellsOf(column);
    this.#moments = momentsOf(cells, sample);
    this.#scaled =
      column.storage === 'label' ? codesOf(column.codes, train) : squashedZScores(column.values, train, this.#moments);
    for (const row of sample) this.#counts.set(cells[row]!, (this.#counts.get(cells[row]!) ?? 0) + 1);
    this.#sampled = sample.length;
  }

  /** Adds this column's part to the squared distances of a row from a block of training rows, and to the shared nats. */
  measure(row: number, begin: number, end: number, distances: Float32Array, nats: Float32Array): void {
    const cell = cellsOf(this.#column)[row]!;
    const valueNats = this.#natsOf(cell);
    if (this.#column.storage === 'label') addLabels(this.#scaled, begin, end, cell, valueNats, distances, nats);
    else {
      addNumbers(
        this.#scaled,
        begin,
        end,
        Math.fround(squashedZScore(cell, this.#moments)),
        valueNats,
        distances,
        nats,
      );
    }
  }

  /** The information in sharing a value; 0 if it is missing. */
  #natsOf(cell: number): number {
    if (this.#column.storage === 'label' ? cell < 0 : !Number.isFinite(cell)) return 0;
    return Math.log((this.#sampled + 1) / ((this.#counts.get(cell) ?? 0) + 1));
  }
}

function cellsOf(column: Column): Float64Array | Int32Array {
  return column.storage === 'label' ? column.codes : column.values;
}

interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

function momentsOf(cells: Float64Array | Int32Array, sample: Int32Array): Moments {
  let [known, mean, squares] = [0, 0, 0];
  for (const row of sample) {
    const cell = cells[row]!;
    if (!Number.isFinite(cell)) continue;
    const step = cell - mean;
    mean += step / ++known;
    squares += step * (cell - mean);
  }
  const deviation = Math.sqrt(squares / known);
  return { mean, deviation: deviation > 0 && Number.isFinite(deviation) ? deviation : 1 };
}

/** The z-score, squashed to ±MAX_DEVIATIONS. A missing value is as far from the mean as two values are from each other on average. */
function squashedZScore(value: number, { mean, deviation }: Moments): number {
  if (!Number.isFinite(value)) return Math.SQRT2;
  const zScore = (value - mean) / deviation;
  return Number.isFinite(zScore)
    ? zScore / (1 + Math.abs(zScore) / MAX_DEVIATIONS)
    : Math.sign(zScore) * MAX_DEVIATIONS;
}

function squashedZScores(values: Float64Array, rows: Int32Array, moments: Moments): Float32Array {
  const scaled = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) scaled[i] = squashedZScore(values[rows[i]!]!, moments);
  return scaled;
}

function codesOf(codes: Int32Array, rows: Int32Array): Float32Array {
  const scaled = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) scaled[i] = codes[rows[i]!]!;
  return scaled;
}

function addNumbers(
  scaled: Float32Array,
  begin: number,
  end: number,
  value: number,
  valueNats: number,
  distances: Float32Array,
  nats: Float32Array,
): void {
  for (let i = begin, at = 0; i < end; i++, at++) {
    const difference = scaled[i]! - value;
    distances[at] = distances[at]! + difference * difference;
    if (difference === 0) nats[at] = nats[at]! + valueNats;
  }
}

/** All labels were counted as different beforehand. */
function addLabels(
  codes: Float32Array,
  begin: number,
  end: number,
  value: number,
  valueNats: number,
  distances: Float32Array,
  nats: Float32Array,
): void {
  for (let i = begin, at = 0; i < end; i++, at++) {
    if (codes[i] !== value) continue;
    distances[at] = distances[at]! - LABEL_DISTANCE;
    nats[at] = nats[at]! + valueNats;
  }
}

function keepBest(
  nearest: BestNeighbours,
  sharing: BestNeighbours,
  begin: number,
  end: number,
  distances: Float32Array,
  nats: Float32Array,
): void {
  for (let i = begin, at = 0; i < end; i++, at++) {
    const distance = distances[at]!;
    if (distance <= 0) continue;
    if (distance < nearest.limit) nearest.keep(i, distance);
    const shared = -nats[at]!;
    if (shared < sharing.limit) sharing.keep(i, shared);
  }
}

/** The neighbours of lowest scores; the first of equal ones. */
class BestNeighbours {
  readonly neighbours: Neighbour[] = [];
  /** Scores from this on are not kept. */
  limit = Number.POSITIVE_INFINITY;

  keep(row: number, score: number): void {
    const { neighbours } = this;
    if (neighbours.length === NEIGHBOURS_KEPT) neighbours.pop();
    let at = neighbours.length;
    while (at > 0 && neighbours[at - 1]!.score > score) at--;
    neighbours.splice(at, 0, { row, score });
    if (neighbours.length === NEIGHBOURS_KEPT) this.limit = neighbours[NEIGHBOURS_KEPT - 1]!.score;
  }
}
