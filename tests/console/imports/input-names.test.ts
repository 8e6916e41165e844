import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatOf, readInputNames } from '../../../src/console/imports/input-names.ts';
import { readForeignModel } from '../../../src/ml/foreign/read-foreign-model.ts';
import { referenceBytes } from '../../ml/foreign/reference-rows.ts';

const FILES = readdirSync('tests/ml/foreign/reference').filter(
  (name) => /\.(json|ubj|txt)$/.test(name) && !/expected|linear-tree|square-root/.test(name),
);

function blobOf(content: string | Uint8Array): Blob {
  return new Blob([typeof content === 'string' ? content : new Uint8Array(content)]);
}

describe('the names of the inputs, for the form', () => {
  test.each(FILES)('of %s are those that the server reads', async (file) => {
    const format = formatOf(file)!;
    const names = readForeignModel(format, referenceBytes(file)).features.map(({ name }) => name);
    // Of a model that was given no names, none are known.
    const known = names.includes(null) ? null : names;
    expect(await readInputNames(format, blobOf(referenceBytes(file)))).toEqual(known);
  });

  test.each([
    ['nothing', ''],
    ['another file', 'a,b\n1,2\n'],
    ['no names', '{"learner":{"feature_names":[],"feature_types":[]}}'],
    ['names that are none', '{"learner":{"feature_names":[1,{}]}}'],
    ['a list that does not end', '{"learner":{"feature_names":["a","b'],
    ['broken texts', '{"learner":{"feature_names":["a\\u12"]}}'],
    [
      'a list of UBJ that says to be longer than the file',
      'feature_names[#L\0\0\0\0\0\0\0\u0009SL\0\0\0\0\0\0\0\u0001a',
    ],
    [
      'a text of UBJ that says to be longer than the file',
      'feature_names[#L\0\0\0\0\0\0\0\u0001SL\u007f\0\0\0\0\0\0\u0001a',
    ],
    ['a UBJ that ends in a length', 'feature_names[#L\0\0'],
  ])('are not known of %s', async (_what, content) => {
    for (const format of ['XGBOOST_JSON', 'XGBOOST_UBJ', 'LIGHTGBM_TEXT'] as const) {
      expect(await readInputNames(format, blobOf(content))).toBeNull();
    }
  });

  test('names with escapes are read as JSON', async () => {
    const text = '{"learner":{"attributes":{},"feature_names":["\\u00e4ge","say \\"x\\""]';
    expect(await readInputNames('XGBOOST_JSON', blobOf(text))).toEqual(['äge', 'say "x"']);
  });
});

test('the format is that of the ending', () => {
  expect(['m.json', 'M.UBJ', 'a.b.txt', 'm.pkl', 'm'].map(formatOf)).toEqual([
    'XGBOOST_JSON',
    'XGBOOST_UBJ',
    'LIGHTGBM_TEXT',
    null,
    null,
  ]);
});
