import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

/** The keys of a user of the object store. */
export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** An object store as its first user sees it. */
export interface S3Account {
  readonly endpoint: string;
  readonly keys: S3Keys;
  /** A client of the first user, to see and change what the program under test does not. */
  readonly client: S3Client;
  /** Makes an empty bucket of the first user, or of another. */
  createBucket(owner?: S3Keys): Promise<string>;
  /** The settings of a process that stores its files in that bucket. */
  settings(bucket: string): Record<string, string>;
  close(): Promise<void>;
}

/** What the keys open. Closing it ends its client alone. */
export function s3Account(endpoint: string, keys: S3Keys): S3Account {
  const client = clientOf(endpoint, keys);
  return {
    ...{ endpoint, keys, client },
    createBucket: async (owner = keys) => {
      const bucket = `bucket-${randomUUID().slice(0, 8)}`;
      const ofOwner = clientOf(endpoint, owner);
      await ofOwner.send(new CreateBucketCommand({ Bucket: bucket }));
      ofOwner.destroy();
      return bucket;
    },
    settings: (bucket) => ({
      ...{ STORAGE_BACKEND: 's3', MINIO_ENDPOINT: endpoint, MINIO_BUCKET: bucket },
      ...{ MINIO_ACCESS_KEY: keys.accessKeyId, MINIO_SECRET_KEY: keys.secretAccessKey },
    }),
    close: async () => client.destroy(),
  };
}

function clientOf(endpoint: string, credentials: S3Keys): S3Client {
  return new S3Client({
    ...{ endpoint, region: 'us-east-1', forcePathStyle: true, credentials },
    ...{ requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' },
  });
}
