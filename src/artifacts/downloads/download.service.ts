import type { Viewer } from '../../auth/viewer.ts';
import type { ReadableFile } from '../../blobs/blob.service.ts';
import { notFound } from '../../errors.ts';

/** What is to be downloaded. */
export interface DownloadRequest {
  readonly kind:
    | 'artifact'
    | 'dataset'
    | 'predictions'
    | 'out-of-fold'
    | 'batch-prediction'
    | 'ml-cart'
    | 'ml-logistic-regression'
    | 'onnx';
  readonly id: string;
}

/** What has a file of each kind, as a message names it. */
const OWNERS: Readonly<Record<DownloadRequest['kind'], string>> = {
  artifact: 'model',
  dataset: 'dataset',
  predictions: 'training run that has SUCCEEDED',
  'out-of-fold': 'training run that has SUCCEEDED with folds',
  'batch-prediction': 'batch prediction that has SUCCEEDED',
  'ml-cart': 'model',
  'ml-logistic-regression': 'model',
  onnx: 'model',
};

/** Finds the files of one kind; null for one that is not there. */
interface FileFinder {
  findFile(scope: Pick<Viewer, 'workspaceId'>, id: string): Promise<ReadableFile | null>;
}

/** Finds what members ask to download. */
export class DownloadRequests {
  readonly #files: Readonly<Record<DownloadRequest['kind'], FileFinder>>;

  constructor(files: Readonly<Record<DownloadRequest['kind'], FileFinder>>) {
    this.#files = files;
  }

  /** Throws NOT_FOUND. */
  async find(viewer: Viewer, { kind, id }: DownloadRequest): Promise<ReadableFile> {
    const file = await this.#files[kind].findFile(viewer, id);
    if (file === null) throw notFound(OWNERS[kind], id);
    return file;
  }
}
