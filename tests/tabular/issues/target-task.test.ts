import { expect, test } from 'vitest';
import { inspect } from '../temporary-file.ts';

/** What is said of the task of a target with these values, over and over again. */
function taskIssue(values: readonly (number | string)[], rows = 60) {
  const lines = Array.from({ length: rows }, (_, row) => `${(row * 7) % 31}.5,${values[row % values.length]}`);
  const { issues, suggestedTask } = inspect(['a,target', ...lines].join('\n'));
  const issue = issues.find(({ code }) => code === 'TARGET_TASK_CHOSEN');
  return [suggestedTask, issue?.severity ?? null, issue?.message ?? null, issue?.hint ?? null];
}

test('of two whole numbers classes are made, of more amounts, and the report says so', () => {
  expect(taskIssue([0, 1])).toEqual([
    'CLASSIFICATION',
    'INFO',
    'The suggested target, "target", has 2 different whole numbers: two values are taken for classes, so that CLASSIFICATION is suggested.',
    'Name task REGRESSION if they are amounts.',
  ]);
  expect(taskIssue([0, 1, 2])).toEqual([
    'REGRESSION',
    'INFO',
    'The suggested target, "target", has 3 different whole numbers: numbers are taken for amounts, so that REGRESSION is suggested.',
    'Name task CLASSIFICATION if they are classes.',
  ]);
});

test('nothing is said where the task is plain', () => {
  expect(taskIssue(['a', 'b', 'c'])).toEqual(['CLASSIFICATION', null, null, null]);
  expect(taskIssue([0.5, 1, 2])).toEqual(['REGRESSION', null, null, null]);
  expect(taskIssue(Array.from({ length: 21 }, (_, value) => value))).toEqual(['REGRESSION', null, null, null]);
});
