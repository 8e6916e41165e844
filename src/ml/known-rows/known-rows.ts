import type { ModelFeature } from '../../runtime/model.ts';
import { codeReader, numbersReader, wholeDate } from '../../runtime/predict/encode-features.ts';
import type { CellReading } from '../../runtime/values/cells.ts';
import type { TestRows } from '../evaluation/evaluate-model.ts';
import type { TrainingSet } from '../training-set.ts';
import { addCodesToHashes, addNumbersToHashes, finishHash, ROW_HASH_SEED } from './row-hash.ts';

/** The rows that a model was trained on, as far as it can tell them from others. */
export interface KnownRows {
  /** Of the values that the model reads and of the target; ascending, each once. */
  readonly hashes: Uint32Array;
  /**
   * The share of the test rows that have one of the hashes too. Where it is high, rows are often alike by chance, and nothing
   * follows from a hash.
   */
  readonly duplicateShare: number;
}

/** The hashes of more rows would take megabytes more than the predictions of a million test rows do. */
const MAX_ROWS = 2_000_000;

/**
 * Hashes the training rows, and the test rows too where the model has learned them (`areTestRowsKnown`); null for more than two
 * million. Cost: some nanoseconds for each value.
 */
export function knownRows(
  { features, columns, rows, target }: TrainingSet,
  reading: CellReading,
  testSet: TestRows,
  areTestRowsKnown = false,
): KnownRows | null {
  if (rows.length + (areTestRowsKnown ? testSet.rows.length : 0) > MAX_ROWS) return null;
  const hash = rowHasher(features, columns, reading);
  const trained = target.task === 'CLASSIFICATION' ? target.codes : target.values;
  const distinct = distinctSorted(hash(rows, trained));
  const tested = hash(testSet.rows, testSet.actual).sort();
  return {
    hashes: areTestRowsKnown ? distinctSorted(joined(distinct, tested)) : distinct,
    duplicateShare: countCommon(distinct, tested) / Math.max(1, tested.length),
  };
}

/** Whether an ascending list has the hash. */
export function hasHash(hashes: Uint32Array, hash: number): boolean {
  let low = 0;
  let high = hashes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (hashes[middle]! < hash) low = middle + 1;
    else high = middle;
  }
  return hashes[low] === hash;
}

/** How many of the ascending `tested` are among the ascending `known`. */
function countCommon(known: Uint32Array, tested: Uint32Array): number {
  let common = 0;
  let at = 0;
  for (let i = 0; i < tested.length; i++) {
    while (at < known.length && known[at]! < tested[i]!) at++;
    if (known[at] === tested[i]) common++;
  }
  return common;
}

/** Hashes rows, one column after the other. */
function rowHasher(
  features: readonly ModelFeature[],
  columns: TrainingSet['columns'],
  reading: CellReading,
): (rows: Int32Array, targets: Int32Array | Float64Array) => Uint32Array {
  const readers = firstFeatures(features).map(({ feature, index }) =>
    valueHasher(feature, columns[index] ?? null, reading),
  );
  return (rows, targets) => {
    const hashes = new Int32Array(rows.length).fill(ROW_HASH_SEED);
    for (const addValues of readers) addValues(hashes, rows);
    addNumbersToHashes(hashes, new Float64Array(targets));
    const finished = new Uint32Array(rows.length);
    for (let i = 0; i < rows.length; i++) finished[i] = finishHash(hashes[i]!);
    return finished;
  };
}

/** Adds a column's values to the hashes of rows. */
function valueHasher(
  feature: ModelFeature,
  column: TrainingSet['columns'][number] | null,
  reading: CellReading,
): (hashes: Int32Array, rows: Int32Array) => void {
  if (feature.kind !== 'CATEGORY') {
    const read = numbersReader(column, feature.kind === 'DATETIME' ? wholeDate(feature) : feature, reading);
    return (hashes, rows) => {
      const values = new Float64Array(rows.length);
      read(rows, values);
      addNumbersToHashes(hashes, values);
    };
  }
  const codeAt = codeReader(column, feature, reading);
  const values = Float64Array.from({ length: feature.categories.length + 2 }, (_, code) =>
    codeForHash(code, feature.categories.length),
  );
  return (hashes, rows) => {
    const codes = new Int32Array(rows.length);
    for (let i = 0; i < rows.length; i++) codes[i] = codeAt(rows[i]!);
    addCodesToHashes(hashes, codes, values);
  };
}

/** The first feature of each column: a column of dates is several. */
export function firstFeatures(
  features: readonly ModelFeature[],
): readonly { readonly feature: ModelFeature; readonly index: number }[] {
  const first = new Map<string, { readonly feature: ModelFeature; readonly index: number }>();
  for (const [index, feature] of features.entries()) {
    if (!first.has(feature.name)) first.set(feature.name, { feature, index });
  }
  return [...first.values()];
}

/** Missing is -1, whatever it is in a model. */
function codeForHash(code: number, categories: number): number {
  return code > categories ? -1 : code;
}

function distinctSorted(hashes: Uint32Array): Uint32Array {
  hashes.sort();
  let count = 0;
  for (let i = 0; i < hashes.length; i++) {
    if (i === 0 || hashes[i] !== hashes[i - 1]) hashes[count++] = hashes[i]!;
  }
  return hashes.slice(0, count);
}

function joined(some: Uint32Array, others: Uint32Array): Uint32Array {
  const all = new Uint32Array(some.length + others.length);
  all.set(some);
  all.set(others, some.length);
  return all;
}
