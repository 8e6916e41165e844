import { expect, test } from 'vitest';
import { positiveClass } from '../../src/ml/positive-class.ts';
import type { Target } from '../../src/ml/preprocessing/target.ts';
import { numbers, request, table, texts, train } from './made-tables.ts';

/** The target of rows with these labels, and what of it the training rows have: all labels. */
function targetOf(counts: Readonly<Record<string, number>>): Target & { readonly task: 'CLASSIFICATION' } {
  const labels = Object.keys(counts);
  return {
    task: 'CLASSIFICATION',
    labels,
    codes: Int32Array.from(labels.flatMap((label, k) => Array(counts[label]).fill(k))),
  };
}

const chosen = (counts: Readonly<Record<string, number>>, requestedLabel: string | null = null): string | null => {
  const target = targetOf(counts);
  const place = positiveClass(requestedLabel, target, { ...target, labels: target.labels });
  return place === null ? null : target.labels[place]!;
};

test.each([
  [{ no: 1, yes: 9 }, 'yes'],
  [{ YES: 9, absent: 1 }, 'YES'],
  [{ True: 90, False: 10 }, 'True'],
  [{ '1': 90, '2': 10 }, '1'],
  [{ '0': 10, '1': 90 }, '1'],
  // Both read so: the rarer one.
  [{ '1': 9, yes: 4 }, 'yes'],
  [{ '1': 4, yes: 9 }, '1'],
  [{ fraud: 3, legit: 97 }, 'fraud'],
  [{ healthy: 97, ill: 3 }, 'ill'],
  [{ a: 5, b: 5 }, 'b'],
  [{ a: 1, b: 2, yes: 3 }, null],
])('of %j the default is %s', (counts, expected) => {
  expect(chosen(counts)).toBe(expected);
});

test('a choice comes before all of that', () => {
  expect(chosen({ no: 1, yes: 9 }, 'no')).toBe('no');
  expect(chosen({ fraud: 3, legit: 97 }, 'legit')).toBe('legit');
});

test.each([
  [{ no: 1, yes: 9 }, 'Yes'],
  [{ a: 1, b: 2, c: 3 }, 'a'],
])('of %j nothing else can be chosen: %s', (counts, requestedLabel) => {
  expect(() => chosen(counts, requestedLabel)).toThrow(expect.objectContaining({ code: 'POSITIVE_CLASS_UNKNOWN' }));
});

test('rows count whose target is known, of training and test alike', () => {
  // Among the training rows "b" is rarer, in the table "a" is.
  const rows = Array.from({ length: 100 }, (_, i) => i);
  const data = table(
    numbers('x', rows),
    texts(
      'part',
      rows.map((i) => (i < 40 ? 'train' : 'test')),
    ),
    texts(
      'label',
      rows.map((i) => (i === 99 ? null : i < 30 ? 'a' : 'b')),
    ),
  );
  const split = { strategy: 'COLUMN', testFraction: 0.2, column: 'part', seed: 0 } as const;
  const params = { ...request(data, 'label', 'CLASSIFICATION', 'BASELINE', ['x']), split };
  expect(train(params).trained.evaluation).toMatchObject({ positiveClass: 'a' });
  expect(train({ ...params, positiveClass: 'b' }).trained.evaluation).toMatchObject({ positiveClass: 'b' });
});
