import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRandom, type Random } from '../../../src/ml/random.ts';
import { createRowExplainer } from '../../../src/runtime/contributions/explain-row.ts';
import { decodeBase64, encodeBase64 } from '../../../src/runtime/format/base64.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { ModelFormatError } from '../../../src/runtime/format/write-model-file.ts';
import type { Model } from '../../../src/runtime/model.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import { createRowPredictor } from '../../../src/runtime/predict/predict-row.ts';
import { tableFromRows } from '../../../src/runtime/predict/rows-to-table.ts';
import { predictionsOf, ROWS } from '../../golden/written-models.ts';

/** Of each way to mutate. */
const FILES = 1_000;

const FOLDERS = [1, 2, 3, 4, 5].map((version) => join(import.meta.dirname, `../../golden/version-${version}`));
const FILES_TO_MUTATE = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.model.json'))
    .map((name) => readFileSync(join(folder, name), 'utf8')),
);

function oneOf<T>(random: Random, values: readonly T[]): T {
  return values[random.below(values.length)]!;
}

/** Bytes are changed, cut out, doubled or swapped. */
function mutateBytes(text: string, random: Random): Uint8Array {
  let bytes = [...new TextEncoder().encode(text)];
  for (let change = 0; change <= random.below(4); change++) {
    const at = random.below(Math.max(1, bytes.length));
    const length = random.below(40);
    switch (random.below(5)) {
      case 0:
        bytes[at] = random.below(256);
        break;
      case 1:
        bytes = bytes.slice(0, at);
        break;
      case 2:
        bytes.splice(at, length);
        break;
      case 3:
        bytes.splice(at, 0, ...bytes.slice(at, at + length));
        break;
      default:
        bytes[at] = oneOf(
          random,
          [...'{}[]",:0-9e'].map((character) => character.charCodeAt(0)),
        );
    }
  }
  return Uint8Array.from(bytes);
}

/** What may stand where something else is expected. */
const VALUES: readonly unknown[] = [
  ...[null, true, '', 'x', [], {}, [null], { type: 'float64', base64: '' }, { type: 'uint32', base64: 'AAAAAA==' }],
  ...[
    -1,
    0,
    1,
    0.5,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    1e308,
    -1e308,
    65_535,
    'CONSTANT',
    'LINEAR',
    'TREES',
    'FOREST',
    'BLEND',
  ],
  ...['MARGINS', 'LEAVES', 'NUMBER', 'CATEGORY', 'DATETIME', 'REGRESSION', '\u0000', '__proto__', 'constructor'],
];

function drawValue(random: Random): unknown {
  return structuredClone(oneOf(random, VALUES));
}

type Holder = Record<string, unknown>;

/** All places in a value, each with what holds it. */
function* placesIn(holder: Holder): Generator<readonly [Holder, string]> {
  for (const [key, value] of Object.entries(holder)) {
    yield [holder, key];
    if (typeof value === 'object' && value !== null) yield* placesIn(value as Holder);
  }
}

/** One element of an array of numbers becomes another, so that all lengths stay right. */
function mutateArray(text: string, random: Random): string {
  const bytes = decodeBase64(text);
  if (bytes === null || bytes.length === 0) return 'AAAA';
  const at = random.below(bytes.length);
  const value = oneOf(random, [0, 1, 255, 127, random.below(256)]);
  for (let i = at; i < Math.min(bytes.length, at + 1 + random.below(8)); i++) bytes[i] = value;
  return encodeBase64(bytes);
}

/** Copies, so that nothing holds itself. */
function swap(holder: Holder, key: string, other: Holder, otherKey: string): void {
  [holder[key], other[otherKey]] = [structuredClone(other[otherKey]), structuredClone(holder[key])];
}

/** Fields are replaced, removed, added or swapped, and elements of arrays changed. */
function mutateFields(text: string, random: Random): string {
  const root = JSON.parse(text) as Holder;
  for (let change = 0; change <= random.below(3); change++) {
    const [holder, key] = oneOf(random, [...placesIn(root)]);
    const [other, otherKey] = oneOf(random, [...placesIn(root)]);
    const kind = random.below(8);
    if (kind === 0) delete holder[key];
    else if (kind === 1) holder[oneOf(random, ['extra', 'prototype', 'toString'])] = drawValue(random);
    else if (kind === 2) swap(holder, key, other, otherKey);
    else if (key === 'base64') holder[key] = mutateArray(String(holder[key]), random);
    else holder[key] = drawValue(random);
  }
  const written = JSON.stringify(root);
  // What would change the prototype of an object if it were taken for a field.
  return random.below(10) === 0 ? written.replace('"kind"', '"__proto__":{"polluted":1},"kind"') : written;
}

/** Uses a model in every way. All that it says are numbers. */
function exerciseModel(model: Model): void {
  const predict = createRowPredictor(model);
  const single = ROWS.map((row) => {
    const said = predict(row);
    return [...(said.task === 'REGRESSION' ? said.values : said.probabilities)];
  });
  const together = predictionsOf(model, ROWS);
  expect(single.flat().length).toBe(together.flat().length);
  // Enough rows for the code for many.
  const many = Array.from({ length: 512 }, (_, row) => ROWS[row % ROWS.length]!);
  predictTable(model, tableFromRows(model, many));
  const explainer = createRowExplainer(model);
  if (explainer !== null && explainer.stepsPerRow < 1e6) explainer.explain(ROWS[0]!, 0);
}

/** How many files were refused; each one is, with a reason, or can be used. */
function refusedOf(mutate: (text: string, random: Random) => string | Uint8Array): number {
  const random = createRandom(1);
  let refused = 0;
  for (let file = 0; file < FILES; file++) {
    const mutated = mutate(FILES_TO_MUTATE[file % FILES_TO_MUTATE.length]!, random);
    try {
      exerciseModel(parseModel(mutated));
    } catch (error) {
      const isTyped = error instanceof ModelFormatError && error.message.length < 500;
      if (!isTyped) throw new Error(`file ${file}`, { cause: error });
      refused += 1;
    }
  }
  return refused;
}

describe('model files that were changed', () => {
  test('1,000 model files with other bytes are refused with a typed error, or predict', () => {
    const refused = refusedOf(mutateBytes);
    expect(refused).toBeGreaterThan(FILES / 4);
    expect(refused).toBeLessThan(FILES);
  });

  test('1,000 model files with other fields are refused with a typed error, or predict', () => {
    const refused = refusedOf(mutateFields);
    expect(refused).toBeGreaterThan(FILES / 4);
    expect(refused).toBeLessThan(FILES);
    expect('polluted' in {}).toBe(false);
  });
});
