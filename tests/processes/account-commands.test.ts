import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectError } from '../support/expect-error.ts';
import { freshEmail, isSignedIn, signInWith, signUpWith, tryRefresh } from '../support/people.ts';
import { SECRETS } from '../support/secrets.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { start } from './command.ts';

let server: TestServer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer(SECRETS, { worker: false });
  folder = await mkdtemp(join(tmpdir(), 'trainyard-accounts-'));
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a command on the server's database, to its end. */
async function run(args: readonly string[], settings: Record<string, string> = {}) {
  const { appUrl, ownerUrl } = server.database.access;
  const database = { DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, DATA_DIRECTORY: folder };
  const command = start(args, { ...database, LOG_LEVEL: 'trace', ...settings });
  return { code: await command.ended, output: command.output() };
}

function passwordIn(output: string): string {
  return /^.*Password: (\S+)$/m.exec(output)?.[1] ?? '';
}

describe('accounts without a mail server', () => {
  test('create-owner makes an account also where sign-up is closed, and prints its password once, outside of the log', async () => {
    const email = freshEmail();
    const { code, output } = await run(['create-owner', email], { SIGN_UP: 'closed' });
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining(`Created ${email}`) });
    const password = passwordIn(output);
    expect(password).toMatch(/^[\w-]{24}$/);
    const inLog = output.split('\n').filter((line) => line.startsWith('{') && line.includes(password));
    expect(inLog).toEqual([]);
    const { accessToken } = await signInWith(server.url, email, password);
    expect(await isSignedIn(server.url, accessToken)).toBe(true);
  });

  test('reset-password sets a new password, and ends the sessions of the user', async () => {
    const user = await signUpWith(server.url);
    const { code, output } = await run(['reset-password', user.email.toUpperCase()]);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(await isSignedIn(server.url, user.accessToken)).toBe(false);
    await expect(signInWith(server.url, user.email)).rejects.toThrow('WRONG_CREDENTIALS');
    await signInWith(server.url, user.email, passwordIn(output));
  });

  test('an unknown address, and anything but one address, is refused with what to do', async () => {
    const unknown = await run(['reset-password', 'nobody@example.com']);
    expect(unknown).toMatchObject({
      code: 1,
      output: expect.stringContaining('there is no account of nobody@example.com'),
    });
    const none = await run(['create-owner']);
    expect(none).toMatchObject({ code: 1, output: expect.stringContaining('create-owner takes EMAIL') });
  });
});

test('a restored database revives no ended session: end-sessions ends what the backup did not know of', async () => {
  const user = await signUpWith(server.url);
  const { owner } = server.database;
  // The backup: what stood before the sign-out and the refresh.
  const backup = await owner`select * from sessions`;
  const tokens = await owner`select * from refresh_tokens`;
  const { data } = await tryRefresh(server.url, user.refreshToken);
  const latest = data?.refreshSession ?? null;
  await owner`update sessions set ended_at = now()`;
  await owner.begin(async (sql) => {
    await sql`delete from refresh_tokens`;
    await sql`delete from sessions`;
    for (const row of backup) await sql`insert into sessions ${sql(row)}`;
    for (const row of tokens) await sql`insert into refresh_tokens ${sql(row)}`;
  });
  // Without the command the session would go on.
  expect(await isSignedIn(server.url, user.accessToken)).toBe(true);
  const { code, output } = await run(['end-sessions']);
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/Ended \d+ sessions/) });
  for (const token of [user.accessToken, latest?.accessToken ?? '']) {
    expect(await isSignedIn(server.url, token)).toBe(false);
  }
  for (const token of [user.refreshToken, latest?.refreshToken ?? '']) {
    expectError((await tryRefresh(server.url, token)).errors, 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
  }
});

describe('the secrets of a server', () => {
  test('with the embedded database they are made at the first start, in files that only the server’s user can read', async () => {
    for (const file of ['token-secret', 'token-keys.pem']) {
      const own = await startTestServer({}, { worker: false });
      try {
        const path = join(own.config.DATA_DIRECTORY, file);
        expect((await stat(path)).mode & 0o777, file).toBe(0o600);
        expect(await readFile(path, 'utf8')).toMatch(file === 'token-secret' ? /^[0-9a-f]{64}$/ : /BEGIN PRIVATE KEY/);
      } finally {
        await own.close();
      }
    }
  });

  test.each([
    ['TOKEN_KEYS', 'openssl genpkey -algorithm ed25519'],
    ['TOKEN_SECRET', 'openssl rand -hex 32'],
  ])('with a database of the operator a start without %s fails, and says how to make it', async (name, command) => {
    const { code, output } = await run(['api'], { [name]: '', PORT: '0' });
    expect(code).toBe(1);
    expect(output).toContain(`${name}_MISSING`);
    expect(output).toContain(`${name}_FILE=FILE`);
    expect(output).toContain(JSON.stringify(command).slice(1, -1));
  });
});
