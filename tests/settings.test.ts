import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Config, ConfigError, readConfig, SETTINGS, type Setting } from '../src/config.ts';
import { MAX_FOREIGN_BYTES } from '../src/ml/foreign/foreign-limits.ts';

/** What is wrong with an environment, a line for each mistake. */
function mistakesOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.errors;
    throw error;
  }
}

test('every mistake is told together', () => {
  expect(mistakesOf({ PORT: 'eighty', LOG_LEVEL: 'loud', DATABASE_OWNER_URL: 'postgres://host' })).toEqual([
    'PORT must be a whole number from 0 to 65535; got "eighty"',
    'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace; got "loud"',
    'DATABASE_OWNER_URL needs DATABASE_URL beside it',
  ]);
});

test('imported models may be as large as their readers take, and no larger', () => {
  expect(mistakesOf({ MAX_MODEL_IMPORT_BYTES: String(MAX_FOREIGN_BYTES) })).toEqual([]);
  expect(mistakesOf({ MAX_MODEL_IMPORT_BYTES: String(MAX_FOREIGN_BYTES + 1) })).toEqual([
    expect.stringContaining(`MAX_MODEL_IMPORT_BYTES must be a whole number from 1 to ${MAX_FOREIGN_BYTES}`),
  ]);
});

describe('a setting is read as', () => {
  test.each<[keyof Config, string, unknown]>([
    ['PORT', ' 8_080 ', 8080],
    ['PORT', '', 4000],
    ['WORKER_PORT', '', null],
    ['WORKER_PORT', '0', 0],
    ['MAX_EMPTY_RATIO', '1', 1],
    ['LOG_LEVEL', 'WARN', 'warn'],
    ['ENABLE_REAL_TRAINING', 'No', false],
    ['ENABLE_REAL_TRAINING', '1', true],
    ['PUBLIC_URL', 'https://trainyard.example.com/base//', 'https://trainyard.example.com/base'],
    ['CORS_ORIGINS', '', []],
    ['CORS_ORIGINS', 'https://a.example, http://localhost:5173,', ['https://a.example', 'http://localhost:5173']],
    ['TRUSTED_PROXIES', '10.0.0.0/8, fd00::/8,10.0.0.0/8', ['10.0.0.0/8', 'fd00::/8']],
    ['DATA_DIRECTORY', '/var/lib/trainyard', '/var/lib/trainyard'],
  ])('%s=%s', (name, text, value) => {
    expect(readConfig({ [name]: text })[name]).toEqual(value);
  });
});

describe('a wrong value is refused with what it must be and what it was', () => {
  test.each<[keyof Config, string, string]>([
    ['PORT', '65536', 'must be a whole number from 0 to 65535; got "65536"'],
    ['PORT', '80.5', 'must be a whole number from 0 to 65535; got "80.5"'],
    ['MAX_READING_MEMORY_BYTES', '9e99', 'must be a whole number from 64000000 to 9007199254740991; got "9e99"'],
    ['MAX_EMPTY_RATIO', '1.01', 'must be a number from 0 to 1; got "1.01"'],
    ['MAX_EMPTY_RATIO', 'half', 'must be a number from 0 to 1; got "half"'],
    ['ENABLE_REAL_TRAINING', 'maybe', 'must be true or false; got "maybe"'],
    ['PUBLIC_URL', 'ftp://host', 'must be an http or https address; got "ftp://host"'],
    [
      'CORS_ORIGINS',
      'https://a.example,https://b.example/path',
      'must list origins such as https://app.example.com, without a path; got "https://b.example/path"',
    ],
    ['TRUSTED_PROXIES', '10.0.0.1,proxy', 'must list addresses such as 10.0.0.7 or 10.0.0.0/8; got "proxy"'],
    ['OIDC_ISSUERS', 'https://a.example', 'must be a JSON list of issuers; got "https://a.example"'],
    ['OIDC_ISSUERS', '{}', 'must be a JSON list of issuers; got "{}"'],
    ['ALLOWED_UPLOAD_EXTENSIONS', 'csv;txt', 'must list extensions such as csv,txt; got "csv;txt"'],
  ])('%s=%s', (name, text, reason) => {
    expect(mistakesOf({ [name]: text })).toEqual([`${name} ${reason}`]);
  });
});

describe('an outside issuer', () => {
  const GOOD = { issuer: 'https://issuer.example.com/realms/shop', audience: 'trainyard' };

  function issuersOf(...issuers: object[]): Config['OIDC_ISSUERS'] {
    return readConfig({ OIDC_ISSUERS: JSON.stringify(issuers) }).OIDC_ISSUERS;
  }

  test('an outside issuer needs its address and an audience, and trusts nobody with a role that is not named', () => {
    expect(issuersOf(GOOD)).toEqual([
      {
        issuer: 'https://issuer.example.com/realms/shop',
        audience: ['trainyard'],
        jwksUri: null,
        algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
        types: ['at+jwt', 'jwt'],
        claims: {
          ...{ subject: ['sub'], email: ['email'], emailVerified: ['email_verified'], name: ['name'] },
          ...{ workspace: ['workspace'], workspaceName: null, role: ['role'] },
        },
        ...{ workspace: null, workspaces: null, roles: {}, defaultRole: null, machines: null, maxTokenSeconds: 86_400 },
      },
    ]);
    expect(readConfig({}).OIDC_ISSUERS).toEqual([]);
  });

  test.each<[object, string]>([
    [{ audience: undefined }, '0.audience must be a text or a list of texts'],
    [{ audience: [] }, '0.audience must not be empty'],
    [{ issuer: 'http://issuer.example.com' }, '0.issuer must be an https address'],
    [{ issuer: 'https://user:secret@issuer.example.com' }, '0.issuer must be an https address'],
    [{ issuer: 'https://issuer.example.com/?tenant=1' }, '0.issuer must be an https address'],
    [{ issuer: 'http://127.0.0.1.example.com' }, '0.issuer must be an https address'],
    [{ jwksUri: 'file:///keys.json' }, '0.jwksUri must be an https address'],
    [{ algorithms: ['HS256'] }, '0.algorithms.0 must be one of RS256'],
    [{ algorithms: ['none'] }, '0.algorithms.0 must be one of RS256'],
    [{ algorithms: [] }, '0.algorithms must not be empty'],
    [{ roles: { admin: 'ADMIN' } }, '0.roles.admin must be one of OWNER, EDITOR, READER'],
    [{ defaultRole: 'owner' }, '0.defaultRole must be one of OWNER, EDITOR, READER'],
    [{ claims: { tenant: 'x' } }, '0.claims has the unknown tenant'],
    [{ audiences: 'x' }, '0 has the unknown audiences'],
    [{ maxTokenSeconds: 0 }, '0.maxTokenSeconds must be 60 at least'],
  ])('an outside issuer with %j is refused, and the message says where', (wrong, message) => {
    const [mistake] = mistakesOf({ OIDC_ISSUERS: JSON.stringify([{ ...GOOD, ...wrong }]) });
    expect(mistake).toContain(`OIDC_ISSUERS must be a JSON list of issuers: ${message}`);
  });

  test('http is enough for an outside issuer on this machine, and each issuer may be listed once', () => {
    for (const host of ['localhost:8080', '127.0.0.1', '[::1]:8080']) {
      expect(issuersOf({ ...GOOD, issuer: `http://${host}/realms/shop` })).toHaveLength(1);
    }
    expect(mistakesOf({ OIDC_ISSUERS: JSON.stringify([GOOD, GOOD]) })).toEqual([
      expect.stringContaining('must have each issuer once'),
    ]);
  });
});

test('a secret that is refused is not repeated', () => {
  const secrets = Object.entries<Setting<unknown>>(SETTINGS).flatMap(([name, { isSecret }]) => (isSecret ? name : []));
  // No word of the messages themselves.
  const value = fc.stringMatching(/^[#%&@ ]{3,30}$/).filter((text) => text.trim().length > 2);
  fc.assert(
    fc.property(fc.constantFrom(...secrets), value, (name, text) => {
      for (const mistake of mistakesOf({ [name]: text })) expect(mistake).not.toContain(text.trim());
    }),
  );
  expect(mistakesOf({ TOKEN_SECRET: 'short' })).toEqual(['TOKEN_SECRET must have at least 32 characters']);
  expect(mistakesOf({ DATABASE_URL: 'mysql://user:password@host' })).toEqual([
    'DATABASE_URL must be a postgres:// address',
  ]);
});
