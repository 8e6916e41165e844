import { InputErrors } from '../../errors.ts';
import type { UploadDatasetInput } from '../dataset.input.ts';
import { parseDatasetName } from '../dataset-name.ts';
import { parseCsvOptions } from './csv-options.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';
import type { UploadOptions } from './upload.service.ts';

/** Parses the options of an upload. Throws BAD_USER_INPUT for invalid ones, before the file is read. */
export function parseUploadOptions(input: UploadDatasetInput | null): UploadOptions {
  const { name = null, csv = null, idempotencyKey = null } = input ?? {};
  const errors = new InputErrors();
  const options = {
    name: errors.collect(() => (name === null ? null : parseDatasetName(name))),
    csv: errors.collect(() => parseCsvOptions(csv)) ?? {},
    pinned: input?.pinned ?? false,
    idempotencyKey: errors.collect(() => (idempotencyKey === null ? null : parseIdempotencyKey(idempotencyKey))),
  };
  errors.throwIfAny();
  return options;
}
