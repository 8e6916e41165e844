import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres/embedded-postgres.ts';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { migrate } from '../../src/platform/postgres/migrate.ts';
import { startApiProcess } from '../../src/processes/api-process.ts';
import { embeddedAccess } from '../../src/processes/database-access.ts';
import { JOBS } from '../../src/processes/jobs.ts';
import { endsWithTest } from '../support/ends-with-test.ts';
import { eventually } from '../support/eventually.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { TestClient } from '../support/test-client.ts';

/** An empty database takes some 50 MB, and its log of changes as much again. */
const disk = mountSmallDisk(400);

afterAll(() => disk?.unmount());

describe.skipIf(disk === null)('a database whose disk is full', () => {
  test('a database with a full disk is reported, answers SERVICE_UNAVAILABLE where it cannot write, and recovers', async () => {
    const directory = join(disk?.path ?? '', 'data');
    await mkdir(directory, { mode: 0o755 });
    const postgres = endsWithTest(await startEmbeddedPostgres({ directory, durable: false }), 'stop');
    const { access, appPassword } = embeddedAccess(postgres.ownerUrl);
    await migrate(access, JOBS, appPassword);
    // The files of the server lie on another disk, which has room.
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-files-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const config = readConfig({ DATA_DIRECTORY: folder, PORT: '0', MIN_FREE_DISK_BYTES: '0' });
    const api = endsWithTest(await startApiProcess(config, access, createLogger('fatal', 'test')));
    const readiness = async () => (await fetch(`${api.url}/readyz`)).json();
    const client = new TestClient(api.url, null);
    const signUp = (number: number) =>
      client.request(
        `mutation { signUp(input: { email: "${number}@example.com", password: "12345678" }) { accessToken } }`,
      );
    await eventually(async () => expect(await readiness()).toMatchObject({ status: 'UP' }));

    await disk?.fill();
    await eventually(async () => {
      expect(await readiness()).toMatchObject({ status: 'DOWN', storage: 'UP', reasons: { database: 'FULL' } });
    });
    // Rows that find room in a page that is there already are taken; sooner or later there is none.
    for (let number = 0, code: string | undefined; code === undefined; number += 1) {
      code = (await signUp(number)).errors[0]?.extensions.code;
      expect([undefined, 'SERVICE_UNAVAILABLE']).toContain(code);
    }
    await disk?.free();
    await eventually(async () => expect(await readiness()).toMatchObject({ status: 'UP' }));
    expect((await signUp(1_000_000)).errors).toEqual([]);
  });
});
