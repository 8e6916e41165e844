import { MAX_FOREIGN_BYTES } from './foreign-limits.ts';
import type { ForeignModel, ForeignModelFormat } from './foreign-model.ts';
import { ForeignModelError } from './foreign-model-error.ts';
import { readLightgbm } from './lightgbm/read-lightgbm.ts';
import { parseForeignJson } from './xgboost/parse-json.ts';
import { parseUbjson } from './xgboost/parse-ubjson.ts';
import { readXgboost } from './xgboost/read-xgboost.ts';

/**
 * Reads a model file that was made elsewhere, and checks all of it: what it returns has finite numbers, trees without cycles, and
 * no number of a feature, class or child that does not exist.
 *
 * Cost: a few passes over the file; memory of several times its size.
 *
 * @throws ForeignModelError, which says where in the file it is wrong, or what of it is not supported
 */
export function readForeignModel(format: ForeignModelFormat, bytes: Uint8Array): ForeignModel {
  if (bytes.length > MAX_FOREIGN_BYTES) {
    throw new ForeignModelError('TOO_LARGE', 'the file', `must have at most ${MAX_FOREIGN_BYTES / 2 ** 20} MB`);
  }
  switch (format) {
    case 'XGBOOST_JSON':
      return readXgboost(parseForeignJson(bytes));
    case 'XGBOOST_UBJ':
      return readXgboost(parseUbjson(bytes));
    case 'LIGHTGBM_TEXT':
      return readLightgbm(bytes);
  }
}
