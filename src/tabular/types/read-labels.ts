import { isMissing } from '../../runtime/values/cells.ts';
import { canonicalLabel, wholeNumberLabel } from '../../runtime/values/label-text.ts';
import { MISSING_TOKENS, UNUSUAL_MISSING_TOKENS } from '../../runtime/values/missing-tokens.ts';
import type { NullTokens } from '../reader/null-tokens.ts';
import type { Labels } from './labels.ts';

/** How often something occurred, and the lines of the first few. */
export interface Occurrences {
  readonly count: number;
  readonly lines: readonly number[];
}

/** The labels of a column as they were read: distinct, in order of first appearance. */
export interface ReadLabels {
  readonly labels: Labels;
  /** The line at which each label first occurs. */
  readonly firstLines: Uint32Array;
  /** The rows that have each label. */
  readonly counts: Uint32Array;
}

/** Labels that stay labels. */
export interface KeptLabels extends ReadLabels {
  readonly storage: 'label';
  /** The new code for each code that was read, -1 for a missing value; null where they are the same. */
  readonly recode: Int32Array | null;
}

/** A text that was taken for "no value", and where. */
export interface MissingText extends Occurrences {
  readonly text: string;
}

/**
 * Labels with the same key become one: the first of them, or the key itself. A label whose key is null becomes a missing value.
 */
export function mergeLabels(
  read: KeptLabels,
  keyOf: (label: string) => string | null,
  shows: 'FIRST' | 'KEY' = 'FIRST',
): KeptLabels {
  const codeOf = new Map<string, number>();
  const labels: string[] = [];
  const firstLines: number[] = [];
  const merged = new Int32Array(read.labels.length);
  read.labels.forEach((label, code) => {
    const key = keyOf(label);
    const known = key === null ? -1 : codeOf.get(key);
    merged[code] = known ?? labels.length;
    if (key === null || known !== undefined) return;
    codeOf.set(key, labels.length);
    labels.push(shows === 'KEY' ? key : label);
    firstLines.push(read.firstLines[code]!);
  });
  const counts = new Uint32Array(labels.length);
  merged.forEach((code, old) => {
    if (code >= 0) counts[code] = counts[code]! + read.counts[old]!;
  });
  const recode = read.recode?.map((code) => (code < 0 ? -1 : merged[code]!)) ?? merged;
  return { storage: 'label', labels, firstLines: Uint32Array.from(firstLines), counts, recode };
}

/** How many rows have one of some labels, and where. */
export function occurrencesOf(read: ReadLabels, isOne: (label: string, code: number) => boolean): Occurrences {
  let count = 0;
  const lines: number[] = [];
  read.labels.forEach((label, code) => {
    if (!isOne(label, code)) return;
    count += read.counts[code]!;
    if (lines.length < 10) lines.push(read.firstLines[code]!);
  });
  return { count, lines };
}

/** The labels in the one form of all spellings that nobody can tell apart; the same object where all are in it. */
export function withCanonicalLabels(read: KeptLabels): KeptLabels {
  if (read.labels.every((label) => canonicalLabel(label) === label)) return read;
  return mergeLabels(read, canonicalLabel, 'KEY');
}

/** Labels without those that stand for "no value", and which of these somebody should know of. */
export interface LabelsWithValues {
  readonly kept: KeptLabels;
  /** Texts that are taken for "no value" by the unusual tokens: errors of spreadsheets and the like. */
  readonly unusual: readonly MissingText[];
  /** The usual tokens that are words or signs, and might be labels. */
  readonly usual: readonly MissingText[];
}

const USUAL = new Set(MISSING_TOKENS);
const UNUSUAL = new Set(UNUSUAL_MISSING_TOKENS);

/** Makes the labels that stand for "no value" missing values. */
export function withoutMissing(read: KeptLabels, { reading, own }: NullTokens): LabelsWithValues {
  const named = new Set(own);
  const texts: MissingText[] = [];
  read.labels.forEach((text, code) => {
    if (isMissing(text, reading)) texts.push({ text, count: read.counts[code]!, lines: [read.firstLines[code]!] });
  });
  if (texts.length === 0) return { kept: read, unusual: [], usual: [] };
  return {
    kept: mergeLabels(read, (label) => (isMissing(label, reading) ? null : label)),
    unusual: texts.filter(({ text }) => UNUSUAL.has(text) && !named.has(text)),
    usual: texts.filter(({ text }) => USUAL.has(text) && text !== '' && !named.has(text)),
  };
}

/** Labels in which one whole number has one spelling: 1 and 1.0 are the same, where both occur. */
export function withOneSpelling(read: KeptLabels): KeptLabels {
  const spellings = new Map<string, number>();
  for (const label of read.labels) {
    const number = wholeNumberLabel(label);
    if (number !== null) spellings.set(number, (spellings.get(number) ?? 0) + 1);
  }
  const keyOf = (label: string) => {
    const number = wholeNumberLabel(label);
    return number !== null && (spellings.get(number) ?? 0) > 1 ? number : label;
  };
  return read.labels.some((label) => keyOf(label) !== label) ? mergeLabels(read, keyOf, 'KEY') : read;
}

/** With more labels than this, similar ones are not reported. */
const MAX_COMPARED = 1000;
/** Invisible characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f]/g;
const TRUE_WORDS = new Set(['true', 'yes', 'y', 't', '1', 'on']);
const FALSE_WORDS = new Set(['false', 'no', 'n', 'f', '0', 'off']);

/** Groups of labels that a person may take for one: they differ in case, spaces, marks between words or unseen characters, or say yes in two ways. */
export function similarLabels(labels: Labels): readonly (readonly string[])[] {
  if (labels.length > MAX_COMPARED) return [];
  const groups = new Map<string, string[]>();
  for (const label of labels) {
    const key = label
      .toLowerCase()
      .replace(/[\s_-]+/g, ' ')
      .replace(CONTROLS, '');
    groups.set(key, [...(groups.get(key) ?? []), label]);
  }
  const alike = [...groups.values()].filter((group) => group.length > 1);
  const lower = labels.map((label) => label.toLowerCase());
  const areAnswers = lower.every((label) => TRUE_WORDS.has(label) || FALSE_WORDS.has(label));
  if (!areAnswers || new Set(lower).size <= 2) return alike;
  return [TRUE_WORDS, FALSE_WORDS]
    .map((words) => labels.filter((label) => words.has(label.toLowerCase())))
    .filter((group) => group.length > 1);
}
