import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { runSweep } from '../../../src/processes/retention-jobs.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { ENDLESS, endlessCsv } from '../../support/endless.ts';
import { eventually } from '../../support/eventually.ts';
import { expectError } from '../../support/expect-error.ts';
import { addMember } from '../../support/members.ts';
import { startTraining, train, uploadDataset, workspaceIdOf } from '../../support/operations.ts';
import { openSession } from '../../support/raw-socket.ts';
import { storedFiles } from '../../support/stored-files.ts';
import { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const DELETE = 'mutation ($id: ID!) { deleteWorkspace(id: $id) { id status } }';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.close());

/** Makes a second workspace, so that the first one may be deleted. */
async function createWorkspace(client: TestClient): Promise<string> {
  const { createWorkspace: made } = await client.execute<{ createWorkspace: { id: string } }>(
    'mutation { createWorkspace(name: "another") { id } }',
  );
  return made.id;
}

/** The tables in which a workspace has rows, and how many. */
async function rowsOf(workspaceId: string): Promise<Record<string, number>> {
  const { owner } = server.database;
  const tables = await owner<{ name: string }[]>`select table_name as name from information_schema.columns
    where table_schema = 'public' and column_name = 'workspace_id'`;
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await owner`select count(*)::int as count from ${owner(name)} where workspace_id = ${workspaceId}`;
    if (row?.['count'] > 0) counts[name] = row?.['count'] as number;
  }
  const [own] = await owner`select count(*)::int as count from workspaces where id = ${workspaceId}`;
  return own?.['count'] > 0 ? { ...counts, workspaces: 1 } : counts;
}

const isOfWorkspace = (id: string) => (path: string) => path.startsWith(id);

describe('deleteWorkspace', () => {
  test('a deleted workspace is gone for everybody at once, and then its rows and files are removed', async () => {
    const owner = await server.signUp();
    const id = await workspaceIdOf(owner);
    const { id: datasetId } = await uploadDataset(owner, flowersCsv());
    const run = await train(owner, { datasetId, algorithm: 'DECISION_TREE' });
    const member = await addMember(server, owner, 'EDITOR');
    const { createApiKey } = await owner.execute<{ createApiKey: { key: string } }>(
      'mutation { createApiKey(input: { name: "a program" }) { key } }',
    );
    const { dataset } = await owner.execute<{ dataset: { downloadUrl: string } }>(
      'query ($id: ID!) { dataset(id: $id) { downloadUrl } }',
      { id: datasetId },
    );
    await owner.execute('mutation ($id: ID!) { setModelAlias(name: "champion", artifactId: $id) { name } }', {
      id: run.artifact?.id,
    });
    const other = await createWorkspace(owner);
    const sockets = [
      await openSession(server.url, { authorization: `Bearer ${owner.token}` }),
      await openSession(server.url, { authorization: `Bearer ${member.client.token}` }),
      await openSession(server.url, { authorization: `Bearer ${createApiKey.key}` }),
    ];

    expect(await owner.execute(DELETE, { id })).toEqual({ deleteWorkspace: { id, status: 'DELETING' } });
    for (const client of [owner, member.client, new TestClient(server.url, createApiKey.key)]) {
      expectError((await client.request('{ datasets { totalCount } }')).errors, 'UNAUTHENTICATED');
    }
    for (const socket of sockets) expect(await socket.closed).toMatchObject({ code: 4401 });
    expect((await fetch(dataset.downloadUrl)).status).toBe(404);
    await eventually(async () => expect(await rowsOf(id)).toEqual({}));
    await eventually(async () => expect((await storedFiles(server)).filter(isOfWorkspace(id))).toEqual([]));
    expect(await rowsOf(other)).toMatchObject({ workspaces: 1, memberships: 1 });
  });

  test('what trains in it is cancelled, and other workspaces go on', async () => {
    const [owner, stranger] = [await server.signUp(), await server.signUp()];
    const id = await workspaceIdOf(owner);
    const { id: datasetId } = await uploadDataset(owner, endlessCsv());
    await startTraining(owner, { datasetId, algorithm: 'GRADIENT_BOOSTING', parameters: ENDLESS });
    const { id: foreign } = await uploadDataset(stranger, flowersCsv());
    await createWorkspace(owner);
    await owner.execute(DELETE, { id });
    await eventually(async () => expect(await rowsOf(id)).toEqual({}));
    await train(stranger, { datasetId: foreign, algorithm: 'LINEAR' });
  });

  test('only an owner may delete it, who must belong to another one; those of others are unknown', async () => {
    const owner = await server.signUp();
    const id = await workspaceIdOf(owner);
    expectError((await owner.request(DELETE, { id })).errors, 'CONFLICT', { argument: 'id' });
    const { client: editor } = await addMember(server, owner, 'EDITOR');
    await createWorkspace(editor);
    expectError((await editor.request(DELETE, { id })).errors, 'FORBIDDEN');
    const stranger = await server.signUp();
    for (const unknown of [id, '00000000-0000-4000-8000-000000000000', 'x']) {
      expectError((await stranger.request(DELETE, { id: unknown })).errors, 'NOT_FOUND');
    }
    expect(await rowsOf(id)).toMatchObject({ workspaces: 1, memberships: 2 });
  });

  test('of two deletions of a user’s two workspaces at once one is refused', async () => {
    const owner = await server.signUp();
    const ids = [await workspaceIdOf(owner), await createWorkspace(owner)];
    const answers = await Promise.all(ids.map((id) => owner.request(DELETE, { id })));
    const codes = answers.map(({ errors }) => errors[0]?.extensions.code ?? null);
    // The second one finds no session any more if the first was that of its token.
    expect(codes.filter((code) => code === null)).toHaveLength(1);
    expect(['CONFLICT', 'UNAUTHENTICATED']).toContain(codes.find((code) => code !== null));
  });
});

test('a workspace whose last member’s account was deleted is removed by the sweep, and one with a member is not', async () => {
  const [leaving, staying] = [await server.signUp(), await server.signUp()];
  const [left, kept] = [await workspaceIdOf(leaving), await workspaceIdOf(staying)];
  await uploadDataset(leaving, flowersCsv());
  await uploadDataset(staying, flowersCsv());
  await leaving.execute('mutation ($password: String!) { deleteAccount(password: $password) { id } }', {
    password: 'correct horse battery',
  });
  await runSweep(server.config, server.access, true, createLogger('fatal', 'test'));
  expect(await rowsOf(left)).toMatchObject({ workspaces: 1 });
  await runSweep(server.config, server.access, false, createLogger('fatal', 'test'));
  expect(await rowsOf(left)).toEqual({});
  expect((await storedFiles(server)).filter(isOfWorkspace(left))).toEqual([]);
  expect(await rowsOf(kept)).toMatchObject({ workspaces: 1, datasets: 1 });
});
