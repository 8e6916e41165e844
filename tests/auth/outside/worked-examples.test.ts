import { readFileSync } from 'node:fs';
import type { JWTPayload } from 'jose';
import { describe, expect, test } from 'vitest';
import { identityOf } from '../../../src/auth/outside/outside-claims.ts';
import { type OutsideIssuer, readConfig } from '../../../src/config.ts';

/** Settings and the claims of a token, one after the other, as docs/outside-issuers.md shows them. */
const BLOCKS = [...readFileSync('docs/outside-issuers.md', 'utf8').matchAll(/^```json\n(.*?)^```$/gms)].map(
  ([, json = '']) => json,
);

function issuerOf(json: string | undefined): OutsideIssuer {
  const [issuer] = readConfig({ OIDC_ISSUERS: json }).OIDC_ISSUERS;
  if (issuer === undefined) throw new Error('The document has no issuer there.');
  return issuer;
}

function claimsOf(json: string | undefined): JWTPayload {
  return JSON.parse(json ?? '') as JWTPayload;
}

const ADA = { name: 'Ada Lovelace', isMachine: false };

const EXAMPLES = [
  { ...ADA, subject: 'user-4711', workspace: 'customer-12', role: 'EDITOR', email: 'ada@example.com' },
  { ...ADA, subject: '0b2f6a4e-5c1d-4a4e-9a53-6a2b5c8f9d10', workspace: 'customer-12', role: 'EDITOR' },
  {
    subject: 'k3Jd9@clients',
    isMachine: true,
    workspace: 'org_9ybsU1dN2dKfDkBi',
    workspaceName: 'acme',
    role: 'EDITOR',
  },
  { ...ADA, subject: '6e9d1a7b-3c2f-4f6e-9b1c-4d8e0f2a5b44', workspace: 'contoso', role: 'READER', email: null },
];

describe('the worked examples of docs/outside-issuers.md', () => {
  test('the document has settings and claims of each example', () => {
    expect(BLOCKS).toHaveLength(2 * EXAMPLES.length);
  });

  test.each(EXAMPLES.map((expected, index) => ({ index, expected })))(
    'the claims of example $index are understood by its settings, and reach this server',
    ({ index, expected }) => {
      const [issuer, claims] = [issuerOf(BLOCKS[2 * index]), claimsOf(BLOCKS[2 * index + 1])];
      expect(identityOf(issuer, claims)).toMatchObject(expected);
      expect(claims.iss).toBe(issuer.issuer);
      expect([claims.aud].flat().some((audience) => issuer.audience.includes(String(audience)))).toBe(true);
      expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(issuer.maxTokenSeconds);
    },
  );
});

describe('the claims of a token', () => {
  const GOOD = { issuer: 'https://a.example', audience: 'a', roles: { low: 'READER', high: 'OWNER' } };
  const issuer = (more: object = {}) => issuerOf(JSON.stringify([{ ...GOOD, ...more }]));
  const claims = (more: object = {}): JWTPayload => ({ sub: 'ada', workspace: 'acme', role: 'low', ...more });

  test('the most powerful of several roles counts, whatever their order', () => {
    for (const role of [
      ['high', 'low'],
      ['low', 'high'],
      ['none', 'high'],
    ]) {
      expect(identityOf(issuer(), claims({ role })).role).toBe('OWNER');
    }
  });

  test('a default role is for people, and not for programs', () => {
    const settings = issuer({ defaultRole: 'EDITOR' });
    expect(identityOf(settings, claims({ role: 'none' })).role).toBe('EDITOR');
    expect(() => identityOf(settings, claims({ role: 'none', client_id: 'ada' }))).toThrow('gives no role here');
  });

  test('programs are known by the claim that the settings name: its value, one of its values, or its being there', () => {
    const byValue = issuer({ machines: { claim: 'kind', value: 'robot' } });
    for (const kind of ['robot', ['x', 'robot']]) expect(identityOf(byValue, claims({ kind })).isMachine).toBe(true);
    for (const kind of ['person', undefined]) expect(identityOf(byValue, claims({ kind })).isMachine).toBe(false);
    // Then nothing else makes one.
    expect(identityOf(byValue, claims({ client_id: 'ada' })).isMachine).toBe(false);
    const byPresence = issuer({ machines: { claim: ['a', 'b'] } });
    expect(identityOf(byPresence, claims({ a: { b: 'x' } })).isMachine).toBe(true);
    expect(identityOf(byPresence, claims({ a: {} })).isMachine).toBe(false);
  });

  test('whole numbers and lists of one are identifiers too, and a fixed workspace replaces the claim', () => {
    expect(identityOf(issuer(), claims({ sub: 7, workspace: [12] }))).toMatchObject({ subject: '7', workspace: '12' });
    expect(identityOf(issuer({ workspace: 'all' }), claims({ workspace: 'x' })).workspace).toBe('all');
    for (const workspace of [1.5, true, {}, [], [['a']], '\u202eacme']) {
      expect(() => identityOf(issuer(), claims({ workspace })), JSON.stringify(workspace)).toThrow(
        'names no workspace',
      );
    }
  });

  test('what every object has by birth is no claim', () => {
    const settings = issuer({ claims: { workspace: ['constructor', 'name'] } });
    expect(() => identityOf(settings, claims())).toThrow('names no workspace');
  });
});
