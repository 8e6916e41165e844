import { Readable } from 'node:stream';
import type { ArtifactService } from '../artifacts/artifact.service.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { ReadableFile } from '../blobs/blob.service.ts';
import type { ExportFormat } from '../ml/export/export-model.ts';
import type { PredictionService } from './prediction.service.ts';

/** How files of each form are named. */
const NAMES: Readonly<Record<ExportFormat, string>> = {
  ML_CART_JSON: 'ml-cart',
  ML_LOGISTIC_REGRESSION_JSON: 'ml-logistic-regression',
};

/** Models in the form of another library: written, and compared with the library, when they are asked for. */
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
    return {
      filename: `model-${id}.${NAMES[this.#format]}.json`,
      contentType: 'application/json',
      sizeBytes: null,
      sha256: null,
      open: async () => Readable.from([Buffer.from(bytes)], { objectMode: false }),
      signedUrl: async () => null,
    };
  }
}
