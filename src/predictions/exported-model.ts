import { type ExportFormat, exportModel } from '../ml/export/export-model.ts';
import { ModelExportError } from '../ml/export/model-export-error.ts';
import type { Model } from '../runtime/model.ts';

/** A model in another form, or why that cannot carry it. */
export type ExportedModel = { readonly exported: Uint8Array } | { readonly exportFault: string };

/** Writes a model in another form. */
export function exportedModel(model: Model, format: ExportFormat): ExportedModel {
  try {
    return { exported: exportModel(model, format) };
  } catch (error) {
    if (!(error instanceof ModelExportError)) throw error;
    return { exportFault: error.message };
  }
}
