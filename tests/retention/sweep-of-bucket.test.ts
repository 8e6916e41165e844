import { createHash, randomUUID } from 'node:crypto';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { runSweep } from '../../src/processes/retention-jobs.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { endsWithTest } from '../support/ends-with-test.ts';
import { uploadDataset, workspaceIdOf } from '../support/operations.ts';
import { sharedS3Server } from '../support/shared-s3-server.ts';
import { startTestServer } from '../support/test-server.ts';

const s3 = await sharedS3Server();

afterAll(() => s3?.close());

describe.skipIf(s3 === null)('the sweep of a bucket', () => {
  if (s3 === null) return;
  const { client } = s3;

  async function keysOf(bucket: string): Promise<string[]> {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.map(({ Key = '' }) => Key).filter((key) => !key.startsWith('.trainyard/'));
  }

  test('the sweep of a bucket removes objects without a row and unfinished uploads, and reports rows without an object', async () => {
    const Bucket = await s3.createBucket();
    const server = endsWithTest(await startTestServer(s3.settings(Bucket), { worker: false }));
    const user = await server.signUp();
    const workspaceId = await workspaceIdOf(user);
    await uploadDataset(user, flowersCsv());
    const counted = await keysOf(Bucket);
    expect(counted).toHaveLength(2);

    const orphan = `${workspaceId}/${createHash('sha256').update('orphan').digest('hex')}`;
    const foreign = `${workspaceId}/readme.txt`;
    for (const Key of [orphan, foreign]) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'orphan' }));
    await client.send(new CreateMultipartUploadCommand({ Bucket, Key: orphan }));
    const sweep = async (graceHours: number) => {
      const lines: string[] = [];
      const logger = createLogger('info', 'sweep', { write: (line) => void lines.push(line) });
      await runSweep({ ...server.config, ORPHAN_GRACE_HOURS: graceHours }, server.access, false, logger);
      return lines.flatMap((line) => (JSON.parse(line) as { report?: Record<string, unknown> }).report ?? [])[0];
    };
    // Within its grace everything stays.
    const kept = { orphans: 1, orphansRemoved: 0, unfinishedUploads: 0 };
    expect(await sweep(1)).toMatchObject({ ...kept, files: 3, missing: 0 });
    expect(await keysOf(Bucket)).toHaveLength(4);

    // Of a workspace that the database does not know, such as a restored backup leaves.
    const unknown = `${randomUUID()}/${createHash('sha256').update('unknown').digest('hex')}`;
    await client.send(new PutObjectCommand({ Bucket, Key: unknown, Body: 'unknown' }));
    expect(await sweep(1)).toMatchObject({ ...kept, orphans: 2, unknownWorkspaces: 1 });
    expect(await keysOf(Bucket)).toContain(unknown);

    // As an hour later, after somebody has removed an object that a row needs.
    const [lost = ''] = counted;
    await client.send(new DeleteObjectCommand({ Bucket, Key: lost }));
    const removed = { orphans: 2, orphansRemoved: 2, unfinishedUploads: 1, unknownWorkspaces: 1 };
    expect(await sweep(-1)).toMatchObject({ ...removed, missing: 1, missingKeys: [lost], failed: 0 });
    expect((await keysOf(Bucket)).sort()).toEqual([...counted.filter((key) => key !== lost), foreign].sort());
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]);
  });
});
