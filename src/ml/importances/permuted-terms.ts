import type { LinearModel, Model } from '../../runtime/model.ts';
import { linearMargins } from '../../runtime/predict/predict-linear.ts';
import { int32ArrayFrom } from '../parallel/typed-arrays.ts';
import { batchRowsFor, PERMUTATIONS, type Permutation, type VariantSums } from './permutation.ts';

/** Up to this many numbers, 32 MB, the terms of the features are computed once for the whole sample. */
const MAX_CACHED_MARGINS = 2 ** 22;

/** Rows whose margins for several variants fit into the processor's cache. */
const BATCH_ROWS = 256;

/** What a feature adds to the margins of some rows: row after row. */
type Term = (rows: Int32Array) => Float64Array;

/**
 * The margins of a linear model with shuffled columns. What a feature adds is computed once as it is, and once for each
 * shuffle of its column; what comes before the column and after it is added up once for all its shuffles. A margin that
 * the shuffle leaves alone is the predictor's to the last bit; any other is added up in another order, and may differ in
 * the last bits. Cost for each row and margin: some additions for each feature and each variant.
 */
export class PermutedTerms implements VariantSums {
  readonly width: number;
  readonly batchRows: number;
  readonly #model: LinearModel;
  readonly #permutation: Permutation;
  readonly #terms: readonly Term[];

  constructor(model: LinearModel, reading: Pick<Model, 'features' | 'reading'>, permutation: Permutation) {
    const { permutedCount, columns } = permutation;
    this.width = model.marginCount;
    this.batchRows = batchRowsFor(BATCH_ROWS, this.width * 2 * (permutedCount * PERMUTATIONS + 1 + columns.length));
    this.#model = model;
    this.#permutation = permutation;
    const intercepts = new Float64Array(model.marginCount);
    const isSmall = permutation.drawn.length * columns.length * this.width <= MAX_CACHED_MARGINS;
    this.#terms = reading.features.map((feature, f) => {
      const term = linearMargins(
        { ...model, intercepts, terms: [model.terms[f]!] },
        { features: [feature], reading: reading.reading },
        [columns[f] ?? null],
      );
      return isSmall ? cachedTerm(term, permutation.drawn.length, this.width) : term;
    });
  }

  *sums(first: number, end: number): Generator<number, Float64Array> {
    const { permutedOf, permutedCount, permutedRows } = this.#permutation;
    const { width } = this;
    const rows = int32ArrayFrom(end - first, (i) => first + i);
    const contributions: Float64Array[] = [];
    for (const term of this.#terms) {
      yield 0;
      contributions.push(term(rows));
    }
    const variants = permutedCount * PERMUTATIONS + 1;
    const sums = new Float64Array(rows.length * variants * width);
    const partialMargins = new Float64Array(rows.length * width);
    for (let at = 0; at < partialMargins.length; at += width) partialMargins.set(this.#model.intercepts, at);
    const originalMargins = partialMargins.slice();
    for (const added of contributions) addTo(originalMargins, added);
    writeVariant(sums, originalMargins, variants - 1, variants, width);
    const after = sumsFromEnd(contributions, partialMargins.length);
    const seen = new Set<number>();
    for (let f = 0; f < contributions.length; f++) {
      const column = permutedOf[f]!;
      if (column >= 0 && !seen.has(column)) {
        seen.add(column);
        const last = permutedOf.lastIndexOf(column);
        const originalPartial = partialMargins.slice();
        for (let g = f; g <= last; g++) addTo(originalPartial, contributions[g]!);
        for (const [s, sourceRows] of permutedRows.entries()) {
          yield f / contributions.length;
          const margins = this.#addPermutedColumn(
            partialMargins,
            f,
            last,
            contributions,
            sourceRows.subarray(first, end),
          );
          for (let i = 0; i < margins.length; i++) {
            margins[i] = margins[i] === originalPartial[i] ? originalMargins[i]! : margins[i]! + after[last + 1]![i]!;
          }
          writeVariant(sums, margins, column * PERMUTATIONS + s, variants, width);
        }
      }
      addTo(partialMargins, contributions[f]!);
    }
    return sums;
  }

  /** `before`, and what the features `from` to `last` add, the first and the last of a column that is shuffled. */
  #addPermutedColumn(
    before: Float64Array,
    from: number,
    last: number,
    contributions: readonly Float64Array[],
    sourceRows: Int32Array,
  ): Float64Array {
    const { permutedOf } = this.#permutation;
    const margins = before.slice();
    for (let f = from; f <= last; f++) {
      addTo(margins, permutedOf[f] === permutedOf[from] ? this.#terms[f]!(sourceRows) : contributions[f]!);
    }
    return margins;
  }
}

/** Suffix sums: for each feature the sum of the contributions from it on, and 0 at the end. */
function sumsFromEnd(added: readonly Float64Array[], length: number): readonly Float64Array[] {
  let sums = new Float64Array(length);
  const all = [sums];
  for (const more of added.toReversed()) {
    sums = sums.slice();
    addTo(sums, more);
    all.push(sums);
  }
  return all.toReversed();
}

/** The same, computed for all rows of the sample when it is first wanted. */
function cachedTerm(term: Term, sampleRows: number, width: number): Term {
  let all: Float64Array | null = null;
  return (rows) => {
    all ??= term(int32ArrayFrom(sampleRows, (i) => i));
    const margins = new Float64Array(rows.length * width);
    for (let i = 0; i < rows.length; i++) {
      for (let k = 0; k < width; k++) margins[i * width + k] = all[rows[i]! * width + k]!;
    }
    return margins;
  };
}

function addTo(sums: Float64Array, added: Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += added[i]!;
}

/** Puts the margins of one variant, row after row, beside those of the others. */
function writeVariant(
  sums: Float64Array,
  margins: Float64Array,
  variant: number,
  variants: number,
  width: number,
): void {
  for (let from = 0, to = variant * width; from < margins.length; from += width, to += variants * width) {
    for (let k = 0; k < width; k++) sums[to + k] = margins[from + k]!;
  }
}
