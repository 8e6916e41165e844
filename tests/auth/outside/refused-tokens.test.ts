import { createHmac } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectError } from '../../support/expect-error.ts';
import { openSession, openSocket } from '../../support/raw-socket.ts';
import { TestClient } from '../../support/test-client.ts';
import { type IssuerKey, TestIssuer } from '../../support/test-issuer.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let shop: TestIssuer;
let shopKey: IssuerKey;
let stranger: TestIssuer;
let away: TestIssuer;
let server: TestServer;
const lines: string[] = [];

beforeAll(async () => {
  [shop, stranger, away] = await Promise.all([TestIssuer.start(), TestIssuer.start(), TestIssuer.start()]);
  shopKey = await shop.addKey();
  const strict = { workspaces: ['acme', 'umbrella'] };
  const OIDC_ISSUERS = JSON.stringify([shop.settings(strict), away.settings()]);
  server = await startTestServer(
    { OIDC_ISSUERS, LOG_LEVEL: 'warn' },
    { worker: false, log: { write: (line) => void lines.push(line) } },
  );
});

afterAll(async () => {
  await server.close();
  await Promise.all([shop, stranger, away].map((issuer) => issuer.close()));
});

function seconds(fromNow: number): number {
  return Math.floor(Date.now() / 1_000) + fromNow;
}

/** Signed with a secret that anybody can read: the public key, as text. */
async function signedByPublicKey(): Promise<string> {
  const [, payload] = (await shop.sign()).split('.');
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: shopKey.id })).toString('base64url');
  const secret = await exportSPKI(shopKey.publicKey);
  return `${header}.${payload}.${createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url')}`;
}

async function withOwnKey(): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return await shop.sign({}, { signWith: privateKey, header: { jwk: await exportJWK(publicKey) } });
}

async function changedAfterwards(): Promise<string> {
  const [header = '', payload = '', signature = ''] = (await shop.sign()).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const changed = Buffer.from(JSON.stringify({ ...claims, role: 'owner' })).toString('base64url');
  return [header, changed, signature].join('.');
}

const FORGED: readonly [string, () => Promise<string>][] = [
  ['for another audience', () => shop.sign({ aud: 'another-api' })],
  ['for no audience', () => shop.sign({ aud: undefined })],
  ['for other audiences', () => shop.sign({ aud: ['account', 'another-api'] })],
  ['of an issuer that is not listed', () => stranger.sign()],
  ['of no issuer', () => shop.sign({ iss: undefined })],
  ['of an issuer with a slash more', () => shop.sign({ iss: `${shop.url}/` })],
  ['of this server by its name', () => shop.sign({ iss: 'trainyard', aud: 'access' })],
  ['that another issuer has signed in its name', () => stranger.sign({ iss: shop.url })],
  ['that another listed issuer has signed in its name', () => away.sign({ iss: shop.url })],
  ['that is not valid yet', () => shop.sign({ nbf: seconds(60) })],
  ['that was issued in the future', () => shop.sign({ iat: seconds(60) })],
  ['that never expires', () => shop.sign({ exp: undefined })],
  ['that was issued at no time', () => shop.sign({ iat: undefined })],
  ['that is valid for a year', () => shop.sign({ exp: seconds(31_536_000) })],
  ['that expires at a text', () => shop.sign({ exp: '9999999999' })],
  ['that is not signed', async () => new UnsecuredJWT({ iss: shop.url, aud: 'trainyard', sub: 'ada' }).encode()],
  ['signed with the public key as a secret', signedByPublicKey],
  ['signed with a key that it brings along', withOwnKey],
  ['changed after it was signed', changedAfterwards],
  ['without a type', () => shop.sign({}, { header: { typ: undefined as never } })],
  ['of the type of a logout', () => shop.sign({}, { header: { typ: 'logout+jwt' } })],
  ['of the type of a proof', () => shop.sign({}, { header: { typ: 'dpop+jwt' } })],
  ['that is bound to a key', () => shop.sign({ cnf: { jkt: 'x' } })],
  ['with an unknown extension', () => shop.sign({}, { header: { crit: ['made-up'], 'made-up': true } })],
  [
    'with the key id of another key',
    async () => shop.sign({}, { header: { kid: (await shop.addOtherKey()).id }, key: shopKey }),
  ],
];

async function reasonOf(token: string): Promise<string | undefined> {
  const { errors } = await new TestClient(server.url, token).request('{ datasets { totalCount } }');
  expectError(errors, 'UNAUTHENTICATED');
  return errors[0]?.extensions.reason;
}

async function closingOf(token: string): Promise<{ code: number; reason: string }> {
  const socket = await openSocket(server.url);
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  return await socket.closed;
}

test('the token that the others differ from in one thing is accepted, in each form that is allowed', async () => {
  const tokens = [
    shop.sign(),
    shop.sign({ aud: ['account', 'trainyard'] }),
    shop.sign({}, { header: { typ: 'application/AT+JWT' } }),
    shop.sign({}, { header: { typ: 'JWT' } }),
    shop.sign({ nbf: undefined }),
    // The clocks may differ by some seconds.
    shop.sign({ nbf: seconds(5), iat: seconds(5) }),
  ];
  for (const token of await Promise.all(tokens)) {
    expect((await new TestClient(server.url, token).request('{ datasets { totalCount } }')).errors).toEqual([]);
  }
});

test.each(FORGED)('a token %s is refused, over HTTP and by a socket', async (_, make) => {
  const token = await make();
  expect(await reasonOf(token)).toBe('NO_TOKEN');
  expect((await closingOf(token)).code).toBe(4403);
});

test('a token signed by an algorithm that the settings do not name is refused', async () => {
  const key = await shop.addOtherKey('ES384');
  expect(await reasonOf(await shop.sign({}, { key, header: { alg: 'ES384' } }))).toBe('NO_TOKEN');
});

test('an expired token is UNAUTHENTICATED with TOKEN_EXPIRED, and closes a socket with 4403: a fresh one may follow', async () => {
  const token = await shop.sign({ iat: seconds(-120), nbf: seconds(-120), exp: seconds(-60) });
  expect(await reasonOf(token)).toBe('TOKEN_EXPIRED');
  expect(await closingOf(token)).toEqual({ code: 4403, reason: 'Token expired' });
  // Nobody becomes a member by it.
  const expired = { sub: 'late', iat: seconds(-120), nbf: undefined, exp: seconds(-60) };
  expect(await reasonOf(await shop.sign(expired))).toBe('TOKEN_EXPIRED');
  expect(await server.database.owner`select id from users where subject = 'late'`).toEqual([]);
});

describe('a genuine token', () => {
  const REFUSED: readonly [string, object][] = [
    ['without a subject', { sub: undefined }],
    ['with an empty subject', { sub: ' ' }],
    ['with an invisible character in its subject', { sub: 'ada\u200b' }],
    ['with too long a subject', { sub: 'x'.repeat(256) }],
    ['without a workspace', { workspace: undefined }],
    ['for two workspaces', { workspace: ['acme', 'umbrella'] }],
    ['for a workspace that is no text', { workspace: { toString: 'acme' } }],
    ['for a workspace that its issuer may not speak for', { workspace: 'initech' }],
    ['for a workspace in other letters', { workspace: 'ACME' }],
    ['without a role', { role: undefined }],
    ['with a role that means nothing here', { role: ['admin', 'offline_access'] }],
    ['with a role of the name of a method', { role: 'constructor' }],
  ];

  test.each(REFUSED)('%s is FORBIDDEN, and its socket is closed for good', async (_, claims) => {
    const token = await shop.sign({ ...claims });
    const { errors } = await new TestClient(server.url, token).request('{ datasets { totalCount } }');
    expectError(errors, 'FORBIDDEN');
    expect(await closingOf(token)).toEqual({ code: 4401, reason: 'Not admitted' });
  });

  test('is refused with a reason in the log, and without the token', async () => {
    const token = await shop.sign({ aud: 'somewhere-else' });
    await reasonOf(token);
    expect(lines.join('')).toContain('refused a token of an outside issuer');
    expect(lines.join('')).toContain('unexpected \\"aud\\" claim value');
    expect(lines.join('')).not.toContain(token.split('.')[1]);
  });
});

test('an issuer that is away answers SERVICE_UNAVAILABLE, a socket 1013, and others go on', async () => {
  away.answer = ({ socket }) => {
    socket.destroy();
    return true;
  };
  const token = await away.sign();
  const { errors } = await new TestClient(server.url, token).request('{ datasets { totalCount } }');
  expectError(errors, 'SERVICE_UNAVAILABLE', { retryAfterSeconds: 10 });
  expect(await closingOf(token)).toEqual({ code: 1013, reason: 'Try again later' });
  const stream = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ datasets { totalCount } }' }),
  });
  expect(await stream.text()).toContain('SERVICE_UNAVAILABLE');
  const other = await openSession(server.url, { authorization: `Bearer ${await shop.sign()}` });
  other.terminate();
  expect((await (await server.signUp()).request('{ datasets { totalCount } }')).errors).toEqual([]);
});

test('tokens that nobody can verify make no requests to their issuer', async () => {
  const before = new Map(shop.requests);
  for (const make of [signedByPublicKey, () => shop.sign({}, { header: { typ: 'x' } })]) {
    expect(await reasonOf(await make())).toBe('NO_TOKEN');
  }
  expect(shop.requests).toEqual(before);
});
