import { expect, test } from 'vitest';
import { readTestPace } from '../../src/platform/test-pace.ts';

test('without the test variable nothing is delayed', () => {
  for (const text of [undefined, '']) expect(readTestPace(text, 'production')).toBeNull();
});

test('trainings and reads can be instantaneous or delayed, and trainings stand still, for tests', () => {
  expect(readTestPace('instant', 'test')).toEqual({ kind: 'instant' });
  expect(readTestPace('delay:2000', undefined)).toEqual({ kind: 'delay', milliseconds: 2_000 });
  expect(readTestPace('still:Extra trees, all features', 'test')).toEqual({
    kind: 'still',
    candidate: 'Extra trees, all features',
  });
});

test.each(['slow', 'delay', 'delay:', 'delay:-1', 'delay:2s', 'INSTANT', 'still', 'still:'])(
  'the test variable refuses %j',
  (text) => {
    expect(() => readTestPace(text, 'test')).toThrow('neither');
  },
);

test.each(['instant', 'delay:1', 'still:Linear', 'slow'])('the test variable refuses %j in production', (text) => {
  expect(() => readTestPace(text, 'production')).toThrow('must not be set in production');
});
