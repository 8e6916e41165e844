import type { LinearModel, Model } from '../../runtime/format/model.ts';
import { linearMargins } from '../../runtime/predict/predict-linear.ts';
import { codeArray } from '../parallel/filled-array.ts';
import { PERMUTATIONS, type Permutation, partRowsFor, type VariantSums } from './permutation.ts';

/** Up to so many numbers, 32 MB, what the features add is computed once for the whole sample. */
const MAX_KEPT = 2 ** 22;

/** So many rows' margins of some variants stay in the processor's cache. */
const PART_ROWS = 256;

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
  readonly partRows: number;
  readonly #model: LinearModel;
  readonly #permutation: Permutation;
  readonly #terms: readonly Term[];

  constructor(model: LinearModel, reading: Pick<Model, 'features' | 'reading'>, permutation: Permutation) {
    const { permutedCount, columns } = permutation;
    this.width = model.marginCount;
    this.partRows = partRowsFor(PART_ROWS, this.width * 2 * (permutedCount * PERMUTATIONS + 1 + columns.length));
    this.#model = model;
    this.#permutation = permutation;
    const intercepts = new Float64Array(model.marginCount);
    const isSmall = permutation.drawn.length * columns.length * this.width <= MAX_KEPT;
    this.#terms = reading.features.map((feature, f) => {
      const term = linearMargins(
        { ...model, intercepts, terms: [model.terms[f]!] },
        { features: [feature], reading: reading.reading },
        [columns[f] ?? null],
      );
      return isSmall ? keptTerm(term, permutation.drawn.length, this.width) : term;
    });
  }

  *sums(first: number, end: number): Generator<number, Float64Array> {
    const { permutedOf, permutedCount, lenders } = this.#permutation;
    const { width } = this;
    const rows = codeArray(end - first, (i) => first + i);
    const plain: Float64Array[] = [];
    for (const term of this.#terms) {
      yield 0;
      plain.push(term(rows));
    }
    const variants = permutedCount * PERMUTATIONS + 1;
    const sums = new Float64Array(rows.length * variants * width);
    const running = new Float64Array(rows.length * width);
    for (let at = 0; at < running.length; at += width) running.set(this.#model.intercepts, at);
    const unshuffled = running.slice();
    for (const added of plain) addTo(unshuffled, added);
    writeVariant(sums, unshuffled, variants - 1, variants, width);
    const after = sumsFromEnd(plain, running.length);
    const seen = new Set<number>();
    for (let f = 0; f < plain.length; f++) {
      const column = permutedOf[f]!;
      if (column >= 0 && !seen.has(column)) {
        seen.add(column);
        const last = permutedOf.lastIndexOf(column);
        const asItIs = running.slice();
        for (let g = f; g <= last; g++) addTo(asItIs, plain[g]!);
        for (const [s, lender] of lenders.entries()) {
          yield f / plain.length;
          const margins = this.#throughColumn(running, f, last, plain, lender.subarray(first, end));
          for (let i = 0; i < margins.length; i++) {
            margins[i] = margins[i] === asItIs[i] ? unshuffled[i]! : margins[i]! + after[last + 1]![i]!;
          }
          writeVariant(sums, margins, column * PERMUTATIONS + s, variants, width);
        }
      }
      addTo(running, plain[f]!);
    }
    return sums;
  }

  /** `before`, and what the features `from` to `last` add, the first and the last of a column that is shuffled. */
  #throughColumn(
    before: Float64Array,
    from: number,
    last: number,
    plain: readonly Float64Array[],
    lent: Int32Array,
  ): Float64Array {
    const { permutedOf } = this.#permutation;
    const margins = before.slice();
    for (let f = from; f <= last; f++) {
      addTo(margins, permutedOf[f] === permutedOf[from] ? this.#terms[f]!(lent) : plain[f]!);
    }
    return margins;
  }
}

/** For each place what is added from there on, and at the end nothing. */
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
function keptTerm(term: Term, sampleRows: number, width: number): Term {
  let all: Float64Array | null = null;
  return (rows) => {
    all ??= term(codeArray(sampleRows, (i) => i));
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
