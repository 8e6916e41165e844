import { parse } from 'graphql';
import { expect, test } from 'vitest';
import type { Context } from '../../../src/api/graphql/context.ts';
import { SessionCookies } from '../../../src/api/http/session-cookies.ts';
import { RateLimits } from '../../../src/api/rate-limits/rate-limits.ts';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { startApiProcess } from '../../../src/processes/api-process.ts';
import { countStatements } from '../../support/counting-proxy.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { expectError } from '../../support/expect-error.ts';
import { throughProxy } from '../../support/proxied-access.ts';
import { type AnswerError, TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { TRANSPORTS } from '../../support/transports.ts';

/** No device is known. */
const NO_DEVICES = { read: () => Promise.resolve(null), isCurrent: () => Promise.resolve(false) };
const logger = createLogger('fatal', 'test');
const ROLE = { query: '{ viewer { role } }' };
const SIGN_IN = 'mutation { signIn(input: { email: "a@example.com", password: "wrong password" }) { accessToken } }';

const start = async (settings: Record<string, string>): Promise<TestServer> =>
  endsWithTest(await startTestServer(settings, { worker: false }));

const isLimited = (errors: readonly AnswerError[]) =>
  errors.some(({ extensions }) => extensions.code === 'RATE_LIMITED');

/** Sends until an operation is refused, and says how many were not. */
async function sentUntilRefused(send: () => Promise<{ errors: readonly AnswerError[] }>, max: number): Promise<number> {
  for (let sent = 0; sent <= max; sent++) if (isLimited((await send()).errors)) return sent;
  throw new Error(`None of ${max} operations was refused.`);
}

test('an account may execute so many operations a minute, over all transports, tokens and processes together', async () => {
  const server = await start({ MAX_OPERATIONS_PER_ACCOUNT: '60' });
  const other = endsWithTest(await startApiProcess(server.config, server.database.access, logger));
  const user = await server.signUp();
  let sent = 0;
  const granted = await sentUntilRefused(async () => {
    const [transport, url] = [TRANSPORTS[sent % TRANSPORTS.length], sent % 2 === 0 ? server.url : other.url];
    sent += 1;
    return (await transport?.send(url, user.token, ROLE)) ?? { errors: [] };
  }, 60);
  // A process may have taken one more point than it has spent.
  expect(granted).toBeGreaterThanOrEqual(59);
  expect(granted).toBeLessThanOrEqual(60);
  for (const { send } of TRANSPORTS) {
    const { errors } = await send(server.url, user.token, ROLE);
    expect(errors).toMatchObject([
      {
        message: 'Too many operations from this account.',
        extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number), requestId: expect.any(String) },
      },
    ]);
  }
  expect((await (await server.signUp()).request(ROLE.query)).errors).toEqual([]);
});

test('a refusal over HTTP has the status 429 and says when to try again', async () => {
  const server = await start({ MAX_OPERATIONS_PER_ADDRESS: '20' });
  const post = (accept: string) =>
    fetch(`${server.url}/graphql`, {
      ...{ method: 'POST', body: '{"query":"{ __typename }"}' },
      headers: { 'content-type': 'application/json', accept },
    });
  for (let n = 0; n < 20; n++) expect((await post('application/json')).status).toBe(200);
  const refused = await post('application/json');
  expect(refused.status).toBe(429);
  const { errors } = (await refused.json()) as { errors: { extensions: { retryAfterSeconds: number } }[] };
  const seconds = errors[0]?.extensions.retryAfterSeconds ?? 0;
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
  expect(Number(refused.headers.get('retry-after'))).toBe(seconds);
  expect(Number((await post('text/event-stream')).headers.get('retry-after'))).toBeGreaterThan(0);
});

test('operations are counted by their root fields: ten under aliases are as many as ten requests', async () => {
  const server = await start({ MAX_OPERATIONS_PER_ACCOUNT: '25' });
  const user = await server.signUp();
  const ten = `{ ${Array.from({ length: 10 }, (_, n) => `a${n}: viewer { role }`).join(' ')} }`;
  expect(await sentUntilRefused(() => user.request(ten), 3)).toBe(2);
});

test('the limit of an account holds wherever its requests come from, and that of an address for its whole /64 network', async () => {
  const server = await start({ TRUSTED_PROXIES: '127.0.0.1', MAX_OPERATIONS_PER_ADDRESS: '20' });
  const from = async (address: string) => {
    const response = await fetch(`${server.url}/graphql`, {
      ...{ method: 'POST', body: '{"query":"{ __typename }"}' },
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    });
    return response.status;
  };
  for (let n = 0; n < 20; n++) expect(await from(`2001:db8:0:1::${n}`)).toBe(200);
  for (const same of ['2001:db8:0:1::99', '2001:DB8::1:0:0:0:1', '[2001:db8:0:1:f::1]:443']) {
    expect(await from(same)).toBe(429);
  }
  for (const other of ['2001:db8:0:2::1', '192.0.2.1', '::ffff:192.0.2.2']) expect(await from(other)).toBe(200);
});

test('a forged x-forwarded-for gives a client no second allowance', async () => {
  const server = await start({ MAX_OPERATIONS_PER_ADDRESS: '20' });
  let sent = 0;
  const granted = await sentUntilRefused(async () => {
    sent += 1;
    const response = await fetch(`${server.url}/graphql`, {
      ...{ method: 'POST', body: '{"query":"{ __typename }"}' },
      headers: { 'content-type': 'application/json', 'x-forwarded-for': `192.0.2.${sent}` },
    });
    const { errors = [] } = (await response.json()) as { errors?: AnswerError[] };
    return { errors };
  }, 20);
  expect(granted).toBe(20);
});

test('attempts to sign in and up are limited by address, and other operations are not affected', async () => {
  const server = await start({ MAX_SIGN_INS_PER_ADDRESS: '3', MAX_SIGN_UPS_PER_ADDRESS: '2' });
  const [user] = [await server.signUp(), await server.signUp()];
  await expect(server.signUp()).rejects.toThrow(/Too many signUps from this address/);
  expect(await sentUntilRefused(() => server.anonymous().request(SIGN_IN), 3)).toBe(3);
  for (const { send } of TRANSPORTS) {
    expect((await send(server.url, null, { query: SIGN_IN })).errors).toMatchObject([
      { message: 'Too many signIns from this address.', extensions: { code: 'RATE_LIMITED' } },
    ]);
  }
  expect((await user?.request(ROLE.query))?.errors).toEqual([]);
});

test('requests for a new password are limited by address as attempts to sign in are, and apart from these', async () => {
  const server = await start({ MAX_SIGN_INS_PER_ADDRESS: '3' });
  const reset = () => server.anonymous().request('mutation { requestPasswordReset(email: "nobody@example.com") }');
  expect(await sentUntilRefused(reset, 3)).toBe(3);
  expect((await reset()).errors[0]?.message).toBe('Too many requestPasswordResets from this address.');
  expectError((await server.anonymous().request(SIGN_IN)).errors, 'UNAUTHENTICATED');
});

test('an operation that is refused for its rate costs no statement, and one that is not seldom costs one for counting', async () => {
  const counted: Awaited<ReturnType<typeof countStatements>>[] = [];
  const server = endsWithTest(
    await startTestServer(
      { MAX_OPERATIONS_PER_ACCOUNT: '1000' },
      {
        worker: false,
        access: async ({ access }) => {
          counted.push(await countStatements(access, ['trainyard', 'trainyard rate limits']));
          return counted[0]?.access ?? access;
        },
      },
    ),
  );
  const [statements] = counted;
  if (statements === undefined) throw new Error('Nothing is counted.');
  const user = await server.signUp();
  await user.execute(ROLE.query);
  statements.reset();
  for (let n = 0; n < 19; n++) await user.execute(ROLE.query);
  const counting = () => Object.entries(statements.counts()).filter(([text]) => text.includes('rate_limits'));
  expect(counting()).toEqual([]);
  await sentUntilRefused(
    () => user.request(`{ ${Array.from({ length: 20 }, (_, n) => `a${n}: health { status }`).join(' ')} }`),
    60,
  );
  // The health checks go on by themselves, and read nothing of users.
  statements.reset();
  for (let n = 0; n < 50; n++) expect(isLimited((await user.request(ROLE.query)).errors)).toBe(true);
  expect(counting()).toEqual([]);
  expect(Object.keys(statements.counts()).filter((text) => /sessions|memberships|users/.test(text))).toEqual([]);
  await statements.close();
});

test('while the database is away operations are counted by the process, and answered', async () => {
  const broken: Awaited<ReturnType<typeof throughProxy>>[] = [];
  const server = endsWithTest(
    await startTestServer(
      { MAX_OPERATIONS_PER_ADDRESS: '50' },
      {
        worker: false,
        access: async ({ access }) => {
          broken.push(await throughProxy(access));
          return broken[0]?.access ?? access;
        },
      },
    ),
  );
  const [{ proxy } = { proxy: null }] = broken;
  if (proxy === null) throw new Error('There is no proxy.');
  await proxy.refuse();
  proxy.cut();
  const anonymous = new TestClient(server.url, null);
  await eventually(async () =>
    expect(await anonymous.request('{ __typename }')).toMatchObject({ data: { __typename: 'Query' }, errors: [] }),
  );
  expect(await sentUntilRefused(() => anonymous.request('{ __typename }'), 200)).toBeGreaterThan(0);
});

test('counts whose window has ended are deleted, and others stay', async () => {
  const server = await start({});
  const { owner, access } = server.database;
  await owner`insert into rate_limits (key, points, expire) values ('old', 1, 1000), ('new', 1, 3000)`;
  const limits = endsWithTest(RateLimits.open(access, server.config, NO_DEVICES, logger));
  await limits.deleteExpired(new Date(2_000));
  const keys = await owner`select key from rate_limits where key in ('old', 'new')`;
  expect(keys.map(({ key }) => key as string)).toEqual(['new']);
});

test('ten aliases of signIn count ten', async () => {
  const server = await start({ MAX_SIGN_INS_PER_ADDRESS: '25' });
  const limits = endsWithTest(RateLimits.open(server.database.access, server.config, NO_DEVICES, logger));
  const ten = Array.from({ length: 10 }, (_, n) => `a${n}: signIn(input: $i) { accessToken }`).join(' ');
  const document = parse(`mutation ($i: SignInInput!) { ...f } fragment f on Mutation { ${ten} }`);
  const anonymous = { cookies: SessionCookies.none(), caller: { verify: () => Promise.resolve(null) } };
  const context = { address: '192.0.2.7', ...anonymous } as unknown as Context;
  const admit = () => limits.admit(context, { document, operationName: null, variables: {} });
  await admit();
  await admit();
  await expect(admit()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
});

test('processes of one database with different limits, as in a restart one after the other, each grant what they allow', async () => {
  const server = await start({ MAX_OPERATIONS_PER_ADDRESS: '100000' });
  const lower = endsWithTest(
    await startApiProcess({ ...server.config, MAX_OPERATIONS_PER_ADDRESS: 20 }, server.database.access, logger),
  );
  await server.anonymous().execute('{ __typename }');
  const client = new TestClient(lower.url, null);
  expect(await sentUntilRefused(() => client.request('{ __typename }'), 20)).toBe(20);
});
