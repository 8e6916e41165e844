import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { expectError } from '../../support/expect-error.ts';
import { addMember } from '../../support/members.ts';
import { uploadDataset, workspaceIdOf } from '../../support/operations.ts';
import { openSession } from '../../support/raw-socket.ts';
import { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
});

afterAll(() => server.close());

interface ApiKey {
  readonly id: string;
  readonly prefix: string;
  readonly lastUsedAt: string | null;
}

const CREATE = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) {
  key apiKey { id name prefix role createdAt lastUsedAt expiresAt } } }`;
const REVOKE = 'mutation ($id: ID!) { revokeApiKey(id: $id) { id } }';
const KEYS = '{ apiKeys { id name prefix role lastUsedAt } }';

/** Makes a key, and a client that speaks with it. */
async function createKey(owner: TestClient, input: object = {}) {
  const { createApiKey } = await owner.execute<{ createApiKey: { key: string; apiKey: ApiKey } }>(CREATE, {
    input: { name: 'pipeline', ...input },
  });
  return { ...createApiKey, client: new TestClient(server.url, createApiKey.key) };
}

async function reasonOf(client: TestClient): Promise<string | undefined> {
  const { errors } = await client.request('{ datasets { totalCount } }');
  return errors[0]?.extensions.reason;
}

describe('an API key', () => {
  test('an API key is shown once, and stored as a hash', async () => {
    const owner = await server.signUp();
    const { key, apiKey } = await createKey(owner);
    expect(apiKey).toMatchObject({ name: 'pipeline', role: 'EDITOR', lastUsedAt: null, expiresAt: null });
    expect(key.startsWith(apiKey.prefix)).toBe(true);
    expect(apiKey.prefix).toMatch(/^try_.{6}$/);
    const { apiKeys } = await owner.execute<{ apiKeys: ApiKey[] }>(KEYS);
    expect(apiKeys).toMatchObject([{ id: apiKey.id, prefix: apiKey.prefix }]);
    const [row] = await server.database.owner<{ text: string }[]>`select api_keys::text as text from api_keys
      where id = ${apiKey.id}`;
    expect(row?.text).not.toContain(key.slice(12));
  });

  test('an API key uploads and reads in its workspace, and its viewer has no user', async () => {
    const owner = await server.signUp();
    const { client, apiKey } = await createKey(owner);
    const { id } = await uploadDataset(client, flowersCsv());
    expect(await owner.execute('{ datasets { nodes { id } } }')).toEqual({ datasets: { nodes: [{ id }] } });
    const { viewer } = await client.execute<{ viewer: unknown }>(
      '{ viewer { id user { id } role workspace { id } memberships { id } } }',
    );
    const workspace = { id: await workspaceIdOf(owner) };
    expect(viewer).toEqual({ id: apiKey.id, user: null, role: 'EDITOR', workspace, memberships: [] });
  });

  test('what an API key did stands in the audit log under the key, also when it was revoked since', async () => {
    const owner = await server.signUp();
    const { client, apiKey } = await createKey(owner);
    const { id } = await uploadDataset(client, flowersCsv());
    await owner.execute(REVOKE, { id: apiKey.id });
    const { viewer } = await owner.execute<{ viewer: { workspace: { auditLog: { nodes: object[] } } } }>(
      '{ viewer { workspace { auditLog { nodes { action subject actor { id } apiKey { id name } } } } } }',
    );
    expect(viewer.workspace.auditLog.nodes.slice(0, 3)).toMatchObject([
      { action: 'key.revoked', subject: apiKey.id, actor: { id: expect.any(String) }, apiKey: null },
      { action: 'dataset.uploaded', subject: id, actor: null, apiKey: { id: apiKey.id, name: 'pipeline' } },
      { action: 'key.created', subject: apiKey.id },
    ]);
  });

  test('an API key follows subscriptions over a socket, which closes with 4401 when the key is revoked', async () => {
    const owner = await server.signUp();
    const [{ key, apiKey }, other] = [await createKey(owner), await createKey(owner)];
    const socket = await openSession(server.url, { authorization: `Bearer ${key}` });
    const unaffected = await openSession(server.url, { authorization: `Bearer ${other.key}` });
    const answer = await socket.ask('1', { query: '{ viewer { id } }' });
    expect(answer.payload).toEqual({ data: { viewer: { id: apiKey.id } } });
    await owner.execute(REVOKE, { id: apiKey.id });
    expect(await socket.closed).toEqual({ code: 4401, reason: 'Session ended' });
    const again = await openSession(server.url, { authorization: `Bearer ${key}` }).catch(() => null);
    expect(again).toBeNull();
    expect(unaffected.isOpen).toBe(true);
    unaffected.terminate();
  });

  test('a revoked, an expired and an unknown API key are refused, each with its reason', async () => {
    const owner = await server.signUp();
    const { client, apiKey, key } = await createKey(owner);
    await owner.execute(REVOKE, { id: apiKey.id });
    expect(await reasonOf(client)).toBe('SESSION_ENDED');
    expectError((await owner.request(REVOKE, { id: apiKey.id })).errors, 'NOT_FOUND');
    const expiring = await createKey(owner, { expiresAt: '2999-01-01T00:00:00Z' });
    expect(await reasonOf(expiring.client)).toBeUndefined();
    await server.database.owner`update api_keys set expires_at = now() where id = ${expiring.apiKey.id}`;
    expect(await reasonOf(expiring.client)).toBe('SESSION_ENDED');
    // Another letter in the middle, and what has the form of no key.
    const forged = [`${key.slice(0, 30)}${key[30] === 'a' ? 'b' : 'a'}${key.slice(31)}`, 'try_', `${key}x`, 'try_x'];
    for (const text of forged) expect(await reasonOf(new TestClient(server.url, text)), text).toBe('NO_TOKEN');
  });

  test('an API key ends with the membership of its maker, and never gives more than they have', async () => {
    const owner = await server.signUp();
    const other = await addMember(server, owner, 'OWNER');
    const { client, key } = await createKey(other.client, { role: 'OWNER' });
    const socket = await openSession(server.url, { authorization: `Bearer ${key}` });
    const roleOf = async () => (await client.execute<{ viewer: { role: string } }>('{ viewer { role } }')).viewer.role;
    expect(await roleOf()).toBe('OWNER');
    const id = other.membershipId;
    await owner.execute('mutation ($id: ID!) { changeRole(membershipId: $id, role: READER) { id } }', { id });
    expect(await roleOf()).toBe('READER');
    await owner.execute('mutation ($id: ID!) { removeMember(membershipId: $id) { id } }', { id });
    expect(await reasonOf(client)).toBe('SESSION_ENDED');
    expect(await socket.closed).toMatchObject({ code: 4401 });
    expect(await owner.execute(KEYS)).toEqual({ apiKeys: [] });
  });

  test('the last use of an API key is written at most once a minute', async () => {
    const owner = await server.signUp();
    const { client, apiKey } = await createKey(owner);
    const lastUse = async () => {
      const { apiKeys } = await owner.execute<{ apiKeys: ApiKey[] }>(KEYS);
      return apiKeys[0]?.lastUsedAt;
    };
    expect(await lastUse()).toBeNull();
    await Promise.all(Array.from({ length: 5 }, () => client.execute('{ viewer { id } }')));
    const first = await lastUse();
    expect(first).not.toBeNull();
    await client.execute('{ viewer { id } }');
    expect(await lastUse()).toBe(first);
    await server.database
      .owner`update api_keys set last_used_at = now() - interval '61 seconds' where id = ${apiKey.id}`;
    await client.execute('{ viewer { id } }');
    expect(Date.parse((await lastUse()) ?? '')).toBeGreaterThanOrEqual(Date.parse(first ?? ''));
  });

  test('links that an API key asked for end with it', async () => {
    const owner = await server.signUp();
    const { client, apiKey } = await createKey(owner);
    const { id } = await uploadDataset(client, flowersCsv());
    const { createDownload } = await client.execute<{ createDownload: { url: string } }>(
      'mutation ($id: ID!) { createDownload(input: { datasetId: $id }) { url } }',
      { id },
    );
    expect((await fetch(createDownload.url)).status).toBe(200);
    await owner.execute(REVOKE, { id: apiKey.id });
    expect((await fetch(createDownload.url)).status).toBe(404);
  });
});

test('createApiKey is for owners, and refuses a past expiry and a name that cannot be seen', async () => {
  const owner = await server.signUp();
  const { client: editor } = await addMember(server, owner, 'EDITOR');
  expectError((await editor.request(CREATE, { input: { name: 'a' } })).errors, 'FORBIDDEN');
  for (const input of [{ name: 'a', expiresAt: '2001-01-01T00:00:00Z' }, { name: ' ' }]) {
    const { errors } = await owner.request(CREATE, { input });
    expectError(errors, 'BAD_USER_INPUT', { argument: 'expiresAt' in input ? 'input.expiresAt' : 'input.name' });
  }
});

test('a workspace has at most 200 API keys, however many are made at once', async () => {
  const owner = await server.signUp();
  await createKey(owner);
  await server.database.owner`insert into api_keys
    select gen_random_uuid(), workspace_id, created_by, name, prefix, md5(n::text) || md5('x' || n), role, created_at
    from api_keys, generate_series(1, 197) n where workspace_id = ${await workspaceIdOf(owner)}`;
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => owner.request(CREATE, { input: { name: 'more' } })),
  );
  const codes = answers.flatMap(({ errors }) => errors).map(({ extensions }) => extensions.code);
  expect(codes).toEqual(['QUOTA_EXCEEDED', 'QUOTA_EXCEEDED', 'QUOTA_EXCEEDED']);
});
