import { parseModel } from '../runtime/format/model-file-schema.ts';
import { ModelFormatError, writeModel } from '../runtime/format/write-model-file.ts';
import type { Model } from '../runtime/model.ts';
import type { InputTable } from '../runtime/predict/input-column.ts';
import { withLeafRows } from './leaf-rows.ts';
import { TrainingDataError } from './training-data-error.ts';
import { withTrainingProfile } from './training-profile.ts';

/** The bytes of a model's file. Throws TrainingDataError for one that is too large. */
export function modelFile(model: Model): Uint8Array<ArrayBuffer> {
  try {
    return writeModel(model);
  } catch (cause) {
    if (!(cause instanceof ModelFormatError)) throw cause;
    throw new TrainingDataError('MODEL_TOO_LARGE', cause.message, 'make the model smaller by its parameters');
  }
}

/** The model as its users will read it. Throws TrainingDataError where numbers of it are not finite. */
export function readBack(modelBytes: Uint8Array): Model {
  try {
    return parseModel(modelBytes);
  } catch (cause) {
    if (!(cause instanceof ModelFormatError)) throw cause;
    // A file that was just written lacks nothing but numbers that JSON or the reader do not take: infinite ones.
    throw new TrainingDataError(
      'NUMBERS_TOO_LARGE',
      `numbers of the target or of a feature are too large to compute with (${cause.message})`,
      'divide the columns of huge numbers by a power of ten, or leave them out',
    );
  }
}

/** The model with what is to be known of its training rows once they are gone. */
export function withTrainingFacts(model: Model, table: InputTable, rows: Int32Array): Model {
  return withTrainingProfile(withLeafRows(model, table, rows), table, rows);
}
