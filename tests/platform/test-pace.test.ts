import { expect, test } from 'vitest';
import { readTestPace } from '../../src/platform/test-pace.ts';

test('without the variable everything has its own pace', () => {
  for (const text of [undefined, '']) expect(readTestPace(text, 'production')).toBeNull();
});

test('trainings and reads can be instantaneous, or delayed', () => {
  expect(readTestPace('instant', 'test')).toEqual({ kind: 'instant' });
  expect(readTestPace('delay:2000', undefined)).toEqual({ kind: 'delay', milliseconds: 2_000 });
});

test.each(['slow', 'delay', 'delay:', 'delay:-1', 'delay:2s', 'INSTANT'])('%j is refused', (text) => {
  expect(() => readTestPace(text, 'test')).toThrow('neither');
});

test.each(['instant', 'delay:1', 'slow'])('%j is refused in production', (text) => {
  expect(() => readTestPace(text, 'production')).toThrow('must not be set in production');
});
