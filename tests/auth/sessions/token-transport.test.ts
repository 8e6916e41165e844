import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Browser } from '../../support/browser-cookies.ts';
import { freshEmail, PASSWORD, signUpWith } from '../../support/people.ts';
import { openSocket } from '../../support/raw-socket.ts';
import { SECRETS } from '../../support/secrets.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken refreshToken } }';
const REFRESH = 'mutation { refreshSession { accessToken refreshToken } }';
const VIEWER = '{ viewer { user { email } } }';

interface SignedUp {
  readonly signUp: { readonly accessToken: string; readonly refreshToken: string | null };
}

function input(more: object = {}): { input: object } {
  return { input: { email: freshEmail(), password: PASSWORD, ...more } };
}

const LASTS = 'Max-Age=2592000';
const DEVICE_LASTS = 'Max-Age=34560000';

describe('on this machine, over plain http', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer(SECRETS, { worker: false });
  });

  afterAll(() => server.close());

  test('signUp sets cookies that scripts cannot read, and keeps the refresh token out of the body', async () => {
    const browser = new Browser(server.url);
    const { data } = await browser.send<SignedUp>(SIGN_UP, input());
    expect(data).toMatchObject({ signUp: { accessToken: expect.any(String), refreshToken: null } });
    expect([...browser.cookies.keys()]).toEqual(['trainyard-device', 'trainyard-access', 'trainyard-refresh']);
    for (const [name, attributes] of browser.attributes) {
      const lasts = name.endsWith('device') ? DEVICE_LASTS : LASTS;
      expect(attributes, name).toEqual(['HttpOnly', lasts, 'Path=/', 'SameSite=Strict']);
    }
  });

  test('a browser is signed in by its cookie, refreshes by it, and is signed out by signOut', async () => {
    const browser = new Browser(server.url);
    const variables = input();
    await browser.send(SIGN_UP, variables);
    expect((await browser.send(VIEWER)).data).toMatchObject({ viewer: { user: expect.anything() } });
    const before = browser.cookieHeader;
    const { data } = await browser.send(REFRESH);
    expect(data).toMatchObject({ refreshSession: { accessToken: expect.any(String), refreshToken: null } });
    expect(browser.cookieHeader).not.toBe(before);
    expect((await browser.send(VIEWER)).data).toMatchObject({ viewer: { user: expect.anything() } });
    await browser.send('mutation { signOut { everywhere } }');
    expect([...browser.cookies.keys()]).toEqual(['trainyard-device']);
    expect((await browser.send(VIEWER)).data).toEqual({ viewer: null });
  });

  test('the access token’s cookie outlives the token, so that the reason is TOKEN_EXPIRED and not NO_TOKEN', async () => {
    const browser = new Browser(server.url);
    await browser.send(SIGN_UP, input());
    expect(browser.attributes.get('trainyard-access')).toContain(LASTS);
  });

  test('tokenTransport: BODY sets no cookie and gives the refresh token', async () => {
    const browser = new Browser(server.url);
    const { data } = await browser.send<SignedUp>(SIGN_UP, input({ tokenTransport: 'BODY' }));
    expect(data?.signUp.refreshToken).toMatch(/^trainyard_refresh_/);
    expect([...browser.cookies]).toEqual([]);
  });

  test('a cookie is not enough for what a foreign page can send: the CSRF header is needed', async () => {
    const browser = new Browser(server.url);
    await browser.send(SIGN_UP, input());
    const { status, errors } = await browser.send(VIEWER, {}, { 'content-type': 'text/plain' });
    expect([status, errors[0]?.extensions.code]).toEqual([400, 'BAD_REQUEST']);
  });

  test('a bearer token and a cookie of two sessions in one request are refused, and say so', async () => {
    const browser = new Browser(server.url);
    const { data } = await browser.send<SignedUp>(SIGN_UP, input());
    const { accessToken } = await signUpWith(server.url);
    for (const query of [VIEWER, '{ datasets { totalCount } }']) {
      const { errors } = await browser.send(query, {}, { authorization: `Bearer ${accessToken}` });
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
      expect(errors[0]?.message).toBe('The bearer token and the cookie of the request are of different sessions.');
    }
    // Of one session they may differ: one of them was refreshed.
    await browser.send(REFRESH);
    const same = await browser.send(VIEWER, {}, { authorization: `Bearer ${data?.signUp.accessToken}` });
    expect(same.data).toMatchObject({ viewer: { user: expect.anything() } });
  });

  test('a cookie that is worth nothing does not stand in the way of a bearer token', async () => {
    const browser = new Browser(server.url);
    browser.cookies.set('trainyard-access', 'a.b.c');
    const { accessToken, email } = await signUpWith(server.url);
    const { data } = await browser.send(VIEWER, {}, { authorization: `Bearer ${accessToken}` });
    expect(data).toEqual({ viewer: { user: { email } } });
  });

  test('a cookie of the https name is not read over http', async () => {
    const browser = new Browser(server.url);
    const { accessToken } = await signUpWith(server.url);
    browser.cookies.set('__Host-trainyard-access', accessToken);
    expect((await browser.send(VIEWER)).data).toEqual({ viewer: null });
  });

  test('a socket is authenticated by the cookie if the page names an allowed origin, by connectionParams before it, and not without an origin', async () => {
    const browser = new Browser(server.url);
    await browser.send(SIGN_UP, input());
    const { accessToken, email } = await signUpWith(server.url);
    const ask = async (options: object, payload: object) => {
      const socket = await openSocket(server.url, { ...options, cookie: browser.cookieHeader });
      socket.send({ type: 'connection_init', payload });
      await socket.next();
      const { payload: answer } = await socket.ask('1', { query: VIEWER });
      socket.terminate();
      return answer;
    };
    const origin = { origin: server.url };
    expect(await ask(origin, {})).toMatchObject({ data: { viewer: { user: expect.anything() } } });
    expect(await ask(origin, { authorization: `Bearer ${accessToken}` })).toEqual({
      data: { viewer: { user: { email } } },
    });
    expect(await ask({}, {})).toEqual({ data: { viewer: null } });
    await expect(ask({ origin: 'https://elsewhere.example' }, {})).rejects.toThrow('403');
  });

  test('an API key is no cookie, on any transport', async () => {
    const owner = await server.signUp();
    const { createApiKey } = await owner.execute<{ createApiKey: { key: string } }>(
      'mutation { createApiKey(input: { name: "key", role: OWNER }) { key } }',
    );
    const browser = new Browser(server.url);
    browser.cookies.set('trainyard-access', createApiKey.key);
    expect((await browser.send(VIEWER)).data).toEqual({ viewer: null });
    const socket = await openSocket(server.url, { origin: server.url, cookie: browser.cookieHeader });
    socket.send({ type: 'connection_init' });
    expect(await socket.closed).toEqual({ code: 4403, reason: 'Forbidden' });
    const events = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      body: JSON.stringify({ query: 'subscription { datasetChanges { kind } }' }),
      headers: {
        ...{ 'content-type': 'application/json', accept: 'text/event-stream' },
        cookie: browser.cookieHeader,
      },
    });
    expect(await events.text()).toContain('UNAUTHENTICATED');
  });

  test('over a socket no cookie can be set: BODY gives the refresh token, COOKIE none', async () => {
    const socket = await openSocket(server.url);
    socket.send({ type: 'connection_init' });
    await socket.next();
    const byBody = await socket.ask('1', { query: SIGN_UP, variables: input({ tokenTransport: 'BODY' }) });
    expect(byBody.payload).toMatchObject({ data: { signUp: { refreshToken: expect.any(String) } } });
    await socket.next();
    const byCookie = await socket.ask('2', { query: SIGN_UP, variables: input() });
    expect(byCookie.payload).toMatchObject({ data: { signUp: { refreshToken: null } } });
    socket.terminate();
  });
});

describe('with an https PUBLIC_URL', () => {
  let server: TestServer;
  let url: string;

  beforeAll(async () => {
    server = await startTestServer({ ...SECRETS, PUBLIC_URL: 'https://trainyard.example' }, { worker: false });
    url = server.address;
  });

  afterAll(() => server.close());

  test('cookies have the prefix __Host-, Secure, HttpOnly, SameSite=Strict and Path=/, and no domain', async () => {
    const browser = new Browser(url);
    await browser.send(SIGN_UP, input());
    expect([...browser.cookies.keys()]).toEqual([
      '__Host-trainyard-device',
      '__Host-trainyard-access',
      '__Host-trainyard-refresh',
    ]);
    for (const [name, attributes] of browser.attributes) {
      const lasts = name.endsWith('device') ? DEVICE_LASTS : LASTS;
      expect(attributes, name).toEqual(['HttpOnly', lasts, 'Path=/', 'SameSite=Strict', 'Secure']);
    }
    expect((await browser.send(VIEWER)).data).toMatchObject({ viewer: { user: expect.anything() } });
  });

  test('a cookie without the prefix, which another host of the domain could have set, is not read', async () => {
    const browser = new Browser(url);
    const { accessToken } = await signUpWith(url);
    browser.cookies.set('trainyard-access', accessToken);
    expect((await browser.send(VIEWER)).data).toEqual({ viewer: null });
  });
});

describe('over plain http from other machines', () => {
  const PUBLIC_URL = 'http://trainyard.lan';

  async function signedUp(settings: Record<string, string>): Promise<{ browser: Browser; accessToken: string }> {
    const server = await startTestServer({ ...SECRETS, PUBLIC_URL, ...settings }, { worker: false });
    try {
      const browser = new Browser(server.address);
      const { data } = await browser.send<SignedUp>(SIGN_UP, input());
      const accessToken = String(data?.signUp.accessToken);
      expect((await browser.send(VIEWER, {}, { authorization: `Bearer ${accessToken}` })).data).toMatchObject({
        viewer: { user: expect.anything() },
      });
      return { browser, accessToken };
    } finally {
      await server.close();
    }
  }

  test('no cookie is set: everybody on the network between could read it', async () => {
    const { browser, accessToken } = await signedUp({});
    expect([...browser.cookies]).toEqual([]);
    expect(decodeJwt(accessToken)['sid']).toEqual(expect.any(String));
  });

  test('ALLOW_INSECURE_COOKIES allows them, by names without the prefix', async () => {
    const { browser } = await signedUp({ ALLOW_INSECURE_COOKIES: 'true' });
    expect([...browser.cookies.keys()]).toEqual(['trainyard-device', 'trainyard-access', 'trainyard-refresh']);
  });

  test('a proxy that is trusted says that the client came over https', async () => {
    const server = await startTestServer({ ...SECRETS, TRUSTED_PROXIES: '127.0.0.1' }, { worker: false });
    try {
      const browser = new Browser(server.url, { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' });
      await browser.send(SIGN_UP, input());
      expect([...browser.cookies.keys()]).toEqual([
        '__Host-trainyard-device',
        '__Host-trainyard-access',
        '__Host-trainyard-refresh',
      ]);
    } finally {
      await server.close();
    }
  });
});
