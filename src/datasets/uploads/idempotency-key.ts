import { createHash } from 'node:crypto';
import { badInput, TrainyardError } from '../../errors.ts';
import type { CsvOptions } from '../../tabular/csv-options.ts';

/** Visible characters of ASCII: enough for any identifier, and the same for everybody who compares them. */
const FORM = /^[!-~]{1,255}$/;

/** What an upload with a key is made of: the retry of an upload has all of it in common with the first one. */
export interface KeyedInput {
  readonly sha256: string;
  readonly name: string;
  readonly csv: CsvOptions;
  readonly pinned: boolean;
}

/** Gives the key back. Throws BAD_USER_INPUT for one that cannot be. */
export function parseIdempotencyKey(key: string): string {
  if (FORM.test(key)) return key;
  throw badInput(
    'input.idempotencyKey',
    'An idempotencyKey must have 1 to 255 printable ASCII characters without spaces.',
    'Use a new UUID for each request, and send the same one when you retry it.',
  );
}

/** A hash that two uploads have in common if they ask for the same. */
export function fingerprintOf({ sha256, name, csv, pinned }: KeyedInput): string {
  const options = Object.entries(csv).sort(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([sha256, name, pinned, options]))
    .digest('hex');
}

/** The error for a key that made another upload's dataset. */
export function idempotencyConflict(): TrainyardError {
  return new TrainyardError(
    'IDEMPOTENCY_CONFLICT',
    'The idempotencyKey was used for an upload with another file, name or options.',
    { argument: 'input.idempotencyKey', hint: 'Use a new key for each new upload.' },
  );
}
