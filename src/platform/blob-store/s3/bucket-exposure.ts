import { GetBucketAclCommand, GetBucketPolicyStatusCommand, type S3Client } from '@aws-sdk/client-s3';
import { FaultError } from '../../fault.ts';
import { S3Bucket } from './s3-bucket.ts';
import { createS3Client, type S3Access } from './s3-client.ts';

/** The groups of S3 that anybody is in; the second needs an account, which anybody can have. */
const ANYBODY = /\/groups\/global\/(AllUsers|AuthenticatedUsers)$/;

/**
 * Throws a FaultError, PUBLIC_BUCKET, where strangers can list the bucket or read the object under `key`, or where its policy or
 * its access list says that they may. What the store does not tell this process is taken for private.
 */
export async function refusePublicBucket(client: S3Client, access: S3Access, key: string): Promise<void> {
  const exposures = await Promise.all([
    canStrangersRead(access, key),
    isPublicByPolicy(client, access.bucket),
    isPublicByAccessList(client, access.bucket),
  ]);
  if (exposures.includes(true)) throw new FaultError('PUBLIC_BUCKET');
}

async function canStrangersRead(access: S3Access, key: string): Promise<boolean> {
  const client = await createS3Client(access, { isSigned: false });
  const bucket = new S3Bucket(client, access.bucket);
  try {
    const reads = [bucket.readText(key), bucket.list('').next()];
    return (await Promise.allSettled(reads)).some(({ status }) => status === 'fulfilled');
  } finally {
    client.destroy();
  }
}

async function isPublicByPolicy(client: S3Client, bucket: string): Promise<boolean> {
  const answer = await client.send(new GetBucketPolicyStatusCommand({ Bucket: bucket })).catch(() => null);
  return answer?.PolicyStatus?.IsPublic === true;
}

async function isPublicByAccessList(client: S3Client, bucket: string): Promise<boolean> {
  const answer = await client.send(new GetBucketAclCommand({ Bucket: bucket })).catch(() => null);
  return answer?.Grants?.some(({ Grantee }) => ANYBODY.test(Grantee?.URI ?? '')) ?? false;
}
