import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import { MODEL_VERSION } from '../../src/runtime/format/write-model-file.ts';
import type { InputRow } from '../../src/runtime/predict/rows-to-table.ts';
import { predictionsOf } from './written-models.ts';

interface Golden {
  readonly rows: readonly InputRow[];
  readonly predictions: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** Of the models that have one; left out where none has. */
  readonly intervals?: Readonly<Record<string, { readonly coverage: number; readonly radius: number }>>;
}

const VERSIONS = Array.from({ length: MODEL_VERSION }, (_, before) => before + 1);

describe.each(VERSIONS)('models of version %i, as they were written when it was new,', (version) => {
  const folder = join(import.meta.dirname, `version-${version}`);
  const golden: Golden = JSON.parse(readFileSync(join(folder, 'predictions.json'), 'utf8'));
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.model.json'))
    .map((file) => file.slice(0, -'.model.json'.length));

  test('models of an earlier version exist for every estimator, with predictions', () => {
    expect(names.length).toBeGreaterThanOrEqual(15);
    expect(names.toSorted()).toEqual(Object.keys(golden.predictions).toSorted());
  });

  test('models of an earlier version have the intervals that they had then', () => {
    const intervals = names.flatMap((name) => {
      const { interval } = parseModel(readFileSync(join(folder, `${name}.model.json`)));
      return interval === undefined ? [] : [[name, interval] as const];
    });
    expect(Object.fromEntries(intervals)).toEqual(golden.intervals ?? {});
    // Before version 3 there were none.
    expect(intervals.length > 0).toBe(version >= 3);
  });

  test.each(names)('a model of an earlier version predicts what it predicted then: %s', (name) => {
    const model = parseModel(readFileSync(join(folder, `${name}.model.json`)));
    const said = predictionsOf(model, golden.rows).flat();
    const before = (golden.predictions[name] ?? []).flat();
    expect(said.length).toBe(before.length);
    // Exponentials differ in their last digits between machines.
    for (const [i, value] of said.entries()) expect(value / before[i]!).toBeCloseTo(1, 12);
  });
});
