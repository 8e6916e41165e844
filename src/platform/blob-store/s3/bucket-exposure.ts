import { GetBucketAclCommand, GetBucketPolicyCommand, type S3Client } from '@aws-sdk/client-s3';
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

/** A part of a policy, as far as it matters who is allowed anything. */
interface PolicyStatement {
  readonly Effect?: string;
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
  readonly Condition?: unknown;
}

/** Asks for the policy itself: the status that stores derive from it is wrong in some, which call one public that names a user. */
async function isPublicByPolicy(client: S3Client, bucket: string): Promise<boolean> {
  const answer = await client.send(new GetBucketPolicyCommand({ Bucket: bucket })).catch(() => null);
  if (answer?.Policy === undefined) return false;
  const { Statement = [] } = JSON.parse(answer.Policy) as { Statement?: PolicyStatement | readonly PolicyStatement[] };
  return [Statement].flat().some(isForAnybody);
}

/** Whether a statement allows anything to everybody; one with a condition, such as a range of addresses, does not. */
function isForAnybody({ Effect, Principal, Condition }: PolicyStatement): boolean {
  const principals = typeof Principal === 'object' ? Object.values(Principal).flat() : [Principal];
  return Effect === 'Allow' && Condition === undefined && principals.includes('*');
}

async function isPublicByAccessList(client: S3Client, bucket: string): Promise<boolean> {
  const answer = await client.send(new GetBucketAclCommand({ Bucket: bucket })).catch(() => null);
  return answer?.Grants?.some(({ Grantee }) => ANYBODY.test(Grantee?.URI ?? '')) ?? false;
}
