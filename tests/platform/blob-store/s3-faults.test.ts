import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { CreateMultipartUploadCommand, PutBucketAclCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import type { BlobStore } from '../../../src/platform/blob-store/blob-store.ts';
import { openBlobStore, s3AccessOf } from '../../../src/platform/blob-store/open-blob-store.ts';
import { S3Bucket } from '../../../src/platform/blob-store/s3/s3-bucket.ts';
import { createS3Client } from '../../../src/platform/blob-store/s3/s3-client.ts';
import { FaultError } from '../../../src/platform/fault.ts';
import { SeededRandom } from '../../chaos/seeded-random.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { freePort } from '../../support/free-port.ts';
import { startS3Server } from '../../support/s3-server.ts';
import { startStoreProxy } from '../../support/store-proxy.ts';

const s3 = await startS3Server();

afterAll(() => s3?.close());

const MEBIBYTE = 1024 * 1024;
const HOUR = 60 * 60 * 1000;

/** The bytes of an upload in five parts. */
const UPLOAD_BYTES = 22 * MEBIBYTE;

/** How often the server is killed: at these points of the upload, and beyond them at random ones. */
const KILLS = Number(process.env['TRAINYARD_STORE_KILLS'] ?? 6);
const SEED = 20_260_730;
const KILLED_AFTER = [1, 3 * MEBIBYTE, 8 * MEBIBYTE, 15 * MEBIBYTE, 21 * MEBIBYTE, UPLOAD_BYTES];

function killPoints(): readonly number[] {
  const random = new SeededRandom(SEED, 'store kill');
  const further = Math.max(0, KILLS - KILLED_AFTER.length);
  return [...KILLED_AFTER, ...Array.from({ length: further }, () => random.whole(1, UPLOAD_BYTES - MEBIBYTE))];
}

describe.skipIf(s3 === null)('a store in a bucket', () => {
  if (s3 === null) return;
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trainyard-s3-faults-'));
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function open(settings: Record<string, string>): Promise<BlobStore> {
    return endsWithTest(await openBlobStore(readConfig({ DATA_DIRECTORY: directory, ...settings })));
  }

  async function reasonOfRefusal(settings: Record<string, string>): Promise<string> {
    return await open(settings).then(() => 'OPENED', faultReasonOf);
  }

  async function newFile(store: BlobStore, length: number): Promise<{ key: string; path: string; bytes: Buffer }> {
    const bytes = randomBytes(length);
    const path = store.temporaryPath();
    await writeFile(path, bytes);
    return { key: `${randomUUID()}/${createHash('sha256').update(bytes).digest('hex')}`, path, bytes };
  }

  test('a store is refused with the reason if the bucket, the keys, the permissions or the server are missing', async () => {
    const settings = s3.settings(await s3.createBucket());
    const stranger = await s3.createUser();
    const reasons = await Promise.all([
      reasonOfRefusal({ ...settings, MINIO_BUCKET: 'no-such-bucket' }),
      reasonOfRefusal({ ...settings, MINIO_SECRET_KEY: 'another' }),
      reasonOfRefusal({ ...settings, MINIO_ACCESS_KEY: 'nobody' }),
      reasonOfRefusal({
        ...settings,
        MINIO_ACCESS_KEY: stranger.accessKeyId,
        MINIO_SECRET_KEY: stranger.secretAccessKey,
      }),
      reasonOfRefusal({ ...settings, MINIO_ENDPOINT: `http://127.0.0.1:${await freePort()}` }),
    ]);
    expect(reasons).toEqual(['BUCKET_MISSING', 'CREDENTIALS', 'CREDENTIALS', 'FORBIDDEN', 'NO_ANSWER']);
  });

  test('a store is refused if its user may list the bucket, but not write to it', async () => {
    const [bucket, reader] = [await s3.createBucket(), await s3.createUser()];
    const statement = {
      ...{ Effect: 'Allow', Principal: { AWS: [`arn:aws:iam:::user/${reader.accessKeyId}`] } },
      ...{
        Action: ['s3:ListBucket', 's3:GetObject'],
        Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
      },
    };
    await s3.client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: policyOf(statement) }));
    const keys = { MINIO_ACCESS_KEY: reader.accessKeyId, MINIO_SECRET_KEY: reader.secretAccessKey };
    expect(await reasonOfRefusal({ ...s3.settings(bucket), ...keys })).toBe('FORBIDDEN');
  });

  test('a store works with the permissions that docs/deployment.md lists, and no others', async () => {
    const [bucket, user] = [await s3.createBucket(), await s3.createUser()];
    const [, listed = ''] = /```json\n([\s\S]*?)\n```/.exec(await readFile('docs/deployment.md', 'utf8')) ?? [];
    const { Version, Statement } = JSON.parse(listed.replaceAll(':::trainyard', `:::${bucket}`)) as {
      readonly Version: string;
      readonly Statement: readonly object[];
    };
    const Principal = { AWS: [`arn:aws:iam:::user/${user.accessKeyId}`] };
    const Policy = JSON.stringify({ Version, Statement: Statement.map((each) => ({ ...each, Principal })) });
    await s3.client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    const keys = { MINIO_ACCESS_KEY: user.accessKeyId, MINIO_SECRET_KEY: user.secretAccessKey };
    const store = await open({ ...s3.settings(bucket), ...keys });
    await store.check();
    const file = await newFile(store, 11 * MEBIBYTE);
    await store.stage(file.key, file.path);
    await store.put(file.key, file.path);
    expect((await buffer(await store.read(file.key, { start: MEBIBYTE }))).length).toBe(10 * MEBIBYTE);
    expect((await Array.fromAsync(store.list())).map(({ key }) => key)).toEqual([file.key]);
    expect(await store.remove(file.key)).toBe(true);
    // An upload that nobody ends.
    await s3.client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: file.key }));
    expect(await store.removeUnfinished(new Date(Date.now() - HOUR))).toBe(0);
    expect(await store.removeUnfinished(new Date(Date.now() + HOUR))).toBe(1);
  });

  test('a store is refused if strangers may read its objects, by a policy or an access list', async () => {
    const [byPolicy, byAccessList] = [await s3.createBucket(), await s3.createBucket()];
    const statement = {
      ...{ Effect: 'Allow', Principal: '*' },
      ...{ Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${byPolicy}/*`] },
    };
    await s3.client.send(new PutBucketPolicyCommand({ Bucket: byPolicy, Policy: policyOf(statement) }));
    await s3.client.send(new PutBucketAclCommand({ Bucket: byAccessList, ACL: 'authenticated-read' }));
    expect(await reasonOfRefusal(s3.settings(byPolicy))).toBe('PUBLIC_BUCKET');
    expect(await reasonOfRefusal(s3.settings(byAccessList))).toBe('PUBLIC_BUCKET');
  });

  test('a store without keys uses those that the SDK finds, and reports CREDENTIALS if it finds none', async () => {
    const { MINIO_ACCESS_KEY, MINIO_SECRET_KEY, ...settings } = s3.settings(await s3.createBucket());
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(directory, 'none'));
    vi.stubEnv('AWS_CONFIG_FILE', join(directory, 'none'));
    try {
      expect(await reasonOfRefusal(settings)).toBe('CREDENTIALS');
      vi.stubEnv('AWS_ACCESS_KEY_ID', MINIO_ACCESS_KEY);
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', MINIO_SECRET_KEY);
      await (await open(settings)).check();
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('a store behind TLS is trusted by the CA of S3_CA_FILE, and by no other', async () => {
    const fixture = (name: string) => resolve('tests/fixtures/tls', name);
    const tls = { key: await readFile(fixture('server.key')), cert: await readFile(fixture('server.pem')) };
    const proxy = endsWithTest(await startStoreProxy(s3.endpoint, tls));
    const bucket = await s3.createBucket();
    const settings = { ...s3.settings(bucket), MINIO_ENDPOINT: `https://localhost:${proxy.port}` };
    expect(await reasonOfRefusal(settings)).toBe('CERTIFICATE');
    expect(await reasonOfRefusal({ ...settings, S3_CA_FILE: fixture('other-ca.pem') })).toBe('CERTIFICATE');
    await (await open({ ...settings, S3_CA_FILE: fixture('ca.pem') })).check();
  });

  test('a store whose server is killed during uploads reports it, shows nothing of them, and recovers', async () => {
    const proxy = endsWithTest(await startStoreProxy(s3.endpoint));
    const settings = { ...s3.settings(await s3.createBucket()), MINIO_ENDPOINT: `http://127.0.0.1:${proxy.port}` };
    const store = await open(settings);
    const outcomes: string[] = [];
    const points = killPoints();
    for (const bytes of points) {
      const file = await newFile(store, UPLOAD_BYTES);
      const killed = new Promise<void>((done) => {
        proxy.onSent(bytes, () => done(s3.kill()));
      });
      outcomes.push(await store.stage(file.key, file.path).then(() => 'STORED', faultReasonOf));
      await killed;
      await s3.revive();
      // At the very end the answer may be lost of an upload that succeeded: then the whole file is there.
      for await (const { key } of store.list()) {
        expect((await buffer(await store.read(key))).equals(file.bytes)).toBe(true);
      }
      await store.stage(file.key, file.path);
      await store.put(file.key, file.path);
      expect((await buffer(await store.read(file.key))).equals(file.bytes)).toBe(true);
      await store.remove(file.key);
    }
    const inTheMiddle = outcomes.filter((_, index) => points[index] !== UPLOAD_BYTES);
    expect(new Set(inTheMiddle)).toEqual(new Set(['NO_ANSWER']));
    // Parts that could not be removed while the server was away.
    await store.removeUnfinished(new Date(Date.now() + HOUR));
    expect(await store.removeUnfinished(new Date(Date.now() + HOUR))).toBe(0);
  });

  test('a store that accepts connections and stays silent delays nobody for long, and recovers', async () => {
    const store = await open(s3.settings(await s3.createBucket()));
    s3.freeze();
    try {
      await expect(store.check()).rejects.toMatchObject({ reason: 'NO_ANSWER' });
    } finally {
      await s3.revive();
    }
    await store.check();
  });

  test('an interrupted download of a local copy resumes where it stopped, and has the right bytes', async () => {
    const proxy = endsWithTest(await startStoreProxy(s3.endpoint));
    const bucket = await s3.createBucket();
    const store = await open({ ...s3.settings(bucket), MINIO_ENDPOINT: `http://127.0.0.1:${proxy.port}` });
    const { key, path, bytes } = await newFile(store, 11 * MEBIBYTE);
    await store.stage(key, path);
    proxy.cutAfterReceived(4 * MEBIBYTE);
    using copy = await store.localFile(key);
    expect((await readFile(copy.path)).equals(bytes)).toBe(true);
  });

  test('an object whose bytes do not match its key does not become a local copy', async () => {
    const store = await open(s3.settings(await s3.createBucket()));
    const [one, other] = [await newFile(store, 1000), await newFile(store, 1000)];
    await store.stage(one.key, other.path);
    await expect(store.localFile(one.key)).rejects.toMatchObject({ reason: 'UNREADABLE' });
  });

  test('a wrong clock is corrected by the time of the store, and reported if it cannot be', async () => {
    const access = s3AccessOf(readConfig(s3.settings(await s3.createBucket())));
    if (access === null) throw new Error('The settings name a bucket.');
    const [late, wrong] = [await createS3Client(access), await createS3Client(access)];
    late.config.systemClockOffset = HOUR;
    await new S3Bucket(late, access.bucket).writeText('some', 'text');
    Object.defineProperty(wrong.config, 'systemClockOffset', {
      get: () => HOUR,
      // The SDK would correct it.
      set(offset: number) {
        void offset;
      },
    });
    const error = await new S3Bucket(wrong, access.bucket).readText('some').catch((thrown: unknown) => thrown);
    // What the store answered is told where it is another fault.
    expect(error, inspect(error)).toMatchObject({ reason: 'CLOCK_SKEW' });
    for (const client of [late, wrong]) client.destroy();
  });

  test('a full store reports FULL, keeps nothing of the file, and accepts it when there is space', async () => {
    const owner = await s3.createUser();
    const own = { MINIO_ACCESS_KEY: owner.accessKeyId, MINIO_SECRET_KEY: owner.secretAccessKey };
    const settings = { ...s3.settings(await s3.createBucket(owner)), ...own };
    const store = await open(settings);
    const file = await newFile(store, 6 * MEBIBYTE);
    const ofUser = ['--quota-scope=user', `--uid=${owner.accessKeyId}`];
    await s3.administer('quota', 'set', ...ofUser, '--max-size=1M');
    await s3.administer('quota', 'enable', ...ofUser);
    await expect(store.stage(file.key, file.path)).rejects.toMatchObject({ reason: 'FULL' });
    expect(await Array.fromAsync(store.list())).toEqual([]);
    expect(await store.removeUnfinished(new Date(Date.now() + HOUR))).toBe(0);
    await s3.administer('quota', 'disable', ...ofUser);
    await store.stage(file.key, file.path);
    expect((await buffer(await store.read(file.key))).equals(file.bytes)).toBe(true);
  });
});

function policyOf(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

function faultReasonOf(error: unknown): string {
  return error instanceof FaultError ? error.reason : `no fault: ${String(error)}`;
}
