import { createHash } from 'node:crypto';
import { badInput, TrainyardError } from '../../errors.ts';
import type { CsvOptions } from '../../tabular/csv-options.ts';

/** Visible ASCII characters: enough for any identifier, and unambiguous to compare. */
const FORM = /^[!-~]{1,255}$/;

/** The parts of an upload that its retry has to repeat. */
export interface KeyedInput {
  readonly sha256: string;
  readonly name: string;
  readonly csv: CsvOptions;
  readonly pinned: boolean;
}

/** Validates a key in a field of `input`. Throws BAD_USER_INPUT. */
export function parseIdempotencyKey(key: string, input = 'input'): string {
  if (FORM.test(key)) return key;
  throw badInput(
    `${input}.idempotencyKey`,
    'An idempotencyKey must have 1 to 255 printable ASCII characters without spaces.',
    'Use a new UUID for each request, and send the same one when you retry it.',
  );
}

/** A hash that is equal for uploads that ask for the same. */
export function fingerprintOf({ sha256, name, csv, pinned }: KeyedInput): string {
  const options = Object.entries(csv).sort(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([sha256, name, pinned, options]))
    .digest('hex');
}

/** The error for a key that belongs to a different upload. */
export function idempotencyConflict(input = 'input'): TrainyardError {
  return new TrainyardError(
    'IDEMPOTENCY_CONFLICT',
    'The idempotencyKey was used for an upload with another file, name or options.',
    { argument: `${input}.idempotencyKey`, hint: 'Use a new key for each new upload.' },
  );
}
