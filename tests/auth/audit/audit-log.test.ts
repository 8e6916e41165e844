import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PruneAuditHandler } from '../../../src/auth/audit/prune-audit.handler.ts';
import { type Database, openDatabase } from '../../../src/platform/postgres/database.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { ENDLESS, endlessCsv } from '../../support/endless.ts';
import { endOfRun, startTraining, train, uploadDataset, workspaceIdOf } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let database: Database;

beforeAll(async () => {
  server = await startTestServer();
  database = openDatabase(server.database.access, 1);
});

afterAll(async () => {
  await database.close();
  await server.close();
});

interface Entry {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly actor: { readonly email: string } | null;
  readonly subject: string | null;
  readonly details: Readonly<Record<string, unknown>> | null;
}

interface LogAnswer {
  readonly viewer: {
    readonly workspace: {
      readonly auditLog: {
        readonly nodes: readonly Entry[];
        readonly totalCount: number;
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
      } | null;
    };
  };
}

const LOG = `query ($first: Int, $after: String) { viewer { workspace { auditLog(first: $first, after: $after) {
  totalCount nodes { id at action actor { email } subject details } pageInfo { hasNextPage endCursor } } } } }`;

async function logOf(client: TestClient, page: object = {}) {
  return (await client.execute<LogAnswer>(LOG, page)).viewer.workspace.auditLog;
}

/** Action and subject of each entry, oldest first. */
async function actionsOf(client: TestClient): Promise<unknown[]> {
  const log = await logOf(client);
  return [...(log?.nodes ?? [])].reverse().map(({ action, subject }) => [action, subject]);
}

async function emailOf(client: TestClient): Promise<string> {
  const { viewer } = await client.execute<{ viewer: { user: { email: string } } }>('{ viewer { user { email } } }');
  return viewer.user.email;
}

/** An owner whose log is empty: that they have signed up stands in it first, which is told below. */
async function newOwner(): Promise<TestClient> {
  const client = await server.signUp();
  await server.database.owner`delete from audit_entries
    where workspace_id = ${await workspaceIdOf(client)} and action = 'account.created'`;
  return client;
}

test('the first entry of the audit log is that its owner has signed up', async () => {
  const client = await server.signUp();
  expect(await actionsOf(client)).toEqual([['account.created', await emailOf(client)]]);
});

test('the audit log tells its owner who uploaded, trained, cancelled, stopped, deleted and restored what', async () => {
  const client = await newOwner();
  const { id: dataset, name } = await uploadDataset(client, flowersCsv());
  const run = await train(client, { datasetId: dataset, algorithm: 'BASELINE' });
  const { id: endless } = await uploadDataset(client, endlessCsv());
  const cancelled = await startTraining(client, {
    algorithm: 'RANDOM_FOREST',
    parameters: ENDLESS,
    datasetId: endless,
  });
  await client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id: cancelled });
  // A second request changes nothing, and is no second entry.
  await client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id: cancelled });
  const stopped = await startTraining(client, { algorithm: 'RANDOM_FOREST', parameters: ENDLESS, datasetId: endless });
  await client.execute('mutation ($id: ID!) { stopTraining(id: $id) { id } }', { id: stopped });
  await endOfRun(client, stopped);
  await client.execute('mutation ($id: ID!) { deleteArtifact(id: $id) { id } }', { id: run.artifact?.id });
  await client.execute('mutation ($id: ID!) { deleteTrainingRun(id: $id) { id } }', { id: run.id });
  await client.execute('mutation ($id: ID!) { deleteDataset(id: $id) { id } }', { id: dataset });
  const actions = await actionsOf(client);
  expect(actions.slice(0, 5)).toEqual([
    ['dataset.uploaded', dataset],
    ['training.started', run.id],
    ['dataset.uploaded', endless],
    ['training.started', cancelled],
    ['training.cancelled', cancelled],
  ]);
  // A run that no worker has begun yet is cancelled where it was to be stopped.
  expect(['training.stopped', 'training.cancelled']).toContain((actions[6] as string[])[0]);
  expect(actions.slice(7)).toEqual([
    ['model.deleted', run.artifact?.id],
    ['training.deleted', run.id],
    ['dataset.deleted', dataset],
  ]);
  const [first] = [...((await logOf(client))?.nodes ?? [])].reverse();
  expect(first).toMatchObject({ actor: { email: await emailOf(client) }, details: { name, version: 1 } });
});

test('what is refused or rolled back leaves no entry in the audit log', async () => {
  const client = await newOwner();
  await client.requestWithFile('mutation ($file: Upload!) { uploadDataset(file: $file) { dataset { id } } }', {
    name: 'empty.csv',
    content: '',
  });
  const id = '00000000-0000-4000-8000-000000000000';
  await client.request('mutation ($id: ID!) { startTraining(input: { datasetId: $id }) { id } }', { id });
  await client.request('mutation ($id: ID!) { deleteDataset(id: $id) { id } }', { id });
  expect(await actionsOf(client)).toEqual([]);
});

test('sign-ins stand in the audit log of the workspace, failed ones of a minute once, without the password', async () => {
  const client = await newOwner();
  const email = await emailOf(client);
  const signIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }';
  const anonymous = server.anonymous();
  for (const password of ['a wrong password', 'another wrong one', 'a third wrong one']) {
    await anonymous.request(signIn, { input: { email, password } });
  }
  await anonymous.request(signIn, { input: { email: `nobody-${email}`, password: 'a wrong password' } });
  await anonymous.execute(signIn, { input: { email, password: 'correct horse battery' } });
  const entries = (await logOf(client))?.nodes ?? [];
  const refused = entries.filter(({ action }) => action === 'session.refused');
  // Where the minute ends between two of them there are two.
  expect([1, 2]).toContain(refused.length);
  expect(refused[0]).toMatchObject({ actor: null, subject: email, details: { address: '127.0.0.1' } });
  const started = entries.filter(({ action }) => action === 'session.started');
  expect(started).toMatchObject([{ actor: { email }, details: { address: '127.0.0.1' } }]);
  expect(JSON.stringify(entries)).not.toMatch(/wrong|horse/);
});

test('only an owner reads the audit log, and of their own workspace alone', async () => {
  const [client, other] = [await newOwner(), await newOwner()];
  await uploadDataset(client, flowersCsv());
  expect(await logOf(other)).toMatchObject({ totalCount: 0, nodes: [] });
  for (const role of ['EDITOR', 'READER']) {
    await server.database
      .owner`update memberships set role = ${role} where workspace_id = ${await workspaceIdOf(client)}`;
    expect(await logOf(client)).toBeNull();
  }
});

test('the audit log has pages', async () => {
  const client = await newOwner();
  const { id } = await uploadDataset(client, flowersCsv());
  const pin = (pinned: boolean) =>
    startTraining(client, { datasetId: id, algorithm: 'BASELINE', split: { seed: Number(pinned) } });
  const runs = [await pin(true), await pin(false)];
  const first = await logOf(client, { first: 2 });
  expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
  const second = await logOf(client, { first: 2, after: first?.pageInfo.endCursor });
  expect(second).toMatchObject({ pageInfo: { hasNextPage: false } });
  const subjects = [...(first?.nodes ?? []), ...(second?.nodes ?? [])].map(({ subject }) => subject);
  expect(subjects).toEqual([runs[1], runs[0], id]);
});

test('entries that are older than the retention are deleted, younger ones stay', async () => {
  const client = await newOwner();
  await uploadDataset(client, flowersCsv());
  const { owner } = server.database;
  const workspaceId = await workspaceIdOf(client);
  await owner`insert into audit_entries (id, workspace_id, created_at, action)
    select gen_random_uuid(), ${workspaceId}, now() - interval '61 days', 'dataset.uploaded' from generate_series(1, 6000)`;
  await owner`insert into audit_entries (id, workspace_id, created_at, action)
    values (gen_random_uuid(), ${workspaceId}, now() - interval '59 days', 'dataset.uploaded')`;
  const handler = new PruneAuditHandler(database, 60, pino({ level: 'silent' }));
  await handler.handle({}, { signal: new AbortController().signal });
  expect(await logOf(client)).toMatchObject({ totalCount: 2 });
});

test('the server’s role can neither change entries, nor remove young ones, nor record one in another name', async () => {
  const client = await newOwner();
  await uploadDataset(client, flowersCsv());
  const workspaceId = await workspaceIdOf(client);
  const refusals: string[] = [];
  const attempt = async (scope: object, statement: string) => {
    const work = database.transaction(scope, async (tx) => await tx.execute(statement));
    await work.catch((error: unknown) => refusals.push(String(error instanceof Error ? error.cause : error)));
  };
  const owner = { workspaceId, role: 'OWNER' };
  await attempt(owner, 'update audit_entries set subject = null');
  await attempt(
    owner,
    `insert into audit_entries (id, workspace_id, created_at, action, actor_id)
      values (gen_random_uuid(), '${workspaceId}', now(), 'dataset.deleted', gen_random_uuid())`,
  );
  expect(refusals).toEqual([
    expect.stringContaining('permission denied for table audit_entries'),
    expect.stringContaining('violates row-level security policy for table "audit_entries"'),
  ]);
  await attempt(owner, 'delete from audit_entries');
  await attempt({ maintenance: true }, 'delete from audit_entries');
  expect(await logOf(client)).toMatchObject({ totalCount: 1 });
});
