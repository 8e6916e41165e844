import { decodeProtectedHeader, jwtVerify } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { IssuerKeys } from '../../../src/auth/outside/issuer-keys.ts';
import { TestIssuer } from '../../support/test-issuer.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let issuer: TestIssuer;
/** The clock of the keys. */
let now: number;
let failures: string[];

beforeEach(async () => {
  issuer = await TestIssuer.start('/realms/shop');
  now = 0;
  failures = [];
});

afterEach(() => issuer.close());

function keysOf(
  settings: { issuer: string; jwksUri: string | null } = { issuer: issuer.url, jwksUri: null },
): IssuerKeys {
  const onFailure = (error: unknown) => void failures.push(error instanceof Error ? error.message : String(error));
  return new IssuerKeys({ issuer: settings, onFailure, now: () => now });
}

/** Whether a token can be verified; else the code of the error. */
async function outcomeOf(keys: IssuerKeys, token: string): Promise<string> {
  try {
    await jwtVerify(token, keys.find);
    return 'verified';
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}

/** A token with a made-up key id. */
function unknownToken(number: number): Promise<string> {
  return issuer.sign({}, { header: { kid: `made up ${number}` } });
}

test('the keys are found by discovery, and read once, however many tokens wait for them', async () => {
  const keys = keysOf();
  const token = await issuer.sign();
  expect(issuer.requests.size).toBe(0);
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcomeOf(keys, token)));
  expect(new Set(outcomes)).toEqual(new Set(['verified']));
  expect(Object.fromEntries(issuer.requests)).toEqual({
    '/realms/shop/.well-known/openid-configuration': 1,
    '/keys': 1,
  });
});

test('with a jwksUri nothing is discovered', async () => {
  const keys = keysOf({ issuer: issuer.url, jwksUri: new URL('/keys', issuer.url).href });
  expect(await outcomeOf(keys, await issuer.sign())).toBe('verified');
  expect([...issuer.requests.keys()]).toEqual(['/keys']);
});

test('a new key is found at its first token, while the old one is still good', async () => {
  const keys = keysOf();
  const old = await issuer.sign();
  expect(await outcomeOf(keys, old)).toBe('verified');
  await issuer.addKey();
  expect(await outcomeOf(keys, await issuer.sign())).toBe('verified');
  expect(await outcomeOf(keys, old)).toBe('verified');
  expect(issuer.keyRequests).toBe(2);
});

test('a key that the issuer has withdrawn is good for ten minutes at most', async () => {
  const keys = keysOf();
  const old = await issuer.sign();
  expect(await outcomeOf(keys, old)).toBe('verified');
  await issuer.addKey();
  issuer.withdrawOldKeys();
  now = 10 * MINUTE;
  expect(await outcomeOf(keys, old)).toBe('ERR_JWKS_NO_MATCHING_KEY');
  expect(await outcomeOf(keys, await issuer.sign())).toBe('verified');
});

test('a flood of a thousand tokens with made-up key ids asks the issuer for its keys once more, and then once in 30 seconds', async () => {
  const keys = keysOf();
  expect(await outcomeOf(keys, await issuer.sign())).toBe('verified');
  const flood = async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 1_000 }, async (_, number) => outcomeOf(keys, await unknownToken(number))),
    );
    expect(new Set(outcomes)).toEqual(new Set(['ERR_JWKS_NO_MATCHING_KEY']));
  };
  await flood();
  expect(issuer.keyRequests).toBe(2);
  now = 29 * SECOND;
  await flood();
  expect(issuer.keyRequests).toBe(2);
  // Whoever has a good token is not kept out by it.
  expect(await outcomeOf(keys, await issuer.sign())).toBe('verified');
  now = 31 * SECOND;
  await flood();
  expect(issuer.keyRequests).toBe(3);
});

test('an issuer that is away is asked once in 10 seconds, and found again', async () => {
  const keys = keysOf();
  const token = await issuer.sign();
  issuer.answer = (_request, response) => {
    response.writeHead(500).end();
    return true;
  };
  expect(await outcomeOf(keys, token)).toBe('SERVICE_UNAVAILABLE');
  expect(await outcomeOf(keys, token)).toBe('SERVICE_UNAVAILABLE');
  expect(failures).toEqual([expect.stringContaining('answers 500')]);
  issuer.answer = null;
  now = 9 * SECOND;
  expect(await outcomeOf(keys, token)).toBe('SERVICE_UNAVAILABLE');
  now = 11 * SECOND;
  expect(await outcomeOf(keys, token)).toBe('verified');
});

test('while an issuer is away its known keys are good for an hour, and no longer', async () => {
  const keys = keysOf();
  const token = await issuer.sign();
  expect(await outcomeOf(keys, token)).toBe('verified');
  issuer.answer = ({ socket }) => {
    socket.destroy();
    return true;
  };
  for (const minutes of [11, 30, 59]) {
    now = minutes * MINUTE;
    expect(await outcomeOf(keys, token), String(minutes)).toBe('verified');
  }
  now = 61 * MINUTE;
  expect(await outcomeOf(keys, token)).toBe('SERVICE_UNAVAILABLE');
});

test.each([
  [
    'of another issuer',
    { issuer: 'https://elsewhere.example.com' },
    'is of the issuer "https://elsewhere.example.com"',
  ],
  ['without an address of keys', { jwks_uri: undefined }, 'has no jwks_uri'],
  [
    'whose keys are on another machine without TLS',
    { jwks_uri: 'http://192.0.2.1/keys' },
    'has no jwks_uri with https',
  ],
  ['whose keys are in a file', { jwks_uri: 'file:///etc/passwd' }, 'has no jwks_uri with https'],
])('a discovery document %s is refused', async (_, said, reason) => {
  issuer.discovery = said;
  expect(await outcomeOf(keysOf(), await issuer.sign())).toBe('SERVICE_UNAVAILABLE');
  expect(failures).toEqual([expect.stringContaining(reason)]);
});

test('a redirect is not followed, and an endless answer is cut off', async () => {
  const token = await issuer.sign();
  issuer.answer = (request, response) => {
    if (request.url !== '/keys') return false;
    response.writeHead(302, { location: '/elsewhere' }).end();
    return true;
  };
  expect(await outcomeOf(keysOf(), token)).toBe('SERVICE_UNAVAILABLE');
  expect(issuer.requests.get('/elsewhere')).toBeUndefined();
  issuer.answer = (request, response) => {
    if (request.url !== '/keys') return false;
    const write = () => {
      while (!response.closed && response.write(' '.repeat(100_000)));
    };
    response.on('drain', write).writeHead(200);
    write();
    return true;
  };
  expect(await outcomeOf(keysOf(), token)).toBe('SERVICE_UNAVAILABLE');
  expect(failures).toEqual([expect.stringContaining('answers 302'), expect.stringContaining('more than 512000 bytes')]);
});

test('addresses of keys that a token names are not asked', async () => {
  const header = { jku: `${new URL(issuer.url).origin}/stolen`, x5u: `${new URL(issuer.url).origin}/stolen` };
  const token = await issuer.sign({}, { header });
  expect(decodeProtectedHeader(token)).toMatchObject(header);
  await outcomeOf(keysOf(), token);
  expect(issuer.requests.get('/stolen')).toBeUndefined();
});
