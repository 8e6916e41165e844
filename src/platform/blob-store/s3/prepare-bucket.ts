import {
  CreateBucketCommand,
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { S3Bucket } from './s3-bucket.ts';
import { createS3Client, type S3Access } from './s3-client.ts';
import { toFault } from './s3-errors.ts';

/** Days after which the store removes the parts of an upload that did not end. */
const UNFINISHED_DAYS = 7;

const RULE_ID = 'trainyard-unfinished-uploads';

/** How long a browser may remember what the bucket allows. */
const CORS_SECONDS = 3_600;

/** What was done; null for what the store does not know how to do, with its error. */
export interface PreparedBucket {
  readonly isNew: boolean;
  /** The origins whose pages may read and write by signed addresses. */
  readonly origins: readonly string[];
  readonly corsError: Error | null;
  readonly lifecycleError: Error | null;
}

/**
 * Makes a bucket what the server and browsers need: there, private, open to the pages of these origins by signed addresses, and
 * without the parts of uploads that never ended. It can be done again at any time; other rules of the bucket stay, but its CORS
 * is replaced.
 */
export async function prepareBucket(access: S3Access, origins: readonly string[]): Promise<PreparedBucket> {
  const client = await createS3Client(access);
  try {
    const isNew = await createIfMissing(client, access);
    const corsError = origins.length === 0 ? null : await errorOf(() => allowOrigins(client, access.bucket, origins));
    const lifecycleError = await errorOf(() => expireUnfinished(client, access.bucket));
    return { isNew, origins, corsError, lifecycleError };
  } finally {
    client.destroy();
  }
}

async function createIfMissing(client: S3Client, { bucket, region, endpoint }: S3Access): Promise<boolean> {
  try {
    await new S3Bucket(client, bucket).find();
    return false;
  } catch (error) {
    if (toFault(error).reason !== 'BUCKET_MISSING') throw error;
  }
  // AWS wants to be told of every region but its first; other stores do not know its names.
  const isElsewhere = endpoint === null && region !== 'us-east-1';
  const configuration = isElsewhere ? { CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' } } : {};
  await client.send(new CreateBucketCommand({ Bucket: bucket, ...configuration })).catch((error: unknown) => {
    throw toFault(error);
  });
  return true;
}

/**
 * Browsers send parts and read the ETag of each, which completes an upload. Reading is allowed to every page that has a signed URL:
 * after a redirect from the API, browsers name no origin.
 */
async function allowOrigins(client: S3Client, bucket: string, origins: readonly string[]): Promise<void> {
  const common = {
    AllowedHeaders: ['*'],
    ExposeHeaders: ['ETag', 'Content-Range', 'Content-Length', 'Accept-Ranges'],
    MaxAgeSeconds: CORS_SECONDS,
  };
  const CORSRules = [
    { ...common, AllowedOrigins: [...origins], AllowedMethods: ['PUT'] },
    { ...common, AllowedOrigins: ['*'], AllowedMethods: ['GET'] },
  ];
  await client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules } }));
}

async function expireUnfinished(client: S3Client, bucket: string): Promise<void> {
  const others = (await rulesOf(client, bucket)).filter(({ ID }) => ID !== RULE_ID);
  const rule: LifecycleRule = {
    ID: RULE_ID,
    Status: 'Enabled',
    Filter: { Prefix: '' },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: UNFINISHED_DAYS },
  };
  await client.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket: bucket,
      LifecycleConfiguration: { Rules: [...others, rule] },
    }),
  );
}

async function rulesOf(client: S3Client, bucket: string): Promise<readonly LifecycleRule[]> {
  try {
    return (await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }))).Rules ?? [];
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchLifecycleConfiguration') return [];
    throw error;
  }
}

async function errorOf(act: () => Promise<void>): Promise<Error | null> {
  return await act().then(
    () => null,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
}
