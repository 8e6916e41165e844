import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { runAccountCommand } from '../../../src/processes/account-commands.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { openEvents } from '../../support/event-reader.ts';
import { expectError } from '../../support/expect-error.ts';
import { train, UPLOAD, uploadDataset, workspaceIdOf } from '../../support/operations.ts';
import { openSession, openSocket } from '../../support/raw-socket.ts';
import { TestClient } from '../../support/test-client.ts';
import { TestIssuer } from '../../support/test-issuer.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let shop: TestIssuer;
let partner: TestIssuer;

beforeAll(async () => {
  [shop, partner] = await Promise.all([TestIssuer.start('/realms/shop'), TestIssuer.start()]);
  const OIDC_ISSUERS = JSON.stringify([shop.settings(), partner.settings()]);
  server = await startTestServer({ OIDC_ISSUERS });
});

afterAll(async () => {
  await server.close();
  await Promise.all([shop.close(), partner.close()]);
});

interface OutsideViewer {
  readonly id: string;
  readonly user: { readonly id: string; readonly name: string | null; readonly email: string | null } | null;
  readonly role: string;
  readonly workspace: { readonly id: string; readonly name: string };
  readonly memberships: readonly { readonly id: string; readonly role: string }[];
}

const VIEWER = '{ viewer { id user { id name email } role workspace { id name } memberships { id role } } }';

async function clientOf(issuer: TestIssuer, claims: object = {}): Promise<TestClient> {
  return new TestClient(server.url, await issuer.sign({ ...claims }));
}

async function viewerOf(client: TestClient): Promise<OutsideViewer> {
  return (await client.execute<{ viewer: OutsideViewer }>(VIEWER)).viewer;
}

interface Entry {
  readonly action: string;
  readonly actor: { readonly id: string } | null;
  readonly details: Readonly<Record<string, unknown>> | null;
}

async function auditLogOf(client: TestClient): Promise<Entry[]> {
  const { viewer } = await client.execute<{ viewer: { workspace: { auditLog: { nodes: Entry[] } } } }>(
    '{ viewer { workspace { auditLog { nodes { action actor { id } details } } } } }',
  );
  return viewer.workspace.auditLog.nodes;
}

describe('a user of an outside issuer', () => {
  test('who comes for the first time uploads, trains and follows the run over a socket to its end', async () => {
    const client = await clientOf(shop, { sub: 'first', workspace: 'first' });
    const { id: datasetId } = await uploadDataset(client, flowersCsv());
    const run = await train(client, { datasetId, algorithm: 'BASELINE' });
    expect(run).toMatchObject({ status: 'SUCCEEDED', progress: 1 });
  });

  test('has the role, the workspace, the name and the verified address that the token says', async () => {
    const claims = { sub: 'grace', workspace: 'Öresund 7', name: 'Grace Hopper', email: 'Grace@Example.com' };
    const viewer = await viewerOf(await clientOf(shop, { ...claims, email_verified: true, role: ['x', 'owner'] }));
    expect(viewer).toMatchObject({
      user: { name: 'Grace Hopper', email: 'grace@example.com' },
      role: 'OWNER',
      workspace: { name: 'Öresund 7' },
      memberships: [{ id: viewer.id, role: 'OWNER' }],
    });
    for (const email_verified of [undefined, false, 'true']) {
      const { user } = await viewerOf(
        await clientOf(shop, { ...claims, sub: `not ${email_verified}`, email_verified }),
      );
      expect(user?.email, String(email_verified)).toBeNull();
    }
  });

  test('is the same with every token, over HTTP, an event stream and a socket', async () => {
    const first = await viewerOf(await clientOf(shop, { sub: 'same' }));
    const token = await shop.sign({ sub: 'same' });
    expect(await viewerOf(new TestClient(server.url, token))).toEqual(first);
    const socket = await openSession(server.url, { authorization: `Bearer ${token}` });
    expect((await socket.ask('1', { query: VIEWER })).payload).toEqual({ data: { viewer: first } });
    socket.terminate();
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        ...{ authorization: `Bearer ${token}`, accept: 'text/event-stream', 'content-type': 'application/json' },
      },
      body: JSON.stringify({ query: VIEWER }),
    });
    expect(await response.text()).toContain(JSON.stringify({ data: { viewer: first } }));
  });

  test('who sends fifty requests at once for the first time becomes one member of one workspace', async () => {
    const client = await clientOf(shop, { sub: 'hasty', workspace: 'hasty', role: 'owner' });
    const viewers = await Promise.all(Array.from({ length: 50 }, () => viewerOf(client)));
    expect(new Set(viewers.map(({ id }) => id)).size).toBe(1);
    const actions = (await auditLogOf(client)).map(({ action }) => action).sort();
    expect(actions).toEqual(['member.joined', 'workspace.created']);
  });

  test('has the role of the token at hand, and the newest one stands among the members', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const claims = { sub: 'changing', workspace: 'changing' };
    const older = await clientOf(shop, { ...claims, iat: now - 60, role: 'owner' });
    const newer = await clientOf(shop, { ...claims, iat: now - 30, role: 'reader' });
    const member = async () => {
      const { viewer } = await older.execute<{ viewer: { workspace: { members: { nodes: { role: string }[] } } } }>(
        '{ viewer { workspace { members { nodes { role } } } } }',
      );
      return viewer.workspace.members.nodes;
    };
    expect([(await viewerOf(older)).role, await member()]).toEqual(['OWNER', [{ role: 'OWNER' }]]);
    expectError((await newer.requestWithFile(UPLOAD, flowersCsv())).errors, 'FORBIDDEN');
    expect([(await viewerOf(older)).role, await member()]).toEqual(['OWNER', [{ role: 'READER' }]]);
    expect(await auditLogOf(older)).toMatchObject([
      { action: 'member.changed', details: { role: 'READER', formerRole: 'OWNER', issuer: shop.url } },
      { action: 'member.joined' },
      { action: 'workspace.created' },
    ]);
  });

  test('sees with a token for one workspace nothing of another that they belong to', async () => {
    const one = await clientOf(shop, { sub: 'two', workspace: 'one', role: 'owner' });
    const two = await clientOf(shop, { sub: 'two', workspace: 'other', role: 'owner' });
    const { id } = await uploadDataset(one, flowersCsv());
    const [first, second] = [await viewerOf(one), await viewerOf(two)];
    expect(first.user).toEqual(second.user);
    expect(first.workspace.id).not.toBe(second.workspace.id);
    expect(second.memberships).toEqual([{ id: second.id, role: 'OWNER' }]);
    expect(await two.execute('query ($id: ID!) { dataset(id: $id) { id } }', { id })).toEqual({ dataset: null });
  });
});

describe('issuers', () => {
  test('that say the same of subject and workspace have users and workspaces of their own', async () => {
    const claims = { sub: 'twin', workspace: 'twins', role: 'owner', email: 'twin@example.com', email_verified: true };
    const [one, other] = [await clientOf(shop, claims), await clientOf(partner, claims)];
    const { id } = await uploadDataset(one, flowersCsv());
    const [first, second] = [await viewerOf(one), await viewerOf(other)];
    expect(first.user?.id).not.toBe(second.user?.id);
    expect(first.workspace).not.toEqual(second.workspace);
    expect(await other.execute('query ($id: ID!) { dataset(id: $id) { id } }', { id })).toEqual({ dataset: null });
    expect(await other.execute('{ datasets { totalCount } }')).toEqual({ datasets: { totalCount: 0 } });
  });

  test('reach no workspace and no account of this server, whatever ids and addresses they say', async () => {
    const owner = await server.signUp();
    const { viewer } = await owner.execute<{ viewer: OutsideViewer }>(VIEWER);
    await server.database.owner`update users set email_verified_at = now() where id = ${String(viewer.user?.id)}`;
    const client = await clientOf(shop, {
      ...{ sub: viewer.user?.id, workspace: viewer.workspace.id, role: 'owner' },
      ...{ email: viewer.user?.email, email_verified: true },
    });
    const outside = await viewerOf(client);
    expect(outside.user?.id).not.toBe(viewer.user?.id);
    expect(outside.workspace.id).not.toBe(viewer.workspace.id);
    // The address is shown, and leads nobody to the other account.
    expect(outside.user?.email).toBe(viewer.user?.email);
    expect(await viewerOf(owner)).toEqual(viewer);
  });

  test('cannot give an account an address by which somebody signs in, or a password is reset', async () => {
    const email = 'only-outside@example.com';
    await viewerOf(await clientOf(shop, { sub: 'with address', email, email_verified: true }));
    const input = { email, password: 'correct horse battery' };
    const signIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }';
    expectError((await server.anonymous().request(signIn, { input })).errors, 'UNAUTHENTICATED');
    await server.anonymous().execute('mutation ($email: String!) { requestPasswordReset(email: $email) }', { email });
    // The address is free: whoever has it may sign up, and is somebody else.
    const signUp = 'mutation ($input: SignUpInput!) { signUp(input: $input) { viewer { workspace { id } } } }';
    const { errors } = await server.anonymous().request(signUp, { input });
    expect(errors).toEqual([]);
    const tokens = await server.database
      .owner`select purpose, users.issuer from mail_tokens join users on users.id = user_id
      where users.issuer is not null`;
    expect(tokens).toEqual([]);
  });
});

describe('a program of an outside issuer', () => {
  test.each([
    ['Auth0', { gty: 'client-credentials' }],
    ['Entra', { idtyp: 'app' }],
    ['RFC 9068', { client_id: 'pipeline' }],
    ['OpenID Connect', { azp: 'pipeline' }],
  ])('by %s has no user, and works as an API key does', async (name, claims) => {
    const client = await clientOf(shop, { sub: 'pipeline', workspace: name, role: 'editor', ...claims });
    const { id } = await uploadDataset(client, flowersCsv());
    const viewer = await viewerOf(client);
    expect(viewer).toMatchObject({ user: null, role: 'EDITOR', memberships: [] });
    const { viewer: seen } = await client.execute<{ viewer: object }>(
      '{ viewer { workspace { members { nodes { user { name email } } } } } }',
    );
    expect(seen).toEqual({ workspace: { members: { nodes: [{ user: { name: 'pipeline', email: null } }] } } });
    const owner = await clientOf(shop, { workspace: name, role: 'owner' });
    expect(await owner.execute('query ($id: ID!) { dataset(id: $id) { id } }', { id })).toEqual({ dataset: { id } });
    const entries = await auditLogOf(owner);
    const uploaded = entries.find(({ action }) => action === 'dataset.uploaded');
    expect(uploaded).toMatchObject({ actor: null, details: { issuer: shop.url, subject: 'pipeline' } });
  });

  test('follows a subscription over a socket', async () => {
    const token = await shop.sign({ sub: 'pipeline', client_id: 'pipeline', workspace: 'followed' });
    const client = new TestClient(server.url, token);
    const { id: datasetId } = await uploadDataset(client, flowersCsv());
    expect(await train(client, { datasetId, algorithm: 'BASELINE' })).toMatchObject({ status: 'SUCCEEDED' });
  });
});

test('what a person of an outside issuer did stands in the audit log under them, with the issuer and the subject', async () => {
  const client = await clientOf(partner, { sub: 'audited', workspace: 'audited', role: 'owner' });
  await uploadDataset(client, flowersCsv());
  const { user } = await viewerOf(client);
  const said = { issuer: partner.url, subject: 'audited' };
  expect(await auditLogOf(client)).toMatchObject([
    { action: 'dataset.uploaded', actor: { id: user?.id }, details: said },
    { action: 'member.joined', actor: { id: user?.id }, details: { ...said, role: 'OWNER' } },
    { action: 'workspace.created', actor: { id: user?.id }, details: { ...said, name: 'audited' } },
  ]);
});

test('a token of an outside issuer beside the cookie of a session is refused', async () => {
  const { token } = await server.signUp();
  // Over plain http there are cookies on this machine only, by its name.
  const response = await fetch(`${server.url.replace('127.0.0.1', 'localhost')}/graphql`, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', authorization: `Bearer ${await shop.sign()}` },
      cookie: `trainyard-access=${token}`,
    },
    body: JSON.stringify({ query: '{ datasets { totalCount } }' }),
  });
  const { errors } = (await response.json()) as { errors: object[] };
  expectError(errors, 'BAD_REQUEST');
});

test('a socket that a token of an outside issuer opened closes with 4403 when the token expires', async () => {
  const exp = Math.floor(Date.now() / 1_000) + 3;
  const socket = await openSocket(server.url);
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${await shop.sign({ exp })}` } });
  expect(await socket.closed).toEqual({ code: 4403, reason: 'Token expired' });
  expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000 - 1);
});

test('an event stream that a token of an outside issuer opened ends with TOKEN_EXPIRED when the token expires', async () => {
  const token = await shop.sign({ exp: Math.floor(Date.now() / 1_000) + 3 });
  const stream = await openEvents(server.url, token, { query: 'subscription { datasetChanges { datasetId } }' });
  const last = { extensions: { code: 'UNAUTHENTICATED', reason: 'TOKEN_EXPIRED' } };
  expect(await stream.rest()).toMatchObject([{ data: { errors: [last] } }, { event: 'complete' }]);
});

test('a user of an outside issuer who is removed is forgotten, and comes back as a new member with the next token', async () => {
  const claims = { workspace: 'removing', name: 'Jean Bartik', email: 'jean@example.com', email_verified: true };
  const owner = await clientOf(shop, { sub: 'staying', workspace: 'removing', role: 'owner' });
  const leaving = await clientOf(shop, { sub: 'leaving', ...claims });
  const [before] = [await viewerOf(leaving), await viewerOf(owner)];
  const { config, access } = server;
  const logger = createLogger('fatal', 'test');
  const remove = (subject: string) =>
    runAccountCommand('remove-outside-user', [shop.url, subject], config, access, logger);
  expect(await remove('leaving')).toContain('Removed leaving');
  expect(await server.database.owner`select id from users where subject = 'leaving'`).toEqual([]);
  expect(await auditLogOf(owner)).toMatchObject([
    { action: 'member.removed', actor: null, details: { issuer: shop.url, subject: 'leaving', left: false } },
    { action: 'member.joined' },
    { action: 'member.joined' },
    { action: 'workspace.created' },
  ]);
  await expect(remove('leaving')).rejects.toThrow('no token');
  expect((await viewerOf(leaving)).id).not.toBe(before.id);
  // Nobody of this server's own is removed by it.
  const own = await server.signUp();
  const { user } = await viewerOf(own);
  await expect(remove(String(user?.id))).rejects.toThrow('no token');
});

test('a link that an outside user asked for is good for that user alone, as any other', async () => {
  const client = await clientOf(shop, { sub: 'linked', workspace: 'linked' });
  const { id } = await uploadDataset(client, flowersCsv());
  const { createDownload } = await client.execute<{ createDownload: { url: string } }>(
    'mutation ($id: ID!) { createDownload(input: { datasetId: $id }) { url } }',
    { id },
  );
  expect((await fetch(createDownload.url)).status).toBe(200);
  await server.database.owner`delete from memberships where workspace_id = ${await workspaceIdOf(client)}`;
  expect((await fetch(createDownload.url)).status).toBe(404);
});
