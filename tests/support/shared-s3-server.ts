import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { inject } from 'vitest';
import type { KnownS3Server } from './offered-s3-server.ts';
import { type S3Account, s3Account } from './s3-account.ts';

/**
 * The object store of all test files that neither end it nor stop it: each has buckets of its own. Null where none can be had
 * here; a line says so. Closing it leaves it to the others.
 */
export async function sharedS3Server(): Promise<S3Account | null> {
  const known = await new Promise<KnownS3Server | null>((resolve, reject) => {
    const asking = request({ socketPath: inject('s3Socket'), agent: false }, (response) => {
      if (response.statusCode === 200) json(response).then((value) => resolve(value as KnownS3Server | null), reject);
      else reject(new Error(`The object store of the tests does not start: ${response.statusCode}.`));
    });
    asking.once('error', reject).end();
  });
  return known && s3Account(known.endpoint, known.keys);
}
