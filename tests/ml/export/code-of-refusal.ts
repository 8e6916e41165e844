import { ModelExportError } from '../../../src/ml/export/model-export-error.ts';

/** The code with which an export is refused; 'none' where it is not. */
export function codeOfRefusal(writeModel: () => unknown): string {
  try {
    writeModel();
  } catch (error) {
    if (error instanceof ModelExportError) return error.code;
    throw error;
  }
  return 'none';
}
