import { readFileSync } from 'node:fs';
import type { ForeignModelErrorCode } from '../../ml/foreign/foreign-model-error.ts';
import { ForeignModelError } from '../../ml/foreign/foreign-model-error.ts';
import { ImportInputError } from '../../ml/imported/import-input-error.ts';
import { type ImportIssue, type ImportIssueCode, importIssue } from '../../ml/imported/import-issue.ts';
import { type ImportedFile, type ImportRequest, importModel } from '../../ml/imported/import-model.ts';
import type { ImportDataset } from '../../ml/imported/imported-columns.ts';
import { TrainingDataError } from '../../ml/training-data-error.ts';
import { reportDone } from '../../platform/test-pace.ts';
import { serveThreadPool } from '../../platform/threads/pooled-thread.ts';
import type { NumberFormat } from '../../runtime/values/cells.ts';
import { ArrowFileReader } from '../../tabular/table-file/arrow-file-reader.ts';

/** A dataset, on this machine. */
export interface DatasetFile {
  readonly tablePath: string;
  /** Of the columns whose numbers are not written plainly. */
  readonly numberFormats: ReadonlyMap<string, NumberFormat>;
}

/** A file of a model, and what it is to be. */
export interface ConversionRequest extends Omit<ImportRequest, 'bytes' | 'dataset'> {
  readonly path: string;
  readonly dataset: DatasetFile | null;
}

/** The model; or why its file is refused, or which argument is wrong. */
export type Conversion =
  | { readonly file: ImportedFile }
  | { readonly refusal: ImportIssue }
  | { readonly wrong: Pick<ImportInputError, 'argument' | 'message' | 'hint'> };

/** How a refused file is reported, and what can be done about it. */
const REFUSALS: Readonly<Record<ForeignModelErrorCode, readonly [code: ImportIssueCode, hint: string]>> = {
  MALFORMED: [
    'MODEL_FILE_MALFORMED',
    'Check the format, and take the file as `save_model` of the library has written it.',
  ],
  INVALID: ['MODEL_FILE_INVALID', 'Save the model again with the library that made it.'],
  UNSUPPORTED: ['MODEL_UNSUPPORTED', 'Train the model with an objective and a booster of docs/importing-models.md.'],
  TOO_LARGE: ['MODEL_FILE_TOO_LARGE', 'Train the model with fewer or smaller trees.'],
  MISMATCH: ['MODEL_MISMATCH', 'Name what fits the model, or take another file.'],
};

serveThreadPool<ConversionRequest, Conversion, never, never>({
  coordinate: async (request) => {
    try {
      return convert(request);
    } finally {
      reportDone();
    }
  },
  transferOf: (conversion) => ('file' in conversion ? [conversion.file.modelBytes.buffer] : []),
  work: () => undefined,
});

function convert({ path, dataset, ...request }: ConversionRequest): Conversion {
  const table = dataset && new ArrowFileReader(dataset.tablePath);
  try {
    const columns = table && dataset && columnsOf(table, dataset);
    return { file: importModel({ ...request, bytes: readFileSync(path), dataset: columns }) };
  } catch (error) {
    if (error instanceof ForeignModelError) {
      const [code, hint] = REFUSALS[error.code];
      return { refusal: importIssue(code, error.message, { hint }) };
    }
    if (error instanceof ImportInputError) {
      const { argument, message, hint } = error;
      return { wrong: { argument, message, hint } };
    }
    if (error instanceof TrainingDataError) {
      return { refusal: importIssue('MODEL_FILE_TOO_LARGE', error.message, { hint: error.hint }) };
    }
    throw error;
  } finally {
    table?.close();
  }
}

/** Each column is read when it is asked for, and not kept. */
function columnsOf(table: ArrowFileReader, { numberFormats }: DatasetFile): ImportDataset {
  const indexes = new Map(table.names.map((name, index) => [name, index]));
  return {
    rowCount: table.rowCount,
    hasColumn: (name) => indexes.has(name),
    column: (name) => table.column(indexes.get(name) ?? -1),
    numberFormat: (name) => numberFormats.get(name) ?? null,
  };
}
