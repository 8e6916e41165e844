import type { Model } from '../model.ts';
import { parseModelBy } from './model-file-schema.ts';

/**
 * Reads a model file as model-file-schema.ts does, and checks all of it but the profile of the training rows, which no
 * prediction depends on: the model has none. Throws ModelFormatError, which says what is wrong and where.
 */
export function parseModel(file: Uint8Array | string): Model {
  return parseModelBy(file, null);
}
