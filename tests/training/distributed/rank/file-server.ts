import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RemoteFile } from '../../../../src/training/distributed/rank/rank-protocol.ts';
import { endsWithTest } from '../../../support/ends-with-test.ts';

/** Answers GET with files by their names, until the test ends. */
export async function startFileServer() {
  const files = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const content = files.get(request.url ?? '');
    if (request.url === '/redirected') response.writeHead(302, { location: '/elsewhere' }).end();
    else if (content === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-length': content.length }).end(content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endsWithTest({
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
  const { port } = server.address() as AddressInfo;
  let count = 0;
  return {
    put(content: Buffer): RemoteFile {
      const path = `/${++count}?signature=private`;
      files.set(path, content);
      const sha256 = createHash('sha256').update(content).digest('hex');
      return { url: `http://127.0.0.1:${port}${path}`, bytes: content.length, sha256 };
    },
    at: (path: string) => `http://127.0.0.1:${port}${path}`,
  };
}

export type FileServer = Awaited<ReturnType<typeof startFileServer>>;

/** An array as a .npy file of version 1.0, in C order. */
export function npy(values: Uint8Array | Float32Array, shape: readonly number[]): Buffer {
  const type = values instanceof Uint8Array ? '|u1' : '<f4';
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const head = Buffer.from(
    `\x93NUMPY\x01\x00${String.fromCharCode(padded.length & 255, padded.length >> 8)}${padded}`,
    'latin1',
  );
  return Buffer.concat([head, Buffer.from(values.buffer, values.byteOffset, values.byteLength)]);
}
