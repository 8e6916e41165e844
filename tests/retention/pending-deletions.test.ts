import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import { openBlobStore } from '../../src/platform/blob-store/open-blob-store.ts';
import { openJobClient } from '../../src/platform/jobs/jobs.ts';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { deleteIn, removalOf } from '../support/crash-deletion.ts';
import { CrashingProcess } from '../support/crashing-process.ts';
import { flowersCsv, housesCsv } from '../support/csv-files.ts';
import { eventually } from '../support/eventually.ts';
import { uploadDataset, workspaceIdOf } from '../support/operations.ts';
import { readMetrics } from '../support/read-metrics.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const TOKEN = 'a-token-of-the-tests';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ METRICS_TOKEN: TOKEN, RESTORE_WINDOW_DAYS: '7' }, { worker: false });
});

afterAll(() => server.close());

/** What /metrics say of the deletions of a kind that are pending: how many, and for how long the oldest is. */
async function pending(kind: 'datasets' | 'workspaces'): Promise<readonly (number | undefined)[]> {
  const metrics = await readMetrics(server.url, TOKEN);
  return ['trainyard_pending_deletions', 'trainyard_oldest_pending_deletion_seconds'].map((name) =>
    metrics.get(`${name}{kind="${kind}"}`),
  );
}

const ONE = [1, expect.any(Number)];
const NONE = [0, 0];

test('a deleted dataset is pending in /metrics while the store does not remove its files, and a restorable one is not', async () => {
  const client = await server.signUp();
  const workspaceId = await workspaceIdOf(client);
  const viewer: Viewer = {
    ...{ workspaceId, userId: randomUUID(), membershipId: '', role: 'OWNER', sessionId: '' },
    ...{ apiKeyId: null, outside: null },
  };
  const logger = createLogger('silent', 'pending');
  const [store, jobs] = [await openBlobStore(server.config), await openJobClient(server.access, logger)];
  const process = new CrashingProcess(server.access, Number.POSITIVE_INFINITY);
  try {
    const { id: restorable } = await uploadDataset(client, flowersCsv());
    await client.execute('mutation ($id: ID!) { deleteDataset(id: $id) { status } }', { id: restorable });
    const { id } = await uploadDataset(client, housesCsv());
    const away = { ...store, remove: () => Promise.reject(new Error('The store is away.')) };
    await deleteIn(process, away, jobs, viewer, id);
    await eventually(async () => expect(await pending('datasets')).toEqual(ONE));
    expect((await pending('datasets'))[1]).toBeGreaterThan(0);
    await removalOf(process, store, jobs).carryOut({ id, workspaceId });
    await eventually(async () => expect(await pending('datasets')).toEqual(NONE));
  } finally {
    await process.close();
    await jobs.close();
    await store.close();
  }
});

test('a deleted workspace is pending in /metrics until a worker has removed it', async () => {
  const client = await server.signUp();
  const id = await workspaceIdOf(client);
  await client.execute('mutation { createWorkspace(name: "another") { id } }');
  await client.execute('mutation ($id: ID!) { deleteWorkspace(id: $id) { status } }', { id });
  await eventually(async () => expect(await pending('workspaces')).toEqual(ONE));
  const worker = await server.startWorker();
  try {
    await eventually(async () => expect(await pending('workspaces')).toEqual(NONE));
  } finally {
    await worker.close();
  }
});
