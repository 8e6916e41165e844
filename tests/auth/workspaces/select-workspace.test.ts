import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectError } from '../../support/expect-error.ts';
import { workspaceIdOf } from '../../support/operations.ts';
import { openSession } from '../../support/raw-socket.ts';
import { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
});

afterAll(() => server.close());

const SELECT = `mutation ($id: ID!) { selectWorkspace(id: $id, tokenTransport: BODY) {
  accessToken refreshToken viewer { role workspace { id } } } }`;

/** A user with a second workspace, whose id it gives. */
async function withSecondWorkspace(client: TestClient): Promise<string> {
  const { createWorkspace } = await client.execute<{ createWorkspace: { id: string } }>(
    'mutation { createWorkspace(name: "second") { id } }',
  );
  return createWorkspace.id;
}

/** Another session of the same user. */
async function signInAgain(client: TestClient): Promise<TestClient> {
  const { viewer } = await client.execute<{ viewer: { user: { email: string } } }>('{ viewer { user { email } } }');
  const { signIn } = await server
    .anonymous()
    .execute<{ signIn: { accessToken: string } }>(
      'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }',
      { input: { email: viewer.user.email, password: 'correct horse battery' } },
    );
  return new TestClient(server.url, signIn.accessToken);
}

test('selectWorkspace moves a session, whose sockets close with 4403, and leaves another session where it is', async () => {
  const client = await server.signUp();
  const first = await workspaceIdOf(client);
  const other = await signInAgain(client);
  const id = await withSecondWorkspace(client);
  const socket = await openSession(server.url, { authorization: `Bearer ${client.token}` });
  const otherSocket = await openSession(server.url, { authorization: `Bearer ${other.token}` });
  const { selectWorkspace } = await client.execute<{ selectWorkspace: { accessToken: string } }>(SELECT, { id });
  expect(selectWorkspace).toMatchObject({ viewer: { role: 'OWNER', workspace: { id } } });
  expect(await socket.closed).toMatchObject({ code: 4403 });
  expect(await workspaceIdOf(new TestClient(server.url, selectWorkspace.accessToken))).toBe(id);
  expect(await workspaceIdOf(other)).toBe(first);
  expect(otherSocket.isOpen).toBe(true);
  otherSocket.terminate();
});

test('selectWorkspace treats a workspace of others, and one that one was removed from, like an unknown one', async () => {
  const [client, stranger] = [await server.signUp(), await server.signUp()];
  const left = await withSecondWorkspace(client);
  await server.database.owner`delete from memberships where workspace_id = ${left}`;
  for (const id of [await workspaceIdOf(stranger), left, '00000000-0000-4000-8000-000000000000', 'x']) {
    expectError((await client.request(SELECT, { id })).errors, 'NOT_FOUND');
  }
});
