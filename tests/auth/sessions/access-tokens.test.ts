import { decodeJwt, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { expectError } from '../../support/expect-error.ts';
import { tokenOfSession } from '../../support/made-token.ts';
import { UPLOAD, uploadDataset, workspaceIdOf } from '../../support/operations.ts';
import { errorsOf, openSession, openSocket } from '../../support/raw-socket.ts';
import { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

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

/** Why nobody is signed in with a token, as HTTP and a socket's operation say it. */
async function reasonOf(token: string | null): Promise<string | undefined> {
  const { errors } = await new TestClient(server.url, token).request('{ datasets { totalCount } }');
  expectError(errors, 'UNAUTHENTICATED');
  return errors[0]?.extensions.reason;
}

/** How a socket is closed that introduces itself with a token. */
async function closeCodeOf(token: string): Promise<number> {
  const socket = await openSocket(server.url);
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  return (await socket.closed).code;
}

const A_SECOND_AGO = () => Math.floor(Date.now() / 1000) - 1;

/** What the server thinks of a token. */
async function isAccepted(token: string): Promise<boolean> {
  const bearer = new TestClient(server.url, token);
  const { viewer } = await bearer.execute<{ viewer: object | null }>('{ viewer { id } }');
  const { errors } = await bearer.request('{ datasets { totalCount } }');
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(viewer === null ? ['UNAUTHENTICATED'] : []);
  return viewer !== null;
}

test('a token made like the server’s is accepted, so the refusals below are meaningful', async () => {
  expect(await isAccepted(await sign())).toBe(true);
});

test('an expired token is refused', async () => {
  expect(await isAccepted(await sign({ expires: Math.floor(Date.now() / 1000) - 1 }))).toBe(false);
});

test('a token signed by somebody else is refused', async () => {
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

test('a token with one changed character in its claims is refused', async () => {
  const [header, payload = '', signature] = (await sign()).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const forged = Buffer.from(JSON.stringify({ ...claims, exp: 9_999_999_999 })).toString('base64url');
  expect(await isAccepted(`${header}.${forged}.${signature}`)).toBe(false);
});

test('a malformed token is refused', async () => {
  for (const text of ['x', 'a.b.c', '{}', '%00', 'null', `${'x'.repeat(5_000)}`]) {
    expect(await isAccepted(text), text).toBe(false);
  }
});

test('a token is valid only for a member of its workspace', async () => {
  const other = await server.signUp();
  expect(await isAccepted(await sign({ workspace: await workspaceIdOf(other) }))).toBe(false);
});

test('a token is refused once the membership has ended', async () => {
  const leaving = await server.signUp();
  const { viewer } = await leaving.execute<{ viewer: { id: string } }>('{ viewer { id } }');
  await server.database.owner`delete from memberships where id = ${viewer.id}`;
  expect(await leaving.request('{ viewer { id } }')).toMatchObject({ data: { viewer: null }, errors: [] });
});

test('a token with malformed claims is refused', async () => {
  expect(await isAccepted(await sign({ subject: 'nobody' }))).toBe(false);
  expect(await isAccepted(await sign({ subject: "'; drop table users; --" }))).toBe(false);
  expect(await isAccepted(await sign({ workspace: 'nowhere' }))).toBe(false);
  expect(await isAccepted(await sign({ session: 'none' }))).toBe(false);
});

test('a download token is not an access token, and an access token opens no download', async () => {
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

test('a download token opens its file until it expires, and no file of another workspace', async () => {
  const { id } = await uploadDataset(client, flowersCsv());
  const { viewer } = await client.execute<{ viewer: { id: string } }>('{ viewer { id } }');
  const address = async (claims: { expires?: number; workspace?: string; holder?: string | null; kind?: string }) => {
    const own = { workspace: workspaceId, holder: viewer.id, kind: 'dataset' };
    const token = await new SignJWT({ ...own, ...claims })
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
  const { viewer: stranger } = await other.execute<{ viewer: { id: string } }>('{ viewer { id } }');
  const holders = [{ holder: stranger.id }, { holder: null }, { workspace, holder: stranger.id }];
  for (const claims of [
    ...holders,
    { expires: -1 },
    { workspace },
    { workspace: 'x' },
    { kind: 'artifact' },
    { kind: 'x' },
  ]) {
    expect((await fetch(await address(claims))).status, JSON.stringify(claims)).toBe(404);
  }
});

describe('UNAUTHENTICATED says why', () => {
  test('UNAUTHENTICATED has the reason NO_TOKEN without a token of this server', async () => {
    expect(await reasonOf(null)).toBe('NO_TOKEN');
    for (const token of ['x', 'a.b.c', await sign({ secret: 'another secret with more than 32 characters!' })]) {
      expect(await reasonOf(token), token).toBe('NO_TOKEN');
    }
    // Not even its being expired is told of what others have signed.
    const forged = await sign({ secret: 'another secret with more than 32 characters!', expires: A_SECOND_AGO() });
    expect(await reasonOf(forged)).toBe('NO_TOKEN');
    expect(await reasonOf(await sign({ audience: 'download', expires: A_SECOND_AGO() }))).toBe('NO_TOKEN');
  });

  test('UNAUTHENTICATED has a reason over a socket without a token', async () => {
    const socket = await openSession(server.url);
    const answer = await socket.ask('1', { query: '{ datasets { totalCount } }' });
    expectError(errorsOf(answer), 'UNAUTHENTICATED', { reason: 'NO_TOKEN' });
    socket.terminate();
  });

  test('UNAUTHENTICATED has a reason before an upload is read', async () => {
    const expired = new TestClient(server.url, await sign({ expires: A_SECOND_AGO() }));
    const { status, errors } = await expired.requestWithFile(UPLOAD, flowersCsv());
    expect({ status, errors }).toMatchObject({ status: 401, errors: [{ extensions: { reason: 'TOKEN_EXPIRED' } }] });
  });

  test('UNAUTHENTICATED says that the token has expired', async () => {
    const token = await sign({ expires: A_SECOND_AGO() });
    expect(await reasonOf(token)).toBe('TOKEN_EXPIRED');
    expect(await closeCodeOf(token)).toBe(4403);
  });

  test('UNAUTHENTICATED says that the session has ended: a socket that reconnects is closed with 4401', async () => {
    const leaving = await server.signUp();
    const expired = await tokenOfSession(leaving, SECRET, new Date(Date.now() - 2_000));
    expect(await closeCodeOf(expired)).toBe(4403);
    await leaving.execute('mutation { signOut { everywhere } }');
    for (const token of [String(leaving.token), expired]) {
      expect(await reasonOf(token)).toBe('SESSION_ENDED');
      expect(await closeCodeOf(token)).toBe(4401);
    }
  });

  test('UNAUTHENTICATED has the reason SESSION_ENDED if the membership has ended', async () => {
    const leaving = await server.signUp();
    const { viewer } = await leaving.execute<{ viewer: { id: string } }>('{ viewer { id } }');
    await server.database.owner`delete from memberships where id = ${viewer.id}`;
    expect(await reasonOf(leaving.token)).toBe('SESSION_ENDED');
  });

  test('UNAUTHENTICATED says that the e-mail address or the password is wrong', async () => {
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }';
    for (const email of ['nobody@example.com', 'user1@example.com']) {
      const { errors } = await server.anonymous().request(query, { input: { email, password: 'wrong horse' } });
      expectError(errors, 'UNAUTHENTICATED', { reason: 'WRONG_CREDENTIALS' });
    }
  });

  test('errors other than UNAUTHENTICATED have no reason', async () => {
    const { errors } = await client.request('{ datasets(first: 0) { totalCount } }');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.extensions).not.toHaveProperty('reason');
  });
});

test('a socket with an invalid token is closed with 4403, so that the client reconnects with a fresh one', async () => {
  const expired = await sign({ expires: Math.floor(Date.now() / 1000) - 1 });
  for (const token of [expired, 'a.b.c']) {
    const socket = await openSocket(server.url);
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    expect(await socket.closed).toMatchObject({ code: 4403 });
  }
});
