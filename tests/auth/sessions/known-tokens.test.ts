import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AccessTokens } from '../../../src/auth/sessions/access-tokens.ts';
import { TokenKeys } from '../../../src/auth/sessions/token-keys.ts';
import { SignedTokens } from '../../../src/platform/signed-tokens.ts';
import { SECRETS } from '../../support/secrets.ts';

const CLAIMS = { userId: randomUUID(), workspaceId: randomUUID(), sessionId: randomUUID() };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

async function createTokens(): Promise<AccessTokens> {
  return new AccessTokens(await TokenKeys.parse(SECRETS.TOKEN_KEYS), new SignedTokens(SECRETS.TOKEN_SECRET));
}

test('a token that was verified before expires at the same second as one that was not', async () => {
  const [tokens, others] = [await createTokens(), await createTokens()];
  const { token, expiresAt } = await tokens.sign(CLAIMS);
  const first = await tokens.verify(token);
  expect(first).toMatchObject({ claims: CLAIMS, isExpired: false });
  expect(await tokens.verify(token)).toEqual(first);
  for (const [milliseconds, isExpired] of [
    [-1, false],
    [0, true],
    [1_000, true],
  ] as const) {
    vi.setSystemTime(expiresAt.getTime() + milliseconds);
    expect((await tokens.verify(token))?.isExpired).toBe(isExpired);
    // It has never seen the token before, or only as an expired one.
    expect((await (isExpired ? others : await createTokens()).verify(token))?.isExpired).toBe(isExpired);
  }
});

test('a token that differs from a known one in one character is refused, and stays so', async () => {
  const tokens = await createTokens();
  const { token } = await tokens.sign(CLAIMS);
  expect(await tokens.verify(token)).not.toBeNull();
  const at = token.lastIndexOf('.') + 5;
  const forged = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
  expect(await tokens.verify(forged)).toBeNull();
  expect(await tokens.verify(forged)).toBeNull();
});
