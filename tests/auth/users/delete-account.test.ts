import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { expectError } from '../../support/expect-error.ts';
import { startTraining, uploadDataset } from '../../support/operations.ts';
import { isSignedIn, PASSWORD, signInWith, signUpWith, type Tokens, tryRefresh } from '../../support/people.ts';
import { openSession } from '../../support/raw-socket.ts';
import { SECRETS } from '../../support/secrets.ts';
import { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const DELETE = 'mutation ($password: String!) { deleteAccount(password: $password) { id } }';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(SECRETS, { worker: false });
});

afterAll(() => server.close());

function clientOf({ accessToken }: Tokens): TestClient {
  return new TestClient(server.url, accessToken);
}

function idsOf({ accessToken }: Tokens): { userId: string; workspaceId: string } {
  const { sub = '', workspace } = decodeJwt(accessToken);
  return { userId: sub, workspaceId: String(workspace) };
}

/** Makes a user a member of another's workspace. */
async function join(member: Tokens, host: Tokens, role: string): Promise<void> {
  await server.database.owner`insert into memberships (id, workspace_id, user_id, role, created_at)
    values (${randomUUID()}, ${idsOf(host).workspaceId}, ${idsOf(member).userId}, ${role}, now())`;
}

test('a deleted account is gone with its sessions, tokens and sockets, and its address is free', async () => {
  const user = await signUpWith(server.url);
  const socket = await openSession(server.url, { authorization: `Bearer ${user.accessToken}` });
  expect(await clientOf(user).execute(DELETE, { password: PASSWORD })).toEqual({
    deleteAccount: { id: idsOf(user).userId },
  });
  expect(await socket.closed).toMatchObject({ code: 4401 });
  expect(await isSignedIn(server.url, user.accessToken)).toBe(false);
  expectError((await tryRefresh(server.url, user.refreshToken)).errors, 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
  await expect(signInWith(server.url, user.email)).rejects.toThrow('WRONG_CREDENTIALS');
  const [counts] = await server.database.owner`select
    (select count(*)::int from users where id = ${idsOf(user).userId}) as users,
    (select count(*)::int from sessions where user_id = ${idsOf(user).userId}) as sessions,
    (select count(*)::int from refresh_tokens where user_id = ${idsOf(user).userId}) as tokens`;
  expect(counts).toEqual({ users: 0, sessions: 0, tokens: 0 });
  await signUpWith(server.url, user.email);
});

test('a wrong password deletes nothing', async () => {
  const user = await signUpWith(server.url);
  const { errors } = await clientOf(user).request(DELETE, { password: 'wrong horse' });
  expectError(errors, 'UNAUTHENTICATED', { reason: 'WRONG_CREDENTIALS', argument: 'password' });
  expect(await isSignedIn(server.url, user.accessToken)).toBe(true);
});

test('the only owner of a workspace with other members is refused, until another one is owner; then what they did stays', async () => {
  const [owner, member] = [await signUpWith(server.url), await signUpWith(server.url)];
  const { id: datasetId } = await uploadDataset(clientOf(owner), flowersCsv());
  const runId = await startTraining(clientOf(owner), { datasetId });
  await join(member, owner, 'EDITOR');
  const refused = await clientOf(owner).request(DELETE, { password: PASSWORD });
  expectError(refused.errors, 'CONFLICT', { hint: expect.stringContaining('OWNER') });
  expect(await isSignedIn(server.url, owner.accessToken)).toBe(true);
  await server.database.owner`update memberships set role = 'OWNER'
    where user_id = ${idsOf(member).userId} and workspace_id = ${idsOf(owner).workspaceId}`;
  await clientOf(owner).execute(DELETE, { password: PASSWORD });
  const runs = await server.database.owner`select status from training_runs
    where id = ${runId} and workspace_id = ${idsOf(owner).workspaceId}`;
  expect(runs).toEqual([{ status: 'QUEUED' }]);
  const members = await server.database
    .owner`select user_id from memberships where workspace_id = ${idsOf(owner).workspaceId}`;
  expect(members).toEqual([{ user_id: idsOf(member).userId }]);
});

test('a member leaves the workspaces of others, whose owners read that in their log', async () => {
  const [owner, member] = [await signUpWith(server.url), await signUpWith(server.url)];
  await join(member, owner, 'READER');
  await clientOf(member).execute(DELETE, { password: PASSWORD });
  const entries = await server.database.owner`select action, details from audit_entries
    where workspace_id = ${idsOf(owner).workspaceId} and action = 'member.removed'`;
  expect(entries).toMatchObject([{ details: { email: member.email, left: true } }]);
});
