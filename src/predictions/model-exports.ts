import { Readable } from 'node:stream';
import type { ArtifactService } from '../artifacts/artifact.service.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { ReadableFile } from '../blobs/blob.service.ts';
import type { ExportFormat } from '../ml/export/export-model.ts';
import type { PredictionService } from './prediction.service.ts';

/** How files of each form are named, and what they are. */
const FILES: Readonly<Record<ExportFormat, { readonly ending: string; readonly contentType: string }>> = {
  ML_CART_JSON: { ending: 'ml-cart.json', contentType: 'application/json' },
  ML_LOGISTIC_REGRESSION_JSON: { ending: 'ml-logistic-regression.json', contentType: 'application/json' },
  ONNX: { ending: 'onnx', contentType: 'application/octet-stream' },
};

/** Models in other forms: written, and those of a library compared with it, when they are asked for. */
export class ModelExports {
  readonly #artifacts: Pick<ArtifactService, 'find'>;
  readonly #predictions: Pick<PredictionService, 'export'>;
  readonly #format: ExportFormat;

  constructor(
    artifacts: Pick<ArtifactService, 'find'>,
    predictions: Pick<PredictionService, 'export'>,
    format: ExportFormat,
  ) {
    this.#artifacts = artifacts;
    this.#predictions = predictions;
    this.#format = format;
  }

  /** The file of a model; null for an unknown one. Throws BAD_USER_INPUT where the form cannot carry the model. */
  async findFile(scope: Pick<Viewer, 'workspaceId'>, id: string): Promise<ReadableFile | null> {
    const artifact = await this.#artifacts.find(scope, id);
    if (artifact === null) return null;
    const bytes = await this.#predictions.export(artifact, this.#format);
    const { ending, contentType } = FILES[this.#format];
    return {
      filename: `model-${id}.${ending}`,
      contentType,
      sizeBytes: null,
      sha256: null,
      open: async () => Readable.from([Buffer.from(bytes)], { objectMode: false }),
      signedUrl: async () => null,
    };
  }
}
