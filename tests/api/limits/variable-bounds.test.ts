import { expect, test } from 'vitest';
import { violationOfVariables } from '../../../src/api/limits/variable-bounds.ts';

/** Variables that fail whoever reads one of them. */
function unreadable(count: number): Record<string, unknown> {
  const variables: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) {
    Object.defineProperty(variables, `v${i}`, {
      enumerable: true,
      get: () => {
        throw new Error('A variable was read.');
      },
    });
  }
  return variables;
}

test('too many variables are counted and refused before any of them is read', () => {
  expect(violationOfVariables(unreadable(101), new Set())).toBe(
    'An object of the variables has 101 fields; at most 100 are read.',
  );
  expect(() => violationOfVariables(unreadable(100), new Set())).toThrow('A variable was read.');
});
