import { InputErrors } from '../../errors.ts';
import type { UploadDatasetInput } from '../dataset.input.ts';
import { parseDatasetName } from '../dataset-name.ts';
import { parseCsvOptions } from './csv-options.ts';
import type { UploadOptions } from './file-intake.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';

/** Parses the options of an upload, at `path`. Throws BAD_USER_INPUT for invalid ones, before the file is read. */
export function parseUploadOptions(input: UploadDatasetInput | null, path = 'input'): UploadOptions {
  const { name = null, csv = null, idempotencyKey = null } = input ?? {};
  const errors = new InputErrors();
  const options = {
    name: errors.collect(() => (name === null ? null : parseDatasetName(name, path))),
    csv: errors.collect(() => parseCsvOptions(csv, `${path}.csv`)) ?? {},
    pinned: input?.pinned ?? false,
    idempotencyKey: errors.collect(() => (idempotencyKey === null ? null : parseIdempotencyKey(idempotencyKey, path))),
  };
  errors.throwIfAny();
  return options;
}
