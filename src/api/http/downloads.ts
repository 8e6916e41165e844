import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ArtifactService } from '../../artifacts/artifact.service.ts';
import type { DownloadClaims, Tokens } from '../../auth/tokens.ts';
import type { DatasetService } from '../../datasets/dataset.service.ts';
import { TrainyardError } from '../../errors.ts';
import { BlobMissingError } from '../../platform/blob-store/blob-store.ts';
import { DOWNLOADS_PATH } from './download-links.ts';

interface DownloadedFile {
  readonly filename: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly open: () => Promise<Readable>;
}

/** Serves files at signed addresses. */
export class Downloads {
  readonly #tokens: Tokens;
  readonly #artifacts: ArtifactService;
  readonly #datasets: DatasetService;

  constructor(tokens: Tokens, artifacts: ArtifactService, datasets: DatasetService) {
    this.#tokens = tokens;
    this.#artifacts = artifacts;
    this.#datasets = datasets;
  }

  /** Answers GET and HEAD. Throws NOT_FOUND where the address is wrong, expired or of a file that is gone. */
  async serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const claims = await this.#tokens.readDownload(path.slice(DOWNLOADS_PATH.length));
    const file = claims && (await this.#find(claims));
    if (!file) throw gone();
    const stream = await file.open().catch((error: unknown) => {
      throw error instanceof BlobMissingError ? gone() : error;
    });
    response.writeHead(200, {
      'content-type': file.contentType,
      'content-length': file.sizeBytes,
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.filename)}`,
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
    });
    if (request.method === 'HEAD') {
      stream.destroy();
      response.end();
      return;
    }
    await pipeline(stream, response).catch((error: unknown) => {
      // A client that goes away in the middle is no error of ours.
      if (!request.socket.destroyed) throw error;
    });
  }

  async #find({ kind, workspaceId, id }: DownloadClaims): Promise<DownloadedFile | null> {
    if (kind === 'artifact') {
      const artifact = await this.#artifacts.find({ workspaceId }, id);
      if (artifact === null) return null;
      const { sizeBytes } = artifact;
      return {
        filename: `model-${id}.json`,
        contentType: 'application/json',
        sizeBytes,
        open: () => this.#artifacts.read(artifact),
      };
    }
    const dataset = await this.#datasets.find({ workspaceId }, id);
    if (dataset === null) return null;
    const { filename, sizeBytes } = dataset;
    return { filename, contentType: 'text/csv', sizeBytes, open: () => this.#datasets.read(dataset) };
  }
}

function gone(): TrainyardError {
  return new TrainyardError('NOT_FOUND', 'This address does not exist or has expired.', {
    hint: 'Ask for a new one: addresses live 5 minutes.',
  });
}
