import { textTerms } from '../../../runtime/values/text-terms.ts';
import type { LabelColumn } from '../../../tabular/types/column.ts';
import { createRandom } from '../../random.ts';

/** Terms of fewer texts tell next to nothing of others; more of them would make files larger than they make models better. */
const MIN_TEXTS = 2;
const MAX_KEPT_TERMS = 8_192;

/** Terms that are held at a time: 16 MB, and some seconds of fitting. Of longer or more texts a random part is learned from. */
const MAX_TERMS = 2 ** 22;

/** Texts that are read between two yields; a longer text counts as several. */
const CHARACTERS_AT_ONCE = 2 ** 18;

/**
 * The texts of a sample of rows, by their terms. Text t has the terms from starts[t] to starts[t + 1], numbered from 0 in the
 * order of `kept`.
 */
export interface TermMatrix {
  /** The hashes of the terms that are kept, ascending. */
  readonly kept: Uint32Array;
  readonly starts: Uint32Array;
  readonly terms: Uint16Array;
  /** Indexes of the sampled rows among the rows that were given, in random order. */
  readonly sample: Int32Array;
  /** For each of them its text. */
  readonly textOf: Int32Array;
}

/**
 * Reads the texts of rows in random order, until there are too many terms, and keeps the most frequent terms that at least two
 * texts have: which those are does not depend on the target. Rows without a text are left out.
 * Cost: linear in the characters; a sort of the terms. Memory: about 40 MB at most beside the rows.
 */
export function* readTerms({ codes, labels }: LabelColumn, rows: Int32Array): Generator<void, TermMatrix> {
  const numberOf = new Map<number, number>();
  const hashes = new Hashes();
  const ends: number[] = [];
  const sample: number[] = [];
  const textOf: number[] = [];
  let characters = 0;
  for (const i of randomOrder(rows.length)) {
    const code = codes[rows[i]!]!;
    if (code < 0) continue;
    if (hashes.length > MAX_TERMS) break;
    let text = numberOf.get(code);
    if (text === undefined) {
      text = ends.length;
      numberOf.set(code, text);
      hashes.add(textTerms(labels[code]!));
      ends.push(hashes.length);
      characters += labels[code]!.length;
      if (characters > CHARACTERS_AT_ONCE) {
        characters = 0;
        yield;
      }
    }
    sample.push(i);
    textOf.push(text);
  }
  const kept = mostFrequent(hashes.all());
  yield;
  const starts = new Uint32Array(ends.length + 1);
  const terms = new Uint16Array(hashes.length);
  const positions = positionsOf(kept);
  let count = 0;
  for (const [text, end] of ends.entries()) {
    for (let at = text === 0 ? 0 : ends[text - 1]!; at < end; at++) {
      const position = positions.get(hashes.all()[at]!);
      if (position !== undefined) terms[count++] = position;
    }
    starts[text + 1] = count;
  }
  return {
    kept,
    starts,
    terms: terms.slice(0, count),
    sample: Int32Array.from(sample),
    textOf: Int32Array.from(textOf),
  };
}

/** For each kept term its number. */
export function positionsOf(kept: Uint32Array): ReadonlyMap<number, number> {
  return new Map(Array.from(kept, (hash, position) => [hash, position]));
}

/** The most frequent of the hashes, of which each text has each once; ascending. Of equally frequent ones the smallest. */
function mostFrequent(hashes: Uint32Array): Uint32Array {
  const sorted = hashes.slice().sort();
  const counted: { readonly hash: number; readonly texts: number }[] = [];
  for (let first = 0; first < sorted.length; ) {
    let end = first;
    while (end < sorted.length && sorted[end] === sorted[first]) end++;
    if (end - first >= MIN_TEXTS) counted.push({ hash: sorted[first]!, texts: end - first });
    first = end;
  }
  counted.sort((a, b) => b.texts - a.texts || a.hash - b.hash);
  return Uint32Array.from(counted.slice(0, MAX_KEPT_TERMS), ({ hash }) => hash).sort();
}

/** Fisher and Yates: every order is equally likely, and it is the same each time. */
function randomOrder(count: number): Int32Array {
  const random = createRandom(0);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  return order;
}

/** A growing list of hashes. */
class Hashes {
  #values = new Uint32Array(1024);
  length = 0;

  add(hashes: ReadonlySet<number>): void {
    if (this.length + hashes.size > this.#values.length) {
      const more = new Uint32Array(2 * (this.length + hashes.size));
      more.set(this.#values);
      this.#values = more;
    }
    for (const hash of hashes) this.#values[this.length++] = hash;
  }

  all(): Uint32Array {
    return this.#values.subarray(0, this.length);
  }
}
