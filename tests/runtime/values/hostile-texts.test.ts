import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { createRowPredictor } from '../../../src/runtime/predict/predict-row.ts';
import { canonicalLabel } from '../../../src/runtime/values/label-text.ts';
import { trimInvisible } from '../../../src/runtime/values/plain-text.ts';
import { textTerms } from '../../../src/runtime/values/text-terms.ts';
import { toCell } from '../../../src/training/evaluations/predictions-csv.ts';

/** What Unicode does not have in canonical order: a mark above before one below. */
const MARKS = '\u0301\u0323';

/** A cell may have a million characters, a request two. */
const LENGTH = 400_000;

// Linear work takes seconds here, quadratic work would take minutes: that, and nothing shorter, ends in the timeout of a test.
const HOSTILE: readonly string[] = [
  `a${MARKS.repeat(LENGTH)}`,
  `a${'\u0301'.repeat(LENGTH)}\u0323`,
  `${'1'.repeat(LENGTH)}x`,
  `1.${'1'.repeat(LENGTH)}x`,
  `${'1'.repeat(LENGTH)}\u00e9`,
  `a${' '.repeat(LENGTH)}\u00e9`,
  `a${'\u00a0'.repeat(LENGTH)}\u00e9`,
  `="${'"'.repeat(LENGTH)}`,
  `Mon${' '.repeat(LENGTH)}`,
  `+${'0'.repeat(LENGTH)}.${'0'.repeat(LENGTH)}`,
  `${'a\u0301 '.repeat(LENGTH)}`,
  '\u03a3'.repeat(LENGTH),
];

afterEach(() => vi.restoreAllMocks());

describe('hostile texts', () => {
  test.each([
    'version-1/linear-two-labels',
    'version-3/linear-numbers',
    'version-3/gradient-boosting-three-labels',
    'version-4/linear-numbers',
    'version-5/text-linear-three-labels',
  ])('a row of long texts takes linear time: %s', (name) => {
    const model = parseModel(readFileSync(`tests/golden/${name}.model.json`));
    const predict = createRowPredictor(model);
    for (const text of HOSTILE) {
      const predictions = predict(Object.fromEntries(model.features.map((feature) => [feature.name, text])));
      const outputs = predictions.task === 'REGRESSION' ? predictions.values : predictions.probabilities;
      expect(outputs.every(Number.isFinite)).toBe(true);
    }
  });

  test('no text is composed that has more than 30 marks in a row, of labels and of words', () => {
    const composed = vi.spyOn(String.prototype, 'normalize');
    for (const text of [...HOSTILE, `e${MARKS.repeat(15)}`, 'u\u0308', `e${MARKS.repeat(16)}`]) {
      canonicalLabel(text);
      textTerms(text);
    }
    const lengths = composed.mock.contexts.map((text) => String(text)).map(longestRunOfMarks);
    expect(lengths.length).toBeGreaterThan(10);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(64);
  });

  test('a label of up to 30 marks in a row is composed, one of more stays as it is', () => {
    const [composed, left] = [15, 16].map((pairs) => `e${MARKS.repeat(pairs)}`) as [string, string];
    expect(canonicalLabel(composed)).toBe(composed.normalize('NFC'));
    expect(canonicalLabel(composed)).not.toBe(composed);
    expect(canonicalLabel(`e\u0301 ${left}\u00a0`)).toBe(`e\u0301 ${left}`);
    // Of a script beyond the first plane: marks that take two units each.
    const notes = `\u{1D157}${'\u{1D165}\u{1D16E}'.repeat(15)} e\u0301`;
    expect(canonicalLabel(notes)).toBe(notes.normalize('NFC'));
    expect(canonicalLabel(`${notes}${'\u{1D165}'.repeat(31)}`)).toContain('e\u0301');
  });

  test('spaces are taken from the ends of a text, whatever their width', () => {
    for (const space of [' ', '\t', '\u00a0', '\u2003', '\u3000', '\u200b', '\u200f', '\u2060', '\ufeff']) {
      expect(trimInvisible(`${space} a${space}\u00e9 ${space}`)).toBe(`a${space}\u00e9`);
      expect(trimInvisible(space.repeat(3))).toBe('');
    }
    expect(trimInvisible('')).toBe('');
  });

  test('a label of a million digits is written as a cell in linear time', () => {
    const text = `-${'1'.repeat(LENGTH)}x`;
    expect(toCell(text)).toBe(`'${text}`);
    expect(toCell(text.slice(0, -1))).toBe(text.slice(0, -1));
  });
});

function longestRunOfMarks(text: string): number {
  let longest = 0;
  for (const [run] of text.matchAll(/\p{M}{1,100}/gu)) longest = Math.max(longest, [...run].length);
  return longest;
}
