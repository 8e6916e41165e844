import type { Column } from '../../tabular/types/column.ts';

/** So many of the nearest rows are kept of each that is looked at, and as many of those that share most values with it. */
const ROWS_KEPT = 40;
/** What is usual in a column is told by so many training rows, evenly taken. */
const ROWS_SAMPLED = 2_000;
/** Distances are worked out for so many training rows at a time, which stay in the processor's cache. */
const BLOCK_ROWS = 2_048;
/** The squared distance of two labels, and of two numbers on average, which are counted in standard deviations. */
const LABEL_DISTANCE = 2;
/** Beyond so many standard deviations from the mean a number counts hardly more: a few outliers would hide all others. */
const FAR_DEVIATIONS = 4;

/** The training rows that are most like a test row; copies of it in all features are not among them. */
export interface AlikeRows {
  readonly row: number;
  /** By distance, nearest first: numbers in standard deviations, each label that differs as two of them. */
  readonly nearest: readonly Match[];
  /** By the values that they share exactly, those that share most first. */
  readonly sharing: readonly Match[];
}

export interface Match {
  readonly row: number;
  /** The distance; or the nats of the values that are shared: minus the logarithm of how likely that is where columns are independent. */
  readonly score: number;
}

/**
 * Finds the training rows that are most like test rows.
 *
 * Cost: wanted rows times training rows times columns. Memory: four bytes for each cell of the training rows.
 */
export class AlikeRowFinder {
  readonly #train: Int32Array;
  /** Labels first: their distances are whole numbers, which nothing is lost of. */
  readonly #columns: readonly PlacedColumn[];
  readonly #mostDistance: number;

  constructor(columns: readonly Column[], train: Int32Array) {
    const step = Math.ceil(train.length / ROWS_SAMPLED);
    const sample = Int32Array.from({ length: Math.ceil(train.length / step) }, (_, i) => train[i * step]!);
    const labels = columns.filter(({ storage }) => storage === 'label');
    const numbers = columns.filter(({ storage }) => storage === 'number');
    this.#train = train;
    this.#columns = [...labels, ...numbers].map((column) => new PlacedColumn(column, train, sample));
    this.#mostDistance = LABEL_DISTANCE * labels.length;
  }

  find(wanted: Int32Array): readonly AlikeRows[] {
    const near = Array.from(wanted, () => new BestMatches());
    const sharing = Array.from(wanted, () => new BestMatches());
    const [distances, nats] = [new Float32Array(BLOCK_ROWS), new Float32Array(BLOCK_ROWS)];
    for (let begin = 0; begin < this.#train.length; begin += BLOCK_ROWS) {
      const end = Math.min(begin + BLOCK_ROWS, this.#train.length);
      wanted.forEach((row, at) => {
        distances.fill(this.#mostDistance);
        nats.fill(0);
        for (const column of this.#columns) column.measure(row, begin, end, distances, nats);
        keepBest(near[at]!, sharing[at]!, begin, end, distances, nats);
      });
    }
    const matchesOf = (best: BestMatches) =>
      best.matches.map(({ row, score }) => ({ row: this.#train[row]!, score: Math.abs(score) }));
    return Array.from(wanted, (row, at) => ({
      row,
      nearest: matchesOf(near[at]!).map((match) => ({ ...match, score: Math.sqrt(match.score) })),
      sharing: matchesOf(sharing[at]!),
    }));
  }
}

/** A column as distances are worked out in it. */
class PlacedColumn {
  readonly #column: Column;
  /** Of the rows of numbers that were sampled. */
  readonly #moments: Moments;
  /** Of the training rows: a label's code, or the place of a number. */
  readonly #places: Float32Array;
  /** How many of the sampled rows have each value. */
  readonly #counts = new Map<number, number>();
  readonly #sampled: number;

  constructor(column: Column, train: Int32Array, sample: Int32Array) {
    this.#column = column;
    const cells = cellsOf(column);
    this.#moments = momentsOf(cells, sample);
    this.#places =
      column.storage === 'label' ? codesOf(column.codes, train) : ranksOf(column.values, train, this.#moments);
    for (const row of sample) this.#counts.set(cells[row]!, (this.#counts.get(cells[row]!) ?? 0) + 1);
    this.#sampled = sample.length;
  }

  /** Adds to the squared distances of a row from a block of training rows, and to what it shares with them. */
  measure(row: number, begin: number, end: number, distances: Float32Array, nats: Float32Array): void {
    const cell = cellsOf(this.#column)[row]!;
    const worth = this.#natsOf(cell);
    if (this.#column.storage === 'label') addLabels(this.#places, begin, end, cell, worth, distances, nats);
    else addNumbers(this.#places, begin, end, Math.fround(placeOf(cell, this.#moments)), worth, distances, nats);
  }

  /** What sharing a value is worth: nothing where it is missing. */
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

/** Where a number is, in standard deviations from the mean; a missing one is as far from others as two are on average. */
function placeOf(value: number, { mean, deviation }: Moments): number {
  if (!Number.isFinite(value)) return Math.SQRT2;
  const place = (value - mean) / deviation;
  return Number.isFinite(place) ? place / (1 + Math.abs(place) / FAR_DEVIATIONS) : Math.sign(place) * FAR_DEVIATIONS;
}

function ranksOf(values: Float64Array, rows: Int32Array, moments: Moments): Float32Array {
  const places = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) places[i] = placeOf(values[rows[i]!]!, moments);
  return places;
}

function codesOf(codes: Int32Array, rows: Int32Array): Float32Array {
  const places = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) places[i] = codes[rows[i]!]!;
  return places;
}

function addNumbers(
  places: Float32Array,
  begin: number,
  end: number,
  own: number,
  worth: number,
  distances: Float32Array,
  nats: Float32Array,
): void {
  for (let i = begin, at = 0; i < end; i++, at++) {
    const difference = places[i]! - own;
    distances[at] = distances[at]! + difference * difference;
    if (difference === 0) nats[at] = nats[at]! + worth;
  }
}

/** Every label was taken to differ. */
function addLabels(
  codes: Float32Array,
  begin: number,
  end: number,
  own: number,
  worth: number,
  distances: Float32Array,
  nats: Float32Array,
): void {
  for (let i = begin, at = 0; i < end; i++, at++) {
    if (codes[i] !== own) continue;
    distances[at] = distances[at]! - LABEL_DISTANCE;
    nats[at] = nats[at]! + worth;
  }
}

function keepBest(
  near: BestMatches,
  sharing: BestMatches,
  begin: number,
  end: number,
  distances: Float32Array,
  nats: Float32Array,
): void {
  for (let i = begin, at = 0; i < end; i++, at++) {
    const distance = distances[at]!;
    if (distance <= 0) continue;
    if (distance < near.limit) near.keep(i, distance);
    const shared = -nats[at]!;
    if (shared < sharing.limit) sharing.keep(i, shared);
  }
}

/** The matches of lowest scores, the first of equal ones. */
class BestMatches {
  readonly matches: Match[] = [];
  /** Only what is below it is to be kept. */
  limit = Number.POSITIVE_INFINITY;

  keep(row: number, score: number): void {
    const { matches } = this;
    if (matches.length === ROWS_KEPT) matches.pop();
    let at = matches.length;
    while (at > 0 && matches[at - 1]!.score > score) at--;
    matches.splice(at, 0, { row, score });
    if (matches.length === ROWS_KEPT) this.limit = matches[ROWS_KEPT - 1]!.score;
  }
}
