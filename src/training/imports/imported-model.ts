import type { ForeignModelFormat } from '../../ml/foreign/foreign-model.ts';

/** Where the model of a run comes from that was not trained here. */
export interface ImportedModel {
  readonly format: ForeignModelFormat;
  /** The library that made the file, with its version where the file tells it: `XGBoost 3.0.2`. */
  readonly maker: string;
  /** What the model was fitted to, in the words of its maker: `binary:logistic`. */
  readonly objective: string;
  readonly filename: string;
  readonly sizeBytes: number;
  /** Of the file that was imported, in hexadecimal. */
  readonly sha256: string;
}

/** The dataset of a run that has none: an import that named no dataset. No dataset has this id, name or version. */
export const NO_DATASET = { id: '00000000-0000-0000-0000-000000000000', name: '', version: 0 } as const;
