import { readFile } from 'node:fs/promises';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { StoreObserver } from '../store-observer.ts';
import { observeRequests } from './observe-requests.ts';
import { keysProvider, type RotatingKeys } from './rotating-keys.ts';

/** How a bucket is reached. */
export interface S3Access {
  /** Null: that of AWS in the region. */
  readonly endpoint: string | null;
  /** The endpoint that browsers can reach; null if they cannot reach the store. */
  readonly publicEndpoint: string | null;
  readonly region: string;
  readonly bucket: string;
  /** Null: what the SDK finds by itself. */
  readonly credentials: RotatingKeys | null;
  /** PEM file of the certificates that are trusted; null for those of Node.js. */
  readonly caFile: string | null;
  /** Is told of the requests that are sent; null for nobody. */
  readonly observer: StoreObserver | null;
}

/** A store in the same data centre answers in milliseconds. */
const CONNECTION_MILLISECONDS = 3_000;

/** From the first byte of a request to the head of its answer; the longest send a part of 5 MiB. */
const REQUEST_MILLISECONDS = 30_000;

/** The first try and three more, after 50 to 400 ms each, which are chosen at random up to a bound that doubles. */
const MAX_ATTEMPTS = 4;

/** Uploads and downloads at the same time; further ones wait for a connection. */
const MAX_SOCKETS = 100;

/** Makes the client of a bucket. An unsigned one is anybody: it shows what strangers may do. */
export async function createS3Client(access: S3Access, { isSigned = true } = {}): Promise<S3Client> {
  const { endpoint, region, credentials, caFile, observer } = access;
  const ca = caFile === null ? {} : { ca: await readFile(caFile) };
  const config: S3ClientConfig = {
    region,
    ...(endpoint === null ? {} : { endpoint }),
    ...(credentials === null ? {} : { credentials: keysProvider(credentials) }),
    // The name of the bucket in the host's name needs DNS that few stores have.
    forcePathStyle: endpoint !== null,
    // Stores that are not AWS refuse the checksums that the SDK would add, or send none.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: CONNECTION_MILLISECONDS,
      requestTimeout: REQUEST_MILLISECONDS,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS, ...ca },
    },
  };
  if (isSigned) {
    const client = new S3Client(config);
    if (observer !== null) observeRequests(client, observer);
    return client;
  }
  return new S3Client({
    ...config,
    credentials: { accessKeyId: 'anybody', secretAccessKey: 'anybody' },
    signer: { sign: async (request) => request },
  });
}
