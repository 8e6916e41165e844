import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Config, readConfig } from '../../../src/config.ts';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { type ApiProcess, startApiProcess } from '../../../src/processes/api-process.ts';
import { runSweep } from '../../../src/processes/retention-jobs.ts';
import { startWorkerProcess } from '../../../src/processes/worker-process.ts';
import { start } from '../../processes/command.ts';
import { housesCsv } from '../../support/csv-files.ts';
import { eventually } from '../../support/eventually.ts';
import { train, uploadDataset } from '../../support/operations.ts';
import { SECRETS } from '../../support/secrets.ts';
import { TestClient } from '../../support/test-client.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { NO_RATE_LIMITS } from '../../support/test-server.ts';
import { batchFile, endOfBatch, startBatch } from './batch-operations.ts';

const logger = createLogger('fatal', 'test');

let directory: string;
let database: TestDatabase;
let config: Config;
let api: ApiProcess;
let client: TestClient;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trainyard-test-'));
  database = await createTestDatabase();
  config = readConfig({
    ...{
      ...SECRETS,
      ...NO_RATE_LIMITS,
      DATA_DIRECTORY: directory,
      PORT: '0',
      MAX_ATTEMPTS: '3',
      ORPHAN_GRACE_HOURS: '1',
    },
  });
  api = await startApiProcess(config, database.access, logger);
  const { signUp } = await new TestClient(api.url, null).execute<{ signUp: { accessToken: string } }>(
    'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }',
    { input: { email: 'owner@example.com', password: 'correct horse battery' } },
  );
  client = new TestClient(api.url, signUp.accessToken);
});

afterEach(async () => {
  await api.close();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

/** No result can be stored until it is released. */
async function holdStores(): Promise<() => Promise<void>> {
  const sql = await database.owner.reserve();
  await sql`begin`;
  await sql`lock table blobs in share mode`;
  return async () => {
    await sql`rollback`;
    sql.release();
  };
}

const filesOf = async () =>
  (await readdir(directory, { recursive: true })).filter((name) => /[0-9a-f]{64}$/.test(name));

test('a batch prediction whose worker is killed is made by another one, once, and leaves no other file', async () => {
  const first = await startWorkerProcess(config, database.access, logger);
  const datasetId = (await uploadDataset(client, housesCsv(300))).id;
  const artifactId = (await train(client, { datasetId, algorithm: 'LINEAR' })).artifact?.id;
  await first.close();
  const before = (await filesOf()).length;
  const { appUrl, ownerUrl } = database.access;
  const command = start(['worker'], {
    ...{ DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, DATA_DIRECTORY: directory, PORT: '0' },
    ...{ MAX_ATTEMPTS: '3', LOG_LEVEL: 'info', ...NO_RATE_LIMITS },
  });
  const release = await holdStores();
  try {
    const { id } = await startBatch(client, { artifactId, datasetId });
    // Its file is written, and cannot be stored.
    await eventually(async () => {
      const [row] = await database.owner`select count(*)::int as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%blobs%'`;
      expect(row?.['count']).toBeGreaterThan(0);
    });
    command.process.kill('SIGKILL');
    await command.ended;
    const worker = await startWorkerProcess(config, database.access, logger);
    try {
      await eventually(async () => {
        const [row] = await database.owner`select attempt, lost_attempts from batch_predictions where id = ${id}`;
        expect(row).toEqual({ attempt: 2, lost_attempts: 1 });
      });
      await release();
      expect(await endOfBatch(client, id)).toMatchObject({ status: 'SUCCEEDED', attempt: 2, rowCount: 300 });
    } finally {
      await worker.close();
    }
    expect((await batchFile(client, id)).trimEnd().split('\n')).toHaveLength(301);
    await runSweep(config, database.access, false, logger);
    expect(await filesOf()).toHaveLength(before + 1);
  } finally {
    command.process.kill('SIGKILL');
    await release().catch(() => undefined);
  }
});
