import { Mistakes } from '../../errors.ts';
import type { UploadDatasetInput } from '../dataset.input.ts';
import { givenName } from '../dataset-name.ts';
import { parseCsvOptions } from './csv-options.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';
import type { UploadOptions } from './upload.service.ts';

/** What the owner of a file says of it. Throws BAD_USER_INPUT for what cannot be, before a byte of the file is read. */
export function parseUploadOptions(input: UploadDatasetInput | null): UploadOptions {
  const { name = null, csv = null, idempotencyKey = null } = input ?? {};
  const mistakes = new Mistakes();
  const options = {
    name: mistakes.from(() => (name === null ? null : givenName(name))),
    csv: mistakes.from(() => parseCsvOptions(csv)) ?? {},
    pinned: input?.pinned ?? false,
    idempotencyKey: mistakes.from(() => (idempotencyKey === null ? null : parseIdempotencyKey(idempotencyKey))),
  };
  mistakes.tell();
  return options;
}
