import { describe, expect, test } from 'vitest';
import type { ForeignModelFormat } from '../../../src/ml/foreign/foreign-model.ts';
import { readForeignModel } from '../../../src/ml/foreign/read-foreign-model.ts';
import { convertAndReadBack, largestDifference, makerOutputs, plainRequest, withTexts } from './converted-reference.ts';
import { readExpected, referenceBytes, referenceTable, unpack } from './reference-rows.ts';

/** Of numbers up to 1; of larger ones this share of them. */
const TOLERANCE = 1e-6;

const XGBOOST = [
  'xgb-squared-error',
  'xgb-logistic',
  'xgb-softprob',
  'xgb-two-classes',
  'xgb-poisson',
  'xgb-gamma',
  'xgb-tweedie',
  'xgb-pseudo-huber',
  'xgb-absolute-error',
  'xgb-squared-log-error',
  'xgb-dart',
  'xgb-forest',
  'xgb-many-thresholds',
] as const;

const XGBOOST_UBJ = ['xgb-squared-error', 'xgb-logistic', 'xgb-softprob', 'xgb-dart'] as const;

const LIGHTGBM = [
  'lgb-regression',
  'lgb-binary',
  'lgb-frame',
  'lgb-multiclass',
  'lgb-zero-as-missing',
  'lgb-no-missing',
  'lgb-poisson',
  'lgb-gamma',
  'lgb-tweedie',
  'lgb-quantile',
  'lgb-cross-entropy',
  'lgb-forest',
  'lgb-forest-regression',
  'lgb-dart',
] as const;

const CASES: readonly (readonly [string, string, ForeignModelFormat])[] = [
  ...XGBOOST.map((name) => [name, 'json', 'XGBOOST_JSON'] as const),
  ...XGBOOST_UBJ.map((name) => [name, 'ubj', 'XGBOOST_UBJ'] as const),
  ...LIGHTGBM.map((name) => [name, 'txt', 'LIGHTGBM_TEXT'] as const),
];

describe('a converted model predicts what the library that trained it did, for 10,000 rows', () => {
  test.each(CASES)('%s.%s', (name, extension, format) => {
    const foreign = readForeignModel(format, referenceBytes(`${name}.${extension}`));
    const expected = readExpected(name);
    const { model } = convertAndReadBack(foreign);
    const table = withTexts(
      referenceTable(expected, (_, c) => foreign.features[c]!.name ?? `input ${c}`),
      foreign,
    );
    const ours = makerOutputs(model, table, foreign.link === 'LOGIT');
    expect(largestDifference(ours, unpack(expected.predictions))).toBeLessThan(TOLERANCE);
  });
});

test('all rounds predict what the library did with all rounds', () => {
  const foreign = readForeignModel('XGBOOST_JSON', referenceBytes('xgb-softprob.json'));
  const expected = readExpected('xgb-softprob');
  const theirs = unpack(expected.ofAllRounds!);
  const { model, issues } = convertAndReadBack(foreign, plainRequest(foreign, 'ALL'));
  const ours = makerOutputs(model, referenceTable({ ...expected, rows: theirs.length / 3 }), false);
  expect(largestDifference(ours, theirs)).toBeLessThan(TOLERANCE);
  expect(issues.map(({ code }) => code)).not.toContain('LATER_ROUNDS_LEFT_OUT');
  expect(convertAndReadBack(foreign).issues.map(({ code }) => code)).toContain('LATER_ROUNDS_LEFT_OUT');
});
