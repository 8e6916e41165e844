import type { ModelFeature } from '../../runtime/model.ts';
import { codeReader, numberReader } from '../../runtime/predict/encode-features.ts';
import type { CellReading } from '../../runtime/values/cells.ts';
import type { TestRows } from '../evaluation/evaluate-model.ts';
import type { TrainingSet } from '../training-set.ts';
import { addToHash, finishHash, ROW_HASH_SEED } from './row-hash.ts';

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

/** Hashes the training rows; null for more than two million. Cost: some nanoseconds for each value. */
export function knownRows(
  { features, columns, rows, target }: TrainingSet,
  reading: CellReading,
  testSet: TestRows,
): KnownRows | null {
  if (rows.length > MAX_ROWS) return null;
  const hashOf = rowHasher(features, columns, reading);
  const trained = target.task === 'CLASSIFICATION' ? target.codes : target.values;
  const hashes = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) hashes[i] = hashOf(rows[i]!, trained[i]!);
  const distinct = distinctSorted(hashes);
  let equal = 0;
  for (let i = 0; i < testSet.rows.length; i++) {
    if (hasHash(distinct, hashOf(testSet.rows[i]!, testSet.actual[i]!))) equal++;
  }
  return { hashes: distinct, duplicateShare: equal / Math.max(1, testSet.rows.length) };
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

function rowHasher(
  features: readonly ModelFeature[],
  columns: TrainingSet['columns'],
  reading: CellReading,
): (row: number, target: number) => number {
  const readers = firstFeatures(features).map(({ feature, index }) => {
    const column = columns[index] ?? null;
    if (feature.kind !== 'CATEGORY') return numberReader(column, wholeOf(feature), reading);
    const codeAt = codeReader(column, feature, reading);
    return (row: number) => codeForHash(codeAt(row), feature.categories.length);
  });
  return (row, target) => {
    let hash = ROW_HASH_SEED;
    for (const valueAt of readers) hash = addToHash(hash, valueAt(row));
    return finishHash(addToHash(hash, target));
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

/** Of dates the moment itself, whichever of their parts the model reads. */
function wholeOf<Feature extends ModelFeature>(feature: Feature): Feature {
  return feature.kind === 'DATETIME' ? { ...feature, part: 'ORDINAL' } : feature;
}

function distinctSorted(hashes: Uint32Array): Uint32Array {
  hashes.sort();
  let count = 0;
  for (let i = 0; i < hashes.length; i++) {
    if (i === 0 || hashes[i] !== hashes[i - 1]) hashes[count++] = hashes[i]!;
  }
  return hashes.slice(0, count);
}
