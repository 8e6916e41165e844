import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { expectError } from '../../support/expect-error.ts';
import { type MailServer, PUBLIC_URL, startMailServer } from '../../support/mail-server.ts';
import {
  freshEmail,
  isSignedIn,
  PASSWORD,
  signInWith,
  signUpWith,
  type Tokens,
  tryRefresh,
} from '../../support/people.ts';
import { openRaw } from '../../support/raw-http.ts';
import { openSession } from '../../support/raw-socket.ts';
import { SECRETS } from '../../support/secrets.ts';
import { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const NEW_PASSWORD = 'another horse battery';
const REQUEST_RESET = 'mutation ($email: String!) { requestPasswordReset(email: $email) }';
const RESET = `mutation ($token: String!, $new: String!) {
  resetPassword(token: $token, new: $new, tokenTransport: BODY) { accessToken refreshToken } }`;
const CHANGE =
  'mutation ($current: String!, $new: String!) { changePassword(current: $current, new: $new) { signedOutElsewhere } }';

let mails: MailServer;
let server: TestServer;
let url: string;

beforeAll(async () => {
  mails = await startMailServer();
  server = await startTestServer({ ...SECRETS, ...mails.settings }, { worker: false });
  url = server.address;
});

afterAll(async () => {
  await server.close();
  await mails.close();
});

/** Somebody who has signed up, and whose mail about that has been read. */
async function newUser(): Promise<Tokens & { readonly email: string; readonly verification: string }> {
  const user = await signUpWith(url);
  const { to, token } = await mails.next();
  expect(to).toEqual([user.email]);
  return { ...user, verification: token };
}

function clientOf({ accessToken }: Tokens): TestClient {
  return new TestClient(url, accessToken);
}

/** The token of a mail that was asked for. */
async function resetToken(email: string): Promise<string> {
  expect(await new TestClient(url, null).execute(REQUEST_RESET, { email })).toEqual({ requestPasswordReset: true });
  return (await mails.next()).token;
}

function reset(token: string, password = NEW_PASSWORD) {
  return new TestClient(url, null).request<{ resetPassword: Tokens }>(RESET, { token, new: password });
}

async function auditActions(accessToken: string): Promise<string[]> {
  const rows = await server.database.owner`select action from audit_entries
    where workspace_id = ${String(decodeJwt(accessToken)['workspace'])} order by created_at`;
  return rows.map(({ action }) => action as string);
}

describe('changePassword', () => {
  test('a changed password ends the other sessions, keeps this one, and is needed from then on', async () => {
    const user = await newUser();
    const other = await signInWith(url, user.email);
    const socket = await openSession(url, { authorization: `Bearer ${other.accessToken}` });
    const changed = await clientOf(user).execute(CHANGE, { current: PASSWORD, new: NEW_PASSWORD });
    expect(changed).toEqual({ changePassword: { signedOutElsewhere: true } });
    expect(await socket.closed).toMatchObject({ code: 4401 });
    expectError((await tryRefresh(url, other.refreshToken)).errors, 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
    expect(await isSignedIn(url, user.accessToken)).toBe(true);
    await expect(signInWith(url, user.email)).rejects.toThrow('WRONG_CREDENTIALS');
    await signInWith(url, user.email, NEW_PASSWORD);
    expect(await auditActions(user.accessToken)).toContain('password.changed');
  });

  test('signedOutElsewhere is false if there was no other session', async () => {
    const user = await newUser();
    const changed = await clientOf(user).execute(CHANGE, { current: PASSWORD, new: NEW_PASSWORD });
    expect(changed).toEqual({ changePassword: { signedOutElsewhere: false } });
  });

  test('a wrong current password changes nothing, and is recorded', async () => {
    const user = await newUser();
    const { errors } = await clientOf(user).request(CHANGE, { current: 'wrong horse', new: NEW_PASSWORD });
    expectError(errors, 'UNAUTHENTICATED', { reason: 'WRONG_CREDENTIALS', argument: 'current' });
    await signInWith(url, user.email);
    expect(await auditActions(user.accessToken)).toContain('session.refused');
  });

  test('a new password that is too short is refused before anything is checked', async () => {
    const { errors } = await clientOf(await newUser()).request(CHANGE, { current: 'wrong horse', new: 'short' });
    expectError(errors, 'BAD_USER_INPUT', { argument: 'new' });
  });
});

describe('a password reset', () => {
  test('a link is mailed to the account, begins with PUBLIC_URL whatever the Host header says, and is in plain text', async () => {
    const { email } = await newUser();
    const body = JSON.stringify({ query: REQUEST_RESET, variables: { email } });
    const connection = openRaw(url);
    connection.write(
      `POST /graphql HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
    expect(await connection.received).toContain('{"requestPasswordReset":true}');
    const mail = await mails.next();
    expect(mail).toMatchObject({ to: [email], from: 'no-reply@trainyard.example' });
    expect(mail.link).toMatch(`${PUBLIC_URL}/reset-password#token=trainyard_reset_`);
    expect(mail.raw).not.toContain('evil.example');
    expect(mail.raw).toContain('Content-Type: text/plain');
  });

  test('a reset sets the password, opens a session, and ends all others with their refresh tokens and sockets', async () => {
    const user = await newUser();
    const socket = await openSession(url, { authorization: `Bearer ${user.accessToken}` });
    const { data } = await reset(await resetToken(user.email));
    expect(await socket.closed).toMatchObject({ code: 4401 });
    expect(await isSignedIn(url, String(data?.resetPassword.accessToken))).toBe(true);
    expect(await isSignedIn(url, user.accessToken)).toBe(false);
    expectError((await tryRefresh(url, user.refreshToken)).errors, 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
    await expect(signInWith(url, user.email)).rejects.toThrow('WRONG_CREDENTIALS');
    await signInWith(url, user.email, NEW_PASSWORD);
    expect(await auditActions(user.accessToken)).toContain('password.reset');
    const [row] = await server.database.owner`select email_verified_at from users where email = ${user.email}`;
    expect(row?.['email_verified_at']).toBeInstanceOf(Date);
  });

  test('a reset ends the API keys that the user has made', async () => {
    const user = await newUser();
    const { createApiKey } = await clientOf(user).execute<{ createApiKey: { key: string } }>(
      'mutation { createApiKey(input: { name: "program" }) { key } }',
    );
    const program = new TestClient(url, createApiKey.key);
    expect(await program.execute('{ datasets { totalCount } }')).toEqual({ datasets: { totalCount: 0 } });
    await reset(await resetToken(user.email));
    expectError((await program.request('{ datasets { totalCount } }')).errors, 'UNAUTHENTICATED');
  });

  test('a link is valid once, also for two who open it at once, and a reset ends the user’s other links', async () => {
    const { email } = await newUser();
    const [unused, token] = [await resetToken(email), await resetToken(email)];
    const answers = await Promise.all([reset(token, 'password one'), reset(token, 'password two')]);
    const refused = answers.filter(({ errors }) => errors.length > 0);
    expect(refused).toHaveLength(1);
    expectError(refused[0]?.errors, 'BAD_USER_INPUT', { argument: 'token' });
    expectError((await reset(unused)).errors, 'BAD_USER_INPUT', { argument: 'token' });
  });

  test('an expired, made-up or other link is refused', async () => {
    const { email, verification, refreshToken } = await newUser();
    const token = await resetToken(email);
    await server.database.owner`update mail_tokens set expires_at = now() - interval '1 second'
      where purpose = 'RESET_PASSWORD'`;
    for (const wrong of [token, verification, refreshToken, 'x', '', `trainyard_reset_${'A'.repeat(64)}`]) {
      expectError((await reset(String(wrong))).errors, 'BAD_USER_INPUT', { argument: 'token' });
    }
    await signInWith(url, email);
  });

  test('a changed password ends the links that were mailed before', async () => {
    const user = await newUser();
    const token = await resetToken(user.email);
    await clientOf(user).execute(CHANGE, { current: PASSWORD, new: NEW_PASSWORD });
    expectError((await reset(token)).errors, 'BAD_USER_INPUT');
  });

  test('requestPasswordReset is true for an unknown address and for what is none, and nothing is mailed', async () => {
    for (const email of [freshEmail(), 'nobody', '', 'a@b\nbcc: c@d']) {
      expect(await new TestClient(url, null).execute(REQUEST_RESET, { email })).toEqual({ requestPasswordReset: true });
    }
    // A mail that was asked for later has come, so one of those would have.
    const { email } = await newUser();
    await resetToken(email);
    expect(mails.unread).toBe(0);
  });

  test('requestPasswordReset answers without a statement on the database: it takes as long for every address', async () => {
    const { email } = await newUser();
    const held = await server.database.owner.reserve();
    await held`begin`;
    await held`lock table users in access exclusive mode`;
    try {
      for (const each of [email, freshEmail()]) {
        expect(await new TestClient(url, null).execute(REQUEST_RESET, { email: each })).toEqual({
          requestPasswordReset: true,
        });
      }
    } finally {
      await held`rollback`;
      held.release();
    }
    expect((await mails.next()).to).toEqual([email]);
  });

  test('a client that asks for the passwords of many addresses keeps the mail of nobody else back', async () => {
    const proxied = endsWithTest(
      await startTestServer({ ...mails.settings, TRUSTED_PROXIES: '127.0.0.1' }, { worker: false }),
    );
    const { email } = await signUpWith(proxied.address);
    await mails.next();
    const ask = (address: string, client: string) =>
      fetch(`${proxied.address}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': client },
        body: JSON.stringify({ query: REQUEST_RESET, variables: { email: address } }),
      });
    const held = await proxied.database.owner.reserve();
    await held`begin`;
    await held`lock table users in access exclusive mode`;
    for (let sent = 0; sent < 1_100; sent += 50) {
      await Promise.all(Array.from({ length: 50 }, () => ask(freshEmail(), '198.51.100.1')));
    }
    await ask(email, '203.0.113.1');
    await held`rollback`;
    held.release();
    expect((await mails.next()).to).toEqual([email]);
  });

  test('an account gets at most three mails an hour', async () => {
    const { email } = await newUser();
    for (let count = 0; count < 3; count++) await resetToken(email);
    await new TestClient(url, null).execute(REQUEST_RESET, { email });
    const other = await newUser();
    await resetToken(other.email);
    expect(mails.unread).toBe(0);
  });
});

describe('verifyEmail', () => {
  const VERIFY = 'mutation ($token: String!) { verifyEmail(token: $token) { email } }';

  test('the link of the mail that signUp sends verifies the address, once', async () => {
    const { email, verification } = await newUser();
    const client = new TestClient(url, null);
    expect(await client.execute(VERIFY, { token: verification })).toEqual({ verifyEmail: { email } });
    const [row] = await server.database.owner`select email_verified_at from users where email = ${email}`;
    expect(row?.['email_verified_at']).toBeInstanceOf(Date);
    expectError((await client.request(VERIFY, { token: verification })).errors, 'BAD_USER_INPUT', {
      argument: 'token',
    });
  });

  test('a token of another purpose verifies nothing', async () => {
    const { email } = await newUser();
    const { errors } = await new TestClient(url, null).request(VERIFY, { token: await resetToken(email) });
    expectError(errors, 'BAD_USER_INPUT', { argument: 'token' });
  });
});

describe('updateProfile', () => {
  test('updateProfile changes the name, removes it with null, and leaves it where it is left out', async () => {
    const client = clientOf(await newUser());
    const update = 'mutation ($name: String) { updateProfile(name: $name) { name } }';
    expect(await client.execute(update, { name: ' Ada ' })).toEqual({ updateProfile: { name: 'Ada' } });
    expect(await client.execute('mutation { updateProfile { name } }')).toEqual({ updateProfile: { name: 'Ada' } });
    expect(await client.execute('{ viewer { user { name } } }')).toEqual({ viewer: { user: { name: 'Ada' } } });
    expect(await client.execute(update, { name: null })).toEqual({ updateProfile: { name: null } });
    expectError((await client.request(update, { name: 'a\u202Eb' })).errors, 'BAD_USER_INPUT', { argument: 'name' });
  });
});
