import { expect, test } from 'vitest';
import { startMailServer } from '../support/mail-server.ts';
import { freshEmail, refresh, signInWith, signUpWith, tryRefresh } from '../support/people.ts';
import { openSession } from '../support/raw-socket.ts';
import { SECRETS } from '../support/secrets.ts';
import { TestClient } from '../support/test-client.ts';
import { startTestServer } from '../support/test-server.ts';

const PASSWORDS = ['correct horse battery', 'planted horse one', 'planted horse two', 'planted wrong horse'];
const RESET = `mutation ($token: String!, $new: String!) {
  resetPassword(token: $token, new: $new, tokenTransport: BODY) { accessToken refreshToken } }`;

test('no password, token, link, key or address of people reaches the log, whatever they do with their accounts', async () => {
  const mails = await startMailServer();
  let log = '';
  const write = (line: string) => {
    log += line;
  };
  const settings = { ...SECRETS, ...mails.settings, LOG_LEVEL: 'trace' };
  const server = await startTestServer(settings, { worker: false, log: { write } });
  const url = server.address;
  const secrets = [...PASSWORDS, ...SECRETS.TOKEN_KEYS.split('\n').slice(1, -2), SECRETS.TOKEN_SECRET];
  secrets.push('planted-mail-password');
  const keep = (...texts: (string | null | undefined)[]) => void secrets.push(...texts.flatMap((text) => text ?? []));
  try {
    const user = await signUpWith(url);
    const verification = await mails.next();
    const client = new TestClient(url, user.accessToken);
    const next = await refresh(url, user.refreshToken);
    const other = await signInWith(url, user.email);
    keep(user.email, user.accessToken, user.refreshToken, next.accessToken, next.refreshToken, verification.token);
    keep(other.accessToken, other.refreshToken);
    await client.execute('mutation ($token: String!) { verifyEmail(token: $token) { id } }', {
      token: verification.token,
    });
    const { createApiKey } = await client.execute<{ createApiKey: { key: string } }>(
      'mutation { createApiKey(input: { name: "program" }) { key } }',
    );
    keep(createApiKey.key);
    await new TestClient(url, createApiKey.key).execute('{ datasets { totalCount } }');
    const socket = await openSession(url, { authorization: `Bearer ${next.accessToken}` });
    await socket.ask('1', { query: '{ viewer { id } }' });
    socket.terminate();
    const change =
      'mutation ($current: String!, $new: String!) { changePassword(current: $current, new: $new) { __typename } }';
    await client.request(change, { current: PASSWORDS[3], new: PASSWORDS[1] });
    await client.execute(change, { current: PASSWORDS[0], new: PASSWORDS[1] });
    await client.execute('mutation ($email: String!) { requestPasswordReset(email: $email) }', { email: user.email });
    const { token, link } = await mails.next();
    keep(token, link);
    await client.request(RESET, { token: `${token}x`, new: PASSWORDS[2] });
    const { resetPassword } = await client.execute<{ resetPassword: { accessToken: string; refreshToken: string } }>(
      RESET,
      {
        token,
        new: PASSWORDS[2],
      },
    );
    keep(resetPassword.accessToken, resetPassword.refreshToken);
    // What fails: a token that was used, a session that has ended, a forged one, a mail server that is away.
    await tryRefresh(url, user.refreshToken);
    await client.request('{ datasets { totalCount } }');
    await new TestClient(url, `${resetPassword.accessToken}x`).request('{ datasets { totalCount } }');
    await mails.close();
    const lost = freshEmail();
    keep(lost, (await signUpWith(url, lost)).accessToken);
    await new TestClient(url, resetPassword.accessToken).execute(
      'mutation ($password: String!) { deleteAccount(password: $password) { id } }',
      { password: PASSWORDS[2] },
    );
  } finally {
    await server.close();
  }
  expect(log).toContain('a mail could not be sent');
  expect(log).toContain('Mutation.deleteAccount');
  expect(secrets.length).toBeGreaterThan(18);
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
});
