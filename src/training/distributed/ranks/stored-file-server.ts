import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { BlobService } from '../../../blobs/blob.service.ts';
import type { StoredFile } from '../gangs/gang-order.ts';
import type { RemoteFile } from '../rank/rank-protocol.ts';

/**
 * Gives the process of a rank its files, on this machine alone and at addresses that nobody can guess: it needs no keys of the store,
 * and can reach nothing else in it.
 */
export class StoredFileServer implements AsyncDisposable {
  readonly #workspaceId: string;
  readonly #blobs: Pick<BlobService, 'read'>;
  readonly #files = new Map<string, StoredFile>();
  readonly #server: Server;

  private constructor(workspaceId: string, blobs: Pick<BlobService, 'read'>) {
    this.#workspaceId = workspaceId;
    this.#blobs = blobs;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async open(workspaceId: string, blobs: Pick<BlobService, 'read'>): Promise<StoredFileServer> {
    const server = new StoredFileServer(workspaceId, blobs);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  /** The address of a file of the workspace, as long as the server is open. */
  offer(file: StoredFile): RemoteFile {
    const path = `/${randomBytes(24).toString('hex')}`;
    this.#files.set(path, file);
    // It listens on a port, so that is what it has.
    const { port } = this.#server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}${path}`, sha256: file.sha256, bytes: file.sizeBytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = method === 'GET' ? this.#files.get(url ?? '') : undefined;
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    try {
      const bytes = await this.#blobs.read({ workspaceId: this.#workspaceId, sha256: file.sha256 });
      response.writeHead(200, { 'content-length': file.sizeBytes, 'content-type': 'application/octet-stream' });
      await pipeline(bytes, response);
    } catch {
      // The rank tells what it missed.
      if (response.headersSent) response.destroy();
      else response.writeHead(503).end();
    }
  }
}
