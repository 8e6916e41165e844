import { expect } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';

/** Expects exactly one error in an answer, of that code and with these of its other extensions. */
export function expectError(errors: readonly unknown[] | undefined, code: ErrorCode, extensions: object = {}): void {
  expect(errors).toMatchObject([{ extensions: { code, ...extensions } }]);
}
