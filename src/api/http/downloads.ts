import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DownloadClaims, Tokens } from '../../auth/tokens.ts';
import { TrainyardError } from '../../errors.ts';
import { BlobMissingError } from '../../platform/blob-store/blob-store.ts';
import { DOWNLOADS_PATH } from './download-links.ts';

export interface DownloadedFile {
  readonly filename: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly open: () => Promise<Readable>;
}

/** Where the files of one kind are found; null for one that is gone. */
export interface FileSource {
  findFile(scope: { readonly workspaceId: string }, id: string): Promise<DownloadedFile | null>;
}

export type FileSources = Readonly<Record<DownloadClaims['kind'], FileSource>>;

/** Serves files at signed download links. */
export class Downloads {
  readonly #tokens: Tokens;
  readonly #sources: FileSources;

  constructor(tokens: Tokens, sources: FileSources) {
    this.#tokens = tokens;
    this.#sources = sources;
  }

  /** Handles GET and HEAD. Throws NOT_FOUND if the link is invalid or expired, or the file is gone. */
  async serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const claims = await this.#tokens.readDownload(path.slice(DOWNLOADS_PATH.length));
    const file = claims && (await this.#sources[claims.kind].findFile(claims, claims.id));
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
      // A client that disconnects is not an error.
      if (!request.socket.destroyed) throw error;
    });
  }
}

function gone(): TrainyardError {
  return new TrainyardError('NOT_FOUND', 'This download link is invalid or has expired.', {
    hint: 'Request a new one: download links are valid for 5 minutes.',
  });
}
