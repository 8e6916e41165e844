import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import type { DatabaseAccess } from '../../src/platform/postgres/database.ts';
import { startApiProcess } from '../../src/processes/api-process.ts';
import { embeddedAccess } from '../../src/processes/database-access.ts';
import { startWorkerProcess } from '../../src/processes/worker-process.ts';
import { importAccepted, predict, referenceRows } from '../artifacts/imports/import-operations.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { endsWithTest } from '../support/ends-with-test.ts';
import { eventually } from '../support/eventually.ts';
import { train, uploadDataset } from '../support/operations.ts';
import { TestClient } from '../support/test-client.ts';

const logger = createLogger('fatal', 'test');
const databases: string[] = [];

let admin: postgres.Sql;
let folder: string;

beforeAll(async () => {
  admin = postgres(inject('templateUrl').replace(/\/[^/]*$/, '/template1'), { max: 1, onnotice: () => undefined });
  folder = await mkdtemp(join(tmpdir(), 'trainyard-backup-'));
});

afterAll(async () => {
  for (const name of databases) await admin.unsafe(`drop database ${name} with (force)`);
  await admin.end();
  await rm(folder, { recursive: true });
});

/** A copy of a database to which nobody is connected, as a backup is. */
async function copyDatabase(from: string): Promise<string> {
  const name = `backup_${randomUUID().slice(0, 8)}`;
  await eventually(() => admin.unsafe(`create database ${name} template ${from}`));
  databases.push(name);
  return name;
}

function accessTo(name: string): DatabaseAccess {
  const url = new URL(inject('templateUrl'));
  url.pathname = name;
  return embeddedAccess(url.href).access;
}

/** An API and a worker on a database and a folder. */
async function running<T>(database: string, directory: string, work: (url: string) => Promise<T>): Promise<T> {
  const config = readConfig({ DATA_DIRECTORY: directory, PORT: '0' });
  const access = accessTo(database);
  const api = endsWithTest(await startApiProcess(config, access, logger));
  const worker = endsWithTest(await startWorkerProcess(config, access, logger));
  const result = await work(api.url);
  await Promise.all([worker.close(), api.close()]);
  return result;
}

const SIGN_UP = 'mutation { signUp(input: { email: "a@example.com", password: "12345678" }) { accessToken } }';
const SIGN_IN = 'mutation { signIn(input: { email: "a@example.com", password: "12345678" }) { accessToken } }';
const MODEL = '{ artifacts { edges { node { id modelUrl } } totalCount } }';

interface Models {
  readonly artifacts: {
    readonly edges: readonly { readonly node: { readonly id: string; readonly modelUrl: string } }[];
    readonly totalCount: number;
  };
}

/** An installation with one model; then its database is backed up, and after that its folder, to which more has come. */
async function backedUp(): Promise<{ database: string; live: string; backup: string; directory: string }> {
  const database = await copyDatabase(new URL(inject('templateUrl')).pathname.slice(1));
  const [live, directory] = [join(folder, randomUUID()), join(folder, randomUUID())];
  await running(database, live, async (url) => {
    const { signUp } = await new TestClient(url, null).execute<{ signUp: { accessToken: string } }>(SIGN_UP);
    const client = new TestClient(url, signUp.accessToken);
    await train(client, { datasetId: (await uploadDataset(client, flowersCsv())).id, algorithm: 'BASELINE' });
  });
  const backup = await copyDatabase(database);
  await running(database, live, async (url) => {
    const { signIn } = await new TestClient(url, null).execute<{ signIn: { accessToken: string } }>(SIGN_IN);
    await uploadDataset(new TestClient(url, signIn.accessToken), flowersCsv(90), { name: 'later' });
  });
  await cp(live, directory, { recursive: true });
  return { database, live, backup, directory };
}

async function signedIn(url: string): Promise<TestClient> {
  const { signIn } = await new TestClient(url, null).execute<{ signIn: { accessToken: string } }>(SIGN_IN);
  return new TestClient(url, signIn.accessToken);
}

test('a database backed up before its folder has all of its files when both are restored', async () => {
  const { backup, directory } = await backedUp();
  await running(backup, directory, async (url) => {
    const client = await signedIn(url);
    const { artifacts } = await client.execute<Models>(MODEL);
    expect((await fetch(artifacts.edges[0]?.node.modelUrl ?? '')).status).toBe(200);
    const { datasets } = await client.execute<{ datasets: { edges: { node: { id: string } }[] } }>(
      '{ datasets { edges { node { id } } } }',
    );
    expect(datasets.edges).toHaveLength(1);
    await train(client, { datasetId: datasets.edges[0]?.node.id, algorithm: 'BASELINE' });
  });
});

test('files deleted since the backup of the database are reported as missing', async () => {
  const { database, live, backup } = await backedUp();
  await running(database, live, async (url) => {
    const client = await signedIn(url);
    const { artifacts } = await client.execute<Models>(MODEL);
    await client.execute('mutation ($id: ID!) { deleteArtifact(id: $id) { filesRemoved } }', {
      id: artifacts.edges[0]?.node.id,
    });
  });
  await running(backup, live, async (url) => {
    const client = await signedIn(url);
    const { artifacts } = await client.execute<Models>(MODEL);
    expect(artifacts.totalCount).toBe(1);
    expect((await fetch(artifacts.edges[0]?.node.modelUrl ?? '')).status).toBe(404);
  });
});

test('an imported model is restored with its file, and predicts as before', async () => {
  const database = await copyDatabase(new URL(inject('templateUrl')).pathname.slice(1));
  const [live, directory] = [join(folder, randomUUID()), join(folder, randomUUID())];
  const { rows } = referenceRows('xgb-softprob.ubj', 20);
  const { id, before } = await running(database, live, async (url) => {
    const { signUp } = await new TestClient(url, null).execute<{ signUp: { accessToken: string } }>(SIGN_UP);
    const client = new TestClient(url, signUp.accessToken);
    const imported = await importAccepted(client, 'xgb-softprob.ubj', { task: 'CLASSIFICATION' });
    return { id: imported.id, before: await predict(client, imported.id, rows) };
  });
  const backup = await copyDatabase(database);
  await cp(live, directory, { recursive: true });
  await rm(live, { recursive: true });
  await running(backup, directory, async (url) => {
    const client = await signedIn(url);
    expect(await predict(client, id, rows)).toEqual(before);
    const { artifact } = await client.execute<{ artifact: object }>(
      'query ($id: ID!) { artifact(id: $id) { importedFrom run { importedModel { maker } } } }',
      { id },
    );
    expect(artifact).toEqual({ importedFrom: 'XGBOOST_UBJ', run: { importedModel: { maker: 'XGBoost 1.7.4' } } });
  });
});
