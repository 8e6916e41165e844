import { createServer } from 'node:http';
import type { S3Keys } from './s3-account.ts';
import { type S3Server, startS3Server } from './s3-server.ts';

/** What a test file has to know of it. */
export interface KnownS3Server {
  readonly endpoint: string;
  readonly keys: S3Keys;
}

/** Tells test files of one object store for all of them, which is started when the first of them asks. Returns what ends it. */
export async function offerS3Server(socket: string): Promise<() => Promise<void>> {
  let started: Promise<S3Server | null> | null = null;
  const server = createServer((_, response) => {
    started ??= startS3Server();
    const report = (s3: S3Server | null) => {
      const known: KnownS3Server | null = s3 && { endpoint: s3.endpoint, keys: s3.keys };
      response.end(JSON.stringify(known));
    };
    started.then(report, (error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return async () => {
    server.closeAllConnections();
    server.close();
    await (await started?.catch(() => null))?.close();
  };
}
