import { decodeJwt, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { uploadDataset, workspaceIdOf } from '../support/operations.ts';
import { openSocket } from '../support/raw-socket.ts';
import { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const SECRET = 'a secret of the tests with more than 32 characters';

let server: TestServer;
let client: TestClient;
let userId: string;
let workspaceId: string;
let sessionId: string;

beforeAll(async () => {
  server = await startTestServer({ TOKEN_SECRET: SECRET }, { worker: false });
  client = await server.signUp();
  const { viewer } = await client.execute<{ viewer: { user: { id: string }; workspace: { id: string } } }>(
    '{ viewer { user { id } workspace { id } } }',
  );
  userId = viewer.user.id;
  workspaceId = viewer.workspace.id;
  sessionId = String(decodeJwt(client.token ?? '')['sid']);
});

afterAll(() => server.close());

interface Claims {
  readonly issuer?: string;
  readonly audience?: string;
  readonly subject?: string;
  readonly workspace?: string;
  readonly session?: string;
  readonly expires?: number;
  readonly secret?: string;
  readonly algorithm?: string;
}

/** A token as the server makes them, but for what is given. */
function sign(claims: Claims = {}): Promise<string> {
  return new SignJWT({ workspace: claims.workspace ?? workspaceId, sid: claims.session ?? sessionId })
    .setProtectedHeader({ alg: claims.algorithm ?? 'HS256' })
    .setIssuer(claims.issuer ?? 'trainyard')
    .setAudience(claims.audience ?? 'access')
    .setSubject(claims.subject ?? userId)
    .setExpirationTime(claims.expires ?? Math.floor(Date.now() / 1000) + 60)
    .sign(new TextEncoder().encode(claims.secret ?? SECRET));
}

/** What the server thinks of a token. */
async function isAccepted(token: string): Promise<boolean> {
  const bearer = new TestClient(server.url, token);
  const { viewer } = await bearer.execute<{ viewer: object | null }>('{ viewer { id } }');
  const { errors } = await bearer.request('{ datasets { totalCount } }');
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(viewer === null ? ['UNAUTHENTICATED'] : []);
  return viewer !== null;
}

test('a token that is made like the server’s is accepted, so the refusals below mean something', async () => {
  expect(await isAccepted(await sign())).toBe(true);
});

test('a token is good for nothing once it has expired', async () => {
  expect(await isAccepted(await sign({ expires: Math.floor(Date.now() / 1000) - 1 }))).toBe(false);
});

test('a token that somebody else signed is refused', async () => {
  expect(await isAccepted(await sign({ secret: 'another secret with more than 32 characters!' }))).toBe(false);
  expect(await isAccepted(await sign({ issuer: 'elsewhere' }))).toBe(false);
  expect(await isAccepted(await sign({ algorithm: 'HS512' }))).toBe(false);
});

test('a token without a signature is refused', async () => {
  const unsigned = new UnsecuredJWT({ workspace: workspaceId, sid: sessionId })
    .setIssuer('trainyard')
    .setAudience('access')
    .setSubject(userId)
    .setExpirationTime('1h')
    .encode();
  expect(await isAccepted(unsigned)).toBe(false);
  const [header, payload] = (await sign()).split('.');
  expect(await isAccepted(`${header}.${payload}.`)).toBe(false);
});

test('one changed character of a token’s claims breaks it', async () => {
  const [header, payload = '', signature] = (await sign()).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const forged = Buffer.from(JSON.stringify({ ...claims, exp: 9_999_999_999 })).toString('base64url');
  expect(await isAccepted(`${header}.${forged}.${signature}`)).toBe(false);
});

test('what is no token at all is refused', async () => {
  for (const text of ['x', 'a.b.c', '{}', '%00', 'null', `${'x'.repeat(5_000)}`]) {
    expect(await isAccepted(text), text).toBe(false);
  }
});

test('a token speaks for a member of its workspace only', async () => {
  const other = await server.signUp();
  expect(await isAccepted(await sign({ workspace: await workspaceIdOf(other) }))).toBe(false);
});

test('a token is good for nothing once the membership is gone', async () => {
  const leaving = await server.signUp();
  const { viewer } = await leaving.execute<{ viewer: { id: string } }>('{ viewer { id } }');
  await server.database.owner`delete from memberships where id = ${viewer.id}`;
  expect(await leaving.request('{ viewer { id } }')).toMatchObject({ data: { viewer: null }, errors: [] });
});

test('a token with claims of another form is refused', async () => {
  expect(await isAccepted(await sign({ subject: 'nobody' }))).toBe(false);
  expect(await isAccepted(await sign({ subject: "'; drop table users; --" }))).toBe(false);
  expect(await isAccepted(await sign({ workspace: 'nowhere' }))).toBe(false);
  expect(await isAccepted(await sign({ session: 'none' }))).toBe(false);
});

test('a download’s token is no access token, and an access token opens no download', async () => {
  const { id } = await uploadDataset(client, flowersCsv());
  const { dataset } = await client.execute<{ dataset: { downloadUrl: string } }>(
    'query ($id: ID!) { dataset(id: $id) { downloadUrl } }',
    { id },
  );
  const path = dataset.downloadUrl.slice(0, dataset.downloadUrl.lastIndexOf('/') + 1);
  const token = dataset.downloadUrl.slice(path.length);
  expect((await fetch(path + token)).status).toBe(200);
  expect(await isAccepted(token)).toBe(false);
  expect((await fetch(path + client.token)).status).toBe(404);
  expect((await fetch(path + (await sign({ audience: 'download' })))).status).toBe(404);
});

test('a download’s token opens its file until it expires, and never a file of another workspace', async () => {
  const { id } = await uploadDataset(client, flowersCsv());
  const address = async (claims: { expires?: number; workspace?: string; kind?: string }) => {
    const token = await new SignJWT({ workspace: claims.workspace ?? workspaceId, kind: claims.kind ?? 'dataset' })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('trainyard')
      .setAudience('download')
      .setSubject(id)
      .setExpirationTime(Math.floor(Date.now() / 1000) + (claims.expires ?? 60))
      .sign(new TextEncoder().encode(SECRET));
    return `${server.url}/downloads/${token}`;
  };
  const other = await server.signUp();
  const workspace = await workspaceIdOf(other);
  expect((await fetch(await address({}))).status).toBe(200);
  for (const claims of [{ expires: -1 }, { workspace }, { workspace: 'x' }, { kind: 'artifact' }, { kind: 'x' }]) {
    expect((await fetch(await address(claims))).status, JSON.stringify(claims)).toBe(404);
  }
});

test('a socket with a bad token is closed with 4403, so that the client comes back with a fresh one', async () => {
  const expired = await sign({ expires: Math.floor(Date.now() / 1000) - 1 });
  for (const token of [expired, 'a.b.c']) {
    const socket = await openSocket(server.url);
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    expect(await socket.closed).toMatchObject({ code: 4403 });
  }
});
