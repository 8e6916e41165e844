import { createHash, randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { startApiProcess } from '../../../src/processes/api-process.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { expectError } from '../../support/expect-error.ts';
import { isSignedIn, refresh, signInWith, signUpWith, type Tokens, tryRefresh } from '../../support/people.ts';
import { openSession } from '../../support/raw-socket.ts';
import { SECRETS } from '../../support/secrets.ts';
import { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(SECRETS, { worker: false });
});

afterAll(() => server.close());

/** As if a refresh token had been used so long ago. */
async function usedBefore(token: string | null, seconds: number): Promise<void> {
  const changed = await server.database.owner`update refresh_tokens
    set used_at = used_at - make_interval(secs => ${seconds}) where hash = ${hashOf(token)}`;
  expect(changed.count).toBe(1);
}

function hashOf(token: string | null): Buffer {
  return createHash('sha256').update(String(token)).digest();
}

async function expectEnded(token: string | null): Promise<void> {
  const { errors } = await tryRefresh(server.url, token);
  expectError(errors, 'UNAUTHENTICATED', { reason: 'SESSION_ENDED' });
}

describe('refreshSession', () => {
  test('a refresh token gives new tokens of the same session, user and workspace', async () => {
    const first = await signUpWith(server.url);
    const second = await refresh(server.url, first.refreshToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    const [before, after] = [decodeJwt(first.accessToken), decodeJwt(second.accessToken)];
    for (const claim of ['sub', 'workspace', 'sid']) expect(after[claim], claim).toBe(before[claim]);
    expect(await isSignedIn(server.url, second.accessToken)).toBe(true);
    // The former access token is good until it expires: requests with it may be on their way.
    expect(await isSignedIn(server.url, first.accessToken)).toBe(true);
  });

  test('an access token is valid for fifteen minutes', async () => {
    const { exp = 0, iat = 0 } = decodeJwt((await signUpWith(server.url)).accessToken);
    expect(exp - iat).toBe(900);
  });

  test('a session can be refreshed again and again, and no token comes twice', async () => {
    let { refreshToken } = await signUpWith(server.url);
    const seen = new Set([refreshToken]);
    for (let count = 0; count < 5; count++) {
      ({ refreshToken } = await refresh(server.url, refreshToken));
      seen.add(refreshToken);
    }
    expect(seen.size).toBe(6);
  });

  test('a refresh token that was used before ends its session: its successor is worth nothing, and its sockets close with 4401', async () => {
    const stolen = await signUpWith(server.url);
    const other = await signInWith(server.url, stolen.email);
    const thief = await refresh(server.url, stolen.refreshToken);
    const socket = await openSession(server.url, { authorization: `Bearer ${thief.accessToken}` });
    await usedBefore(stolen.refreshToken, 11);
    await expectEnded(stolen.refreshToken);
    await expectEnded(thief.refreshToken);
    expect(await isSignedIn(server.url, thief.accessToken)).toBe(false);
    expect(await socket.closed).toEqual({ code: 4401, reason: 'Session ended' });
    // The user's other session is another family.
    expect(await refresh(server.url, other.refreshToken)).toMatchObject({ accessToken: expect.any(String) });
  });

  test('within ten seconds the same token gives the same successor: the answer may have been lost', async () => {
    const { refreshToken } = await signUpWith(server.url);
    const first = await refresh(server.url, refreshToken);
    await usedBefore(refreshToken, 4);
    const again = await refresh(server.url, refreshToken);
    expect(again.refreshToken).toBe(first.refreshToken);
    expect(await isSignedIn(server.url, again.accessToken)).toBe(true);
    await refresh(server.url, first.refreshToken);
  });

  test('a token that comes late, after its successor was used, leads to the newest one', async () => {
    const { refreshToken } = await signUpWith(server.url);
    const second = await refresh(server.url, refreshToken);
    const third = await refresh(server.url, second.refreshToken);
    expect((await refresh(server.url, refreshToken)).refreshToken).toBe(third.refreshToken);
  });

  test('of fifty parallel refreshes of one token, over two processes, one wins and nobody is thrown out', async () => {
    const second = endsWithTest(await startApiProcess(server.config, server.access, createLogger('fatal', 'test')));
    const { refreshToken } = await signUpWith(server.url);
    const answers: Tokens[] = await Promise.all(
      Array.from({ length: 50 }, (_, index) => refresh(index % 2 === 0 ? server.url : second.url, refreshToken)),
    );
    const successors = new Set(answers.map((answer) => answer.refreshToken));
    expect(successors.size).toBe(1);
    const signedIn = await Promise.all(answers.map(({ accessToken }) => isSignedIn(second.url, accessToken)));
    expect(signedIn).not.toContain(false);
    const unused = await server.database.owner`select hash from refresh_tokens
      where session_id = ${String(decodeJwt(answers[0]?.accessToken ?? '')['sid'])} and used_at is null`;
    expect(unused.map(({ hash }) => (hash as Buffer).toString('hex'))).toEqual(
      [...successors].map((token) => hashOf(token).toString('hex')),
    );
  });

  test('the database has no token, only hashes', async () => {
    const { refreshToken } = await signUpWith(server.url);
    const { refreshToken: next } = await refresh(server.url, refreshToken);
    const rows = await server.database.owner`select to_jsonb(refresh_tokens) as row from refresh_tokens`;
    const text = JSON.stringify(rows);
    for (const token of [refreshToken, next]) {
      const secret = Buffer.from(String(token).slice('trainyard_refresh_'.length), 'base64url').subarray(16);
      expect(text).not.toContain(secret.toString('hex'));
      expect(text).toContain(hashOf(token).toString('hex'));
    }
  });

  test('a refresh token of an ended or expired session is refused', async () => {
    const left = await signUpWith(server.url);
    await new TestClient(server.url, left.accessToken).execute('mutation { signOut { everywhere } }');
    await expectEnded(left.refreshToken);
    const forgotten = await signUpWith(server.url);
    await server.database.owner`update sessions set expires_at = now() - interval '1 second'
      where id = ${String(decodeJwt(forgotten.accessToken)['sid'])}`;
    await expectEnded(forgotten.refreshToken);
    expect(await isSignedIn(server.url, forgotten.accessToken)).toBe(false);
  });

  test('what is no refresh token of this server is refused', async () => {
    const { refreshToken, accessToken } = await signUpWith(server.url);
    const good = String(refreshToken);
    const changed = good.slice(0, -2) + (good.endsWith('AA') ? 'BA' : 'AA');
    const ofNobody = `trainyard_refresh_${Buffer.alloc(48, 7).toString('base64url')}`;
    for (const token of [changed, ofNobody, accessToken, '', 'x', `${good}=`, ` ${good}`, randomUUID()]) {
      await expectEnded(token);
    }
    await refresh(server.url, refreshToken);
  });

  test('without a refresh token the reason is NO_TOKEN', async () => {
    const { errors } = await tryRefresh(server.url, null);
    expectError(errors, 'UNAUTHENTICATED', { reason: 'NO_TOKEN' });
  });

  test('a session whose workspace the user has left goes on in another of theirs, and without one it is refused', async () => {
    const [leaving, host] = [await signUpWith(server.url), await signUpWith(server.url)];
    const { sub: userId = '', workspace: own } = decodeJwt(leaving.accessToken);
    const { workspace: joined } = decodeJwt(host.accessToken);
    await server.database.owner`insert into memberships (id, workspace_id, user_id, role, created_at)
      values (${randomUUID()}, ${String(joined)}, ${userId}, 'READER', now())`;
    await server.database.owner`delete from memberships where user_id = ${userId} and workspace_id = ${String(own)}`;
    const moved = await refresh(server.url, leaving.refreshToken);
    expect(decodeJwt(moved.accessToken)['workspace']).toBe(joined);
    await server.database.owner`delete from memberships where user_id = ${userId}`;
    const { errors } = await tryRefresh(server.url, moved.refreshToken);
    expectError(errors, 'FORBIDDEN');
  });
});
