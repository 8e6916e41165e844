import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../../../support/csv-files.ts';
import { eventually } from '../../../support/eventually.ts';
import { uploadDataset } from '../../../support/operations.ts';
import type { TestClient } from '../../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../../support/test-server.ts';

let server: TestServer;
let client: TestClient;
let datasetId: string;

beforeAll(async () => {
  // A Python that no machine has.
  const settings = { ENGINE: 'xgboost', ENGINE_PYTHON: '/no/such/python', ENGINE_ADDRESS: '127.0.0.1' };
  server = await startTestServer(settings, { worker: false });
  client = await server.signUp();
  datasetId = (await uploadDataset(client, flowersCsv())).id;
});

afterAll(() => server.close());

interface Host {
  readonly cores: number;
  readonly memoryBytes: number;
  readonly python: string | null;
  readonly xgboost: string | null;
  readonly missing: string | null;
  readonly isBusy: boolean;
}

const HOSTS = '{ health { hosts { cores memoryBytes python xgboost missing isBusy } } }';

async function listHosts(of: TestClient): Promise<readonly Host[] | null> {
  const { health } = await of.execute<{ health: { hosts: readonly Host[] | null } }>(HOSTS);
  return health.hosts;
}

function start(input: object): Promise<unknown> {
  return client.execute('mutation ($input: StartTrainingInput!) { startTraining(input: $input) { id } }', {
    input: { datasetId, engine: 'DISTRIBUTED', ...input },
  });
}

/** Makes hosts that live for a while, as their workers would tell of them. */
async function insertHosts(count: number, xgboost: string | null): Promise<void> {
  for (let i = 0; i < count; i++) {
    await server.database
      .owner`insert into training_hosts (id, host, address, cores, memory_bytes, python, xgboost, missing, heartbeat_at)
      values (gen_random_uuid(), 'made', '127.0.0.1', 4, 1000000000, '3.11.2', ${xgboost}, ${xgboost === null ? 'Install it.' : null},
        now() + interval '1 day')`;
  }
}

test('a worker with ENGINE=xgboost is a host while it lives, and says what it lacks', async () => {
  expect(await listHosts(client)).toEqual([]);
  const worker = await server.startWorker();
  await eventually(async () => expect(await listHosts(client)).toHaveLength(1));
  const [host] = (await listHosts(client)) ?? [];
  expect(host).toMatchObject({ python: null, xgboost: null, isBusy: false });
  expect(host?.missing).toContain('Install numpy and xgboost');
  expect(host?.cores).toBeGreaterThan(0);
  await worker.close();
  expect(await listHosts(client)).toEqual([]);
});

test('nobody who is not signed in sees the hosts', async () => {
  expect(await listHosts(server.anonymous())).toBeNull();
});

test('several hosts that are asked for and missing are ENGINE_UNAVAILABLE, with what is missing', async () => {
  await insertHosts(1, '1.7.4');
  await insertHosts(1, null);
  await expect(start({})).rejects.toThrow(/2 live, and 1 of them can take part. 1 of them lack something: Install it/);
  await server.database.owner`delete from training_hosts`;
  await expect(start({})).rejects.toThrow(/ENGINE_UNAVAILABLE|0 live/);
});

test.each([
  ['input.engine', { algorithm: 'LINEAR' }, /Only GRADIENT_BOOSTING/],
  ['input.parameters.folds', { parameters: { folds: 3 } }, /makes no folds/],
  ['input.refit', { refit: true }, /no second model/],
  ['input.parameters.randomThresholds', { parameters: { randomThresholds: true } }, /no random thresholds/],
])('what several hosts cannot do is refused: %s', async (_argument, input, message) => {
  await expect(start(input)).rejects.toThrow(message);
});

test('a run is LOCAL unless something else is asked for, and so is its repetition', async () => {
  const { startTraining } = await client.execute<{ startTraining: object }>(
    'mutation ($input: StartTrainingInput!) { startTraining(input: $input) { engine hosts } }',
    { input: { datasetId, algorithm: 'GRADIENT_BOOSTING', engine: 'LOCAL' } },
  );
  expect(startTraining).toEqual({ engine: 'LOCAL', hosts: null });
});
