import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  MAX_CLASSES,
  MAX_FOREIGN_BYTES,
  MAX_FOREIGN_FEATURES,
  MAX_NESTING,
  MAX_TREE_DEPTH,
} from '../../../src/ml/foreign/foreign-limits.ts';
import type { ForeignLink } from '../../../src/ml/foreign/foreign-model.ts';
import { FOREIGN_MODEL_FORMATS } from '../../../src/ml/foreign/foreign-model.ts';
import { FOREIGN_MODEL_ERROR_CODES } from '../../../src/ml/foreign/foreign-model-error.ts';
import { LIGHTGBM_LINKS } from '../../../src/ml/foreign/lightgbm/read-lightgbm.ts';
import { XGBOOST_LINKS } from '../../../src/ml/foreign/xgboost/read-objective.ts';
import { MAX_CATEGORIES } from '../../../src/runtime/model.ts';
import { tableRows } from '../../repo/markdown-table.ts';

const DOCUMENT = readFileSync('docs/importing-models.md', 'utf8');

/** What the table of objectives says of task and output. */
const SAID: Readonly<Record<ForeignLink, string>> = {
  IDENTITY: 'regression: the sum of the leaves',
  LOG: 'regression: e to the power of the sum',
  LOGIT: 'two classes: the probability of the second',
  SOFTMAX: 'classes: a probability for each',
};

/** What stands between backticks. */
function codesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].flatMap(([, code]) => code ?? []);
}

test.each([
  ['XGBoost', XGBOOST_LINKS],
  ['LightGBM', LIGHTGBM_LINKS],
])('docs/importing-models.md has the objectives of %s that are read, and what their outputs are', (library, links) => {
  const rows = tableRows(DOCUMENT, 'objectives').filter(([of]) => of === library);
  const said = Object.fromEntries(
    rows.flatMap(([, objectives = '', task, output]) =>
      codesIn(objectives).map((objective) => [objective, `${task}: ${output}`]),
    ),
  );
  const read = Object.fromEntries(Object.entries(links).map(([objective, link]) => [objective, SAID[link]]));
  expect(said).toEqual(read);
});

test('it has every code of a refusal, in the order of the code, and the limits of TOO_LARGE', () => {
  const rows = tableRows(DOCUMENT, 'refusals');
  expect(rows.map(([code = '']) => codesIn(code)[0])).toEqual([...FOREIGN_MODEL_ERROR_CODES]);
  const count = (value: number) => value.toLocaleString('en-US');
  expect(rows.find(([code]) => code === '`TOO_LARGE`')?.[1]).toBe(
    `More than ${MAX_FOREIGN_BYTES / 1024 ** 2} MiB, ${count(MAX_FOREIGN_FEATURES)} inputs, ${count(MAX_CLASSES)} classes, ${count(MAX_TREE_DEPTH)} levels of a tree, or ${MAX_NESTING} levels of nested values.`,
  );
  expect(rows.find(([code]) => code === '`UNSUPPORTED`')?.[1]).toContain(`more than ${MAX_CATEGORIES} categories`);
});

test('it has every format', () => {
  for (const format of FOREIGN_MODEL_FORMATS) expect(DOCUMENT).toContain(`| \`${format}\` | \`save_model(`);
});
