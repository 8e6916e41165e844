import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LEARNER_NAMES } from '../../../src/ml/learners/learner-names.ts';
import { createRowExplainer } from '../../../src/runtime/contributions/explain-row.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import type { Model } from '../../../src/runtime/model.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import { createRowPredictor } from '../../../src/runtime/predict/predict-row.ts';
import { tableFromRows } from '../../../src/runtime/predict/rows-to-table.ts';
import { textTerms } from '../../../src/runtime/values/text-terms.ts';
import type { Column, Table } from '../../../src/tabular/types/column.ts';
import { numbers, request, table, texts, train } from '../made-tables.ts';

const GOOD = ['fine', 'lovely', 'quick'];
const BAD = ['broken', 'late', 'rude'];

/** Reviews of one telling word among many others, some of them missing; `talk` is as long, and says nothing. */
function reviews(count: number): Table {
  const wordAt = (row: number, k: number) => `word${(row * (k + 3) * 7 + k) % 90}`;
  const isGood = (row: number) => (row * 37) % 11 < 5;
  const textOf = (row: number) => {
    if (row % 40 === 7) return null;
    const telling = (isGood(row) ? GOOD : BAD)[row % 3]!;
    return `${wordAt(row, 1)} ${telling.toUpperCase()}, ${wordAt(row, 2)} number ${row}`;
  };
  const rows = Array.from({ length: count }, (_, row) => row);
  const text = (name: string, values: (string | null)[]) => ({ ...texts(name, values), kind: 'TEXT' }) as Column;
  return table(
    text('review', rows.map(textOf)),
    text(
      'talk',
      rows.map((row) => `${wordAt(row * row, 3)} ${wordAt(row * 5, 4)} talk ${row}`),
    ),
    numbers(
      'x',
      rows.map((row) => (row * 31) % 17),
    ),
    texts(
      'kept',
      rows.map((row) => (isGood(row) ? 'yes' : 'no')),
    ),
    numbers(
      'stars',
      rows.map((row) => (isGood(row) ? 5 : 1) + ((row * 31) % 17) / 20),
    ),
  );
}

const DATA = reviews(600);
const PARAMETERS = { RANDOM_FOREST: { trees: 20 }, EXTRA_TREES: { trees: 20 } } as const;
const LEARNERS = LEARNER_NAMES.filter((name) => name !== 'BASELINE');

function trained(algorithm: (typeof LEARNER_NAMES)[number], target: 'kept' | 'stars', features: string[]) {
  const task = target === 'kept' ? 'CLASSIFICATION' : 'REGRESSION';
  const parameters = algorithm in PARAMETERS ? PARAMETERS[algorithm as keyof typeof PARAMETERS] : {};
  return train(request(DATA, target, task, algorithm, features, parameters)).trained;
}

function outputs(model: Model, rows: readonly Record<string, unknown>[]): number[] {
  const said = predictTable(model, tableFromRows(model, rows));
  return [...(said.task === 'CLASSIFICATION' ? said.probabilities : said.values)];
}

describe.each(LEARNERS)('the words of free text are read by %s:', (algorithm) => {
  const { modelBytes, metrics, featureImportances, warnings } = trained(algorithm, 'kept', ['review', 'talk', 'x']);
  const model = parseModel(modelBytes);

  test('a column whose words tell the target is worth most, and one whose words tell nothing is left out', () => {
    if (metrics.task !== 'CLASSIFICATION') throw new Error('labels were asked');
    expect(metrics.accuracy).toBeGreaterThan(0.9);
    expect(featureImportances[0]).toMatchObject({ feature: 'review' });
    expect(warnings).toContain('ignored, their words tell nothing about the target: talk');
    expect(model.features.map(({ kind }) => kind)).toEqual(['TEXT', 'NUMBER']);
  });

  test('new texts are read alike one by one and together, and contributions sum to the output', () => {
    const rows = [
      { review: 'Lovely!', x: 3 },
      { review: 'rude; and broken', x: 3 },
      { review: 'nothing known', x: 3 },
      { review: null, x: 3 },
      { review: `${'\u0000\ud800 '.repeat(1000)}late`, x: 3 },
    ];
    const said = outputs(model, rows);
    expect(said[1]).toBeGreaterThan(0.6);
    expect(said[3]).toBeLessThan(0.4);
    const predict = createRowPredictor(model);
    expect(rows.flatMap((row) => [...(predict(row) as { probabilities: Float64Array }).probabilities])).toEqual(said);
    const regressor = parseModel(trained(algorithm, 'stars', ['review', 'x']).modelBytes);
    const { explain } = createRowExplainer(regressor)!;
    const values = outputs(regressor, rows);
    for (const [i, row] of rows.entries()) {
      const { base, contributions } = explain(row, 0);
      expect(contributions.map(({ column }) => column).toSorted()).toEqual(['review', 'x']);
      expect(contributions.reduce((sum, { contribution }) => sum + contribution, base)).toBeCloseTo(values[i]!, 8);
    }
  });
});

describe('the terms of a text', () => {
  test('are hashes of lower-case words and their pairs', () => {
    expect([...textTerms('Hello World')]).toEqual([1_335_831_723, 933_488_787, 3_582_672_807]);
    expect(textTerms('hello,\u0000WORLD\ud800!')).toEqual(textTerms('Hello World'));
    expect(textTerms('e\u0301te\u0301')).toEqual(textTerms('ÉTÉ'));
    expect(textTerms(' …!? ').size).toBe(0);
    expect(textTerms(' '.repeat(1_000_000)).size).toBe(0);
  });

  test('are bounded, whatever the text is', () => {
    expect(textTerms(Array.from({ length: 50_000 }, (_, i) => `w${i}`).join(' ')).size).toBe(1_999);
    expect(textTerms('\u0300\u0316'.repeat(500_000)).size).toBeLessThan(2_000);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect([...textTerms(text)].every((term) => Number.isInteger(term) && term >= 0 && term < 2 ** 32)).toBe(true);
      }),
    );
  });
});
