import { afterAll, beforeAll, expect, test } from 'vitest';
import { KnownDevices } from '../../../src/auth/sessions/known-devices.ts';
import { SignedTokens } from '../../../src/platform/signed-tokens.ts';
import { Browser } from '../../support/browser-cookies.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { freshEmail, PASSWORD } from '../../support/people.ts';
import { SECRETS } from '../../support/secrets.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }';
const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }';
const WRONG = 'wrong horse battery';
const DEVICE = 'trainyard-device';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(SECRETS, { worker: false });
});

afterAll(() => server.close());

/** A browser that has signed up, and signed out. */
async function knownBrowser(url: string, email: string): Promise<Browser> {
  const browser = new Browser(url);
  await browser.send(SIGN_UP, { input: { email, password: PASSWORD } });
  await browser.send('mutation { signOut { everywhere } }');
  return browser;
}

const codesOf = (answers: readonly { errors: readonly { extensions: { code?: unknown } }[] }[]) =>
  answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions.code));

test('a browser that has signed in is known by a cookie, which stays when it signs out and opens nothing', async () => {
  const browser = await knownBrowser(server.url, freshEmail());
  expect([...browser.cookies.keys()]).toEqual([DEVICE]);
  expect(browser.attributes.get(DEVICE)).toEqual(['HttpOnly', 'Max-Age=34560000', 'Path=/', 'SameSite=Strict']);
  expect((await browser.send('{ viewer { id } }')).data).toEqual({ viewer: null });
  const { errors } = await browser.send(
    '{ viewer { id } }',
    {},
    { authorization: `Bearer ${browser.cookies.get(DEVICE)}` },
  );
  expect(errors).toEqual([]);
});

test('a known browser signs in while a flood of wrong passwords from its own address fills the lane of its account', async () => {
  const email = freshEmail();
  const browser = await knownBrowser(server.url, email);
  const { owner } = server.database;
  // Every attempt that has its turn waits for the table: none ends before the flood has filled the lane.
  const lock = await owner.reserve();
  await lock`begin`;
  await lock`lock table password_hashes in access exclusive mode`;
  const waiting = async (expected: number) =>
    await eventually(async () => {
      const rows = await owner`select from pg_locks where not granted and relation = 'password_hashes'::regclass`;
      expect(rows).toHaveLength(expected);
    });
  const attempt = () => server.anonymous().request(SIGN_IN, { input: { email, password: WRONG } });
  const flood = [attempt()];
  await waiting(1);
  const refused: unknown[] = [];
  const counted = (answer: ReturnType<typeof attempt>) => answer.then((it) => refused.push(...codesOf([it])));
  const rest = Array.from({ length: 40 }, () => counted(attempt()));
  await eventually(() => expect(refused).toEqual(Array.from({ length: 30 }, () => 'RATE_LIMITED')));
  // The owner on a device that is not known is refused as everybody else from there.
  const unknown = await server.anonymous().request(SIGN_IN, { input: { email, password: PASSWORD } });
  expect(codesOf([unknown])).toEqual(['RATE_LIMITED']);
  const known = browser.send(SIGN_IN, { input: { email, password: PASSWORD } });
  await waiting(2);
  await lock`rollback`;
  lock.release();
  expect((await known).errors).toEqual([]);
  await Promise.all([...flood, ...rest]);
});

test('a known browser counts apart from its address: who shares the address keeps it out of nothing', async () => {
  const settings = { ...SECRETS, MAX_SIGN_INS_PER_ADDRESS: '3', MAX_OPERATIONS_PER_ADDRESS: '40' };
  const limited = endsWithTest(await startTestServer(settings, { worker: false }));
  const email = freshEmail();
  const browser = await knownBrowser(limited.url, email);
  for (let sent = 0; sent < 50; sent += 1) {
    await limited.anonymous().request(SIGN_IN, { input: { email, password: WRONG } });
  }
  const unknown = await new Browser(limited.url).send(SIGN_IN, { input: { email, password: PASSWORD } });
  expect(codesOf([unknown])).toEqual(['RATE_LIMITED']);
  expect((await browser.send(SIGN_IN, { input: { email, password: PASSWORD } })).errors).toEqual([]);
  // The cookie helps nobody to try the passwords of another account, nor to do anything else.
  const other = await browser.send(SIGN_IN, { input: { email: freshEmail(), password: WRONG } });
  const twice = await browser.send(
    'mutation ($a: SignInInput!, $b: SignInInput!) { signIn(input: $a) { accessToken } b: signIn(input: $b) { accessToken } }',
    { a: { email, password: PASSWORD }, b: { email: freshEmail(), password: WRONG } },
  );
  expect(codesOf([other])).toEqual(['RATE_LIMITED']);
  expect(twice.errors.length).toBeGreaterThan(0);
  expect(twice.data ?? null).toBeNull();
});

test('a known browser has as many attempts as an address', async () => {
  const limited = endsWithTest(await startTestServer({ ...SECRETS, MAX_SIGN_INS_PER_ADDRESS: '3' }, { worker: false }));
  const email = freshEmail();
  const browser = await knownBrowser(limited.url, email);
  const answers = [];
  for (let sent = 0; sent < 5; sent += 1) {
    answers.push(await browser.send(SIGN_IN, { input: { email, password: WRONG } }));
  }
  const wrong = ['UNAUTHENTICATED', 'UNAUTHENTICATED', 'UNAUTHENTICATED'];
  expect(codesOf(answers)).toEqual([...wrong, 'RATE_LIMITED', 'RATE_LIMITED']);
});

test('who once knew the password is no known device any more, and whoever has changed it still is', async () => {
  const settings = { ...SECRETS, MAX_SIGN_INS_PER_ADDRESS: '4' };
  const limited = endsWithTest(await startTestServer(settings, { worker: false }));
  const email = freshEmail();
  const [former, owner] = [new Browser(limited.url), new Browser(limited.url)];
  await owner.send(SIGN_UP, { input: { email, password: PASSWORD } });
  await former.send(SIGN_IN, { input: { email, password: PASSWORD } });
  const changed = await owner.send(
    'mutation ($current: String!, $new: String!) { changePassword(current: $current, new: $new) { signedOutElsewhere } }',
    {
      ...{ current: PASSWORD, new: 'another horse battery' },
    },
  );
  expect(changed.errors).toEqual([]);
  const answers = [];
  for (let sent = 0; sent < 5; sent += 1) {
    answers.push(await former.send(SIGN_IN, { input: { email, password: WRONG } }));
  }
  // Its attempts count for its address, as those of everybody there.
  expect(codesOf(answers).at(-1)).toBe('RATE_LIMITED');
  const unknown = await new Browser(limited.url).send(SIGN_IN, { input: { email, password: 'another horse battery' } });
  expect(codesOf([unknown])).toEqual(['RATE_LIMITED']);
  expect((await owner.send(SIGN_IN, { input: { email, password: 'another horse battery' } })).errors).toEqual([]);
});

test('a device is known for its own account alone, by a token that this server has signed, and stays the same device', async () => {
  const findHash = () => Promise.resolve('the hash of a password');
  const devices = new KnownDevices(new SignedTokens(SECRETS.TOKEN_SECRET), findHash);
  const token = await devices.remember('ada@example.com', null);
  const id = await devices.recognize(token, ' Ada@Example.com');
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(await devices.recognize(await devices.remember('ada@example.com', token), 'ada@example.com')).toBe(id);
  expect(await devices.recognize(token, 'grace@example.com')).toBeNull();
  expect(await devices.recognize(await devices.remember('grace@example.com', token), 'grace@example.com')).not.toBe(id);
  const forged = await new KnownDevices(
    new SignedTokens('another secret of more than 32 characters'),
    findHash,
  ).remember('ada@example.com', null);
  for (const other of [forged, `${token}x`, '', 'a.b.c', null]) {
    expect(await devices.recognize(other, 'ada@example.com')).toBeNull();
  }
  const link = await new SignedTokens(SECRETS.TOKEN_SECRET).sign('download', 'x', { device: id ?? '' }, 60);
  expect(await devices.recognize(link.token, 'ada@example.com')).toBeNull();
  expect(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).not.toContain('ada');
});
