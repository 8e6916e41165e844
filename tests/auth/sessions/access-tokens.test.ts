import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
} from 'node:crypto';
import { calculateJwkThumbprint, decodeJwt, exportJWK, type JWTHeaderParameters, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { expectError } from '../../support/expect-error.ts';
import { tokenOfSession } from '../../support/made-token.ts';
import { UPLOAD, uploadDataset, workspaceIdOf } from '../../support/operations.ts';
import { signUpWith } from '../../support/people.ts';
import { errorsOf, openSession, openSocket } from '../../support/raw-socket.ts';
import { SECRETS } from '../../support/secrets.ts';
import { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const KEY = createPrivateKey(SECRETS.TOKEN_KEYS);
const HMAC_SECRET = new TextEncoder().encode(SECRETS.TOKEN_SECRET);

let server: TestServer;
let client: TestClient;
let userId: string;
let workspaceId: string;
let sessionId: string;
let keyId: string;

beforeAll(async () => {
  server = await startTestServer(SECRETS, { worker: false });
  client = await server.signUp();
  const { viewer } = await client.execute<{ viewer: { user: { id: string }; workspace: { id: string } } }>(
    '{ viewer { user { id } workspace { id } } }',
  );
  userId = viewer.user.id;
  workspaceId = viewer.workspace.id;
  sessionId = String(decodeJwt(client.token ?? '')['sid']);
  keyId = await thumbprintOf(KEY);
});

afterAll(() => server.close());

async function thumbprintOf(key: KeyObject): Promise<string> {
  return await calculateJwkThumbprint(await exportJWK(createPublicKey(key)));
}

interface Claims {
  readonly issuer?: string;
  readonly audience?: string | string[];
  readonly subject?: string;
  readonly workspace?: string;
  readonly session?: string;
  readonly expires?: number | null;
  readonly notBefore?: number;
  readonly key?: KeyObject | Uint8Array;
  readonly header?: Partial<JWTHeaderParameters>;
}

/** A token as the server makes them, but for what is given. */
function sign(claims: Claims = {}): Promise<string> {
  const { expires = Math.floor(Date.now() / 1000) + 60 } = claims;
  const token = new SignJWT({ workspace: claims.workspace ?? workspaceId, sid: claims.session ?? sessionId })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: keyId, ...claims.header })
    .setIssuer(claims.issuer ?? 'trainyard')
    .setAudience(claims.audience ?? 'access')
    .setSubject(claims.subject ?? userId)
    .setIssuedAt();
  if (expires !== null) token.setExpirationTime(expires);
  if (claims.notBefore !== undefined) token.setNotBefore(claims.notBefore);
  return token.sign(claims.key ?? KEY);
}

/** The parts of a token that is accepted, to be put together otherwise. */
async function parts(): Promise<{ header: string; payload: string; signature: string }> {
  const [header = '', payload = '', signature = ''] = (await sign()).split('.');
  return { header, payload, signature };
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A signature by a secret that anybody can know: the public key, as text or as bytes. */
async function signedByPublicKey(secret: string | Buffer): Promise<string> {
  const start = `${encoded({ alg: 'HS256', typ: 'at+jwt', kid: keyId })}.${(await parts()).payload}`;
  return `${start}.${createHmac('sha256', secret).update(start).digest('base64url')}`;
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

/** Tokens that somebody else could make, or that were not made for this. */
const FORGED: readonly (readonly [what: string, make: () => string | Promise<string>])[] = [
  ['of another key', () => sign({ key: generateKeyPairSync('ed25519').privateKey })],
  [
    'of another key, by its own id',
    async () => {
      const { privateKey } = generateKeyPairSync('ed25519');
      return await sign({ key: privateKey, header: { kid: await thumbprintOf(privateKey) } });
    },
  ],
  ['with an unknown key id', () => sign({ header: { kid: 'unknown' } })],
  ['without a key id', async () => await resigned({ alg: 'EdDSA', typ: 'at+jwt' })],
  ['with a key id that is a path', () => sign({ header: { kid: '../../dev/null' } })],
  ['with a key of its own in the header', async () => await embeddedKey()],
  ['of another issuer', () => sign({ issuer: 'elsewhere' })],
  ['for another audience', () => sign({ audience: 'download' })],
  ['for several audiences', () => sign({ audience: ['access', 'download'] })],
  ['of no type', async () => await resigned({ alg: 'EdDSA', kid: keyId })],
  ['of another type', () => sign({ header: { typ: 'JWT' } })],
  ['that has expired', () => sign({ expires: Math.floor(Date.now() / 1000) - 1 })],
  ['that never expires', () => sign({ expires: null })],
  ['that is not valid yet', () => sign({ notBefore: Math.floor(Date.now() / 1000) + 3_600 })],
  ['with an unknown critical extension', async () => await withCriticalExtension()],
  ['signed with TOKEN_SECRET, of a session of today', () => sign({ key: HMAC_SECRET, header: { alg: 'HS256' } })],
  ['signed with TOKEN_SECRET by another algorithm', () => sign({ key: HMAC_SECRET, header: { alg: 'HS512' } })],
  [
    'signed with another secret',
    () =>
      sign({ key: new TextEncoder().encode('another secret with more than 32 characters!'), header: { alg: 'HS256' } }),
  ],
  ['signed with the public key as text', async () => await signedByPublicKey(publicPem())],
  [
    'signed with the public key as bytes',
    async () => await signedByPublicKey(createPublicKey(KEY).export({ type: 'spki', format: 'der' })),
  ],
  [
    'signed by elliptic curves of another kind',
    () => sign({ key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, header: { alg: 'ES256' } }),
  ],
  [
    'signed by RSA',
    () => sign({ key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, header: { alg: 'RS256' } }),
  ],
  ['that says it needs no signature', () => unsigned()],
  [
    'that says so in other letters',
    async () => `${encoded({ alg: 'nOnE', typ: 'at+jwt' })}.${(await parts()).payload}.`,
  ],
  ['whose signature is cut off', async () => `${(await parts()).header}.${(await parts()).payload}.`],
  ['with the signature of another', async () => withSignature((await sign({ expires: 9_999_999_999 })).split('.')[2])],
  ['with a signature of zeros', () => withSignature(Buffer.alloc(64).toString('base64url'))],
  [
    'whose claims were changed',
    async () => {
      const { header, payload, signature } = await parts();
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
      return `${header}.${encoded({ ...claims, exp: 9_999_999_999 })}.${signature}`;
    },
  ],
  ['of a user that is no id', () => sign({ subject: "'; drop table users; --" })],
  ['of a workspace that is no id', () => sign({ workspace: 'nowhere' })],
  ['of a session that is no id', () => sign({ session: 'none' })],
  ['of a session of nobody', () => sign({ session: crypto.randomUUID() })],
  ['of another user’s session', async () => await sign({ subject: (await other()).userId })],
  ['of another workspace', async () => await sign({ workspace: (await other()).workspaceId })],
  ['that is a refresh token', () => refreshToken()],
  ['encrypted', async () => `${(await parts()).header}.a.b.c.d`],
  ['of five thousand letters', () => 'x'.repeat(5_000)],
];

test('there are thirty forged tokens at least', () => {
  expect(FORGED.length).toBeGreaterThanOrEqual(30);
});

test.each(FORGED)('a token %s is refused', async (_, make) => {
  expect(await isAccepted(await make())).toBe(false);
});

test('a malformed token is refused', async () => {
  for (const text of ['x', 'a.b.c', '{}', '%00', 'null', '..', 'e30.e30.e30']) {
    expect(await isAccepted(text), text).toBe(false);
  }
});

/** Claims that are good under a header that is not, signed with the right key: only the header is wrong. */
async function resigned(header: JWTHeaderParameters): Promise<string> {
  const { payload } = await parts();
  return await new SignJWT(JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>)
    .setProtectedHeader(header)
    .sign(KEY);
}

/** Signed with the right key, but the header says that who does not understand it must refuse it. */
async function withCriticalExtension(): Promise<string> {
  const header = encoded({ alg: 'EdDSA', typ: 'at+jwt', kid: keyId, crit: ['unheard'], unheard: true });
  const start = `${header}.${(await parts()).payload}`;
  return `${start}.${signBytes(null, Buffer.from(start), KEY).toString('base64url')}`;
}

async function embeddedKey(): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return await sign({ key: privateKey, header: { jwk: await exportJWK(publicKey) } });
}

function publicPem(): string {
  return String(createPublicKey(KEY).export({ type: 'spki', format: 'pem' }));
}

function unsigned(): string {
  return new UnsecuredJWT({ workspace: workspaceId, sid: sessionId })
    .setIssuer('trainyard')
    .setAudience('access')
    .setSubject(userId)
    .setExpirationTime('1h')
    .encode();
}

async function withSignature(signature = ''): Promise<string> {
  const { header, payload } = await parts();
  return `${header}.${payload}.${signature}`;
}

async function other(): Promise<{ userId: string; workspaceId: string }> {
  const { sub = '', workspace } = decodeJwt((await server.signUp()).token ?? '');
  return { userId: sub, workspaceId: String(workspace) };
}

async function refreshToken(): Promise<string> {
  return String((await signUpWith(server.url)).refreshToken);
}

describe('a token signed with TOKEN_SECRET, as all were before there were key pairs', () => {
  /** A client whose session is of that time. */
  async function earlier(): Promise<{ claims: Claims; owner: TestClient }> {
    const owner = await server.signUp();
    const { sub = '', workspace, sid } = decodeJwt(owner.token ?? '');
    await server.database.owner`update sessions set workspace_id = null, expires_at = null where id = ${String(sid)}`;
    await server.database.owner`delete from refresh_tokens where session_id = ${String(sid)}`;
    const claims = { subject: sub, workspace: String(workspace), session: String(sid), key: HMAC_SECRET };
    return { claims: { ...claims, header: { alg: 'HS256' } }, owner };
  }

  test('it is accepted for a session of that time, over HTTP and by a socket, until it expires', async () => {
    const { claims } = await earlier();
    const token = await sign(claims);
    expect(await isAccepted(token)).toBe(true);
    const socket = await openSession(server.url, { authorization: `Bearer ${token}` });
    expect(await socket.ask('1', { query: '{ viewer { role } }' })).toMatchObject({ type: 'next' });
    socket.terminate();
    expect(await isAccepted(await sign({ ...claims, expires: Math.floor(Date.now() / 1000) - 1 }))).toBe(false);
  });

  test('its session can be ended, and ends for it too', async () => {
    const { claims } = await earlier();
    const token = await sign(claims);
    await new TestClient(server.url, token).execute('mutation { signOut { everywhere } }');
    expect(await isAccepted(token)).toBe(false);
  });

  test('it opens no socket of a session of today: 4401', async () => {
    expect(await closeCodeOf(await sign({ key: HMAC_SECRET, header: { alg: 'HS256' } }))).toBe(4401);
  });
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
      .sign(HMAC_SECRET);
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
    const { privateKey: key } = generateKeyPairSync('ed25519');
    for (const token of ['x', 'a.b.c', await sign({ key })]) {
      expect(await reasonOf(token), token).toBe('NO_TOKEN');
    }
    // Not even its being expired is told of what others have signed.
    const forged = await sign({ key, expires: A_SECOND_AGO() });
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
    const expired = await tokenOfSession(leaving, new Date(Date.now() - 2_000));
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
