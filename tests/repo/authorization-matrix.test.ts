import type { GraphQLField } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FOR_USERS_ONLY, PERMISSIONS } from '../../src/auth/permissions.ts';
import { ROLES } from '../../src/auth/workspaces/workspace.table.ts';
import { describeApiSchema } from '../../src/processes/api-schema.ts';
import { tokenOfSession } from '../support/made-token.ts';
import { SECRETS } from '../support/secrets.ts';
import { TestClient } from '../support/test-client.ts';
import { TestIssuer } from '../support/test-issuer.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { makeUpOperation } from './made-up-operation.ts';

const schema = describeApiSchema();

/** Every root field as the matrix names it (`Query.datasets`), with the kind of operation that reaches it. */
const ROOT_FIELDS = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) => {
  if (!type) return [];
  const fields: GraphQLField<unknown, unknown>[] = Object.values(type.getFields());
  return fields.map((field) => ({ name: `${type.name}.${field.name}`, kind: type.name.toLowerCase(), field }));
});

const REFUSALS = ['UNAUTHENTICATED', 'FORBIDDEN'];

let issuer: TestIssuer;
let server: TestServer;

beforeAll(async () => {
  issuer = await TestIssuer.start();
  const OIDC_ISSUERS = JSON.stringify([issuer.settings()]);
  server = await startTestServer({ ...SECRETS, OIDC_ISSUERS }, { worker: false });
});

afterAll(async () => {
  await server.close();
  await issuer.close();
});

/** The code that a client is answered with for a root field; null where it gets an answer without an error. */
async function codeFor(client: TestClient, { kind, field }: (typeof ROOT_FIELDS)[number]): Promise<string | null> {
  const { query, variables, takesFile } = makeUpOperation(kind, field);
  if (kind === 'subscription') return await codeForSubscription(client, query, variables);
  const { errors } = takesFile
    ? await client.requestWithFile(query, { name: 'made-up.csv', content: 'a,b\n1,2\n' }, variables)
    : await client.request(query, variables);
  return errors[0]?.extensions.code ?? null;
}

/** A subscription that is let in says nothing until something happens: it counts as let in unless it is refused. */
async function codeForSubscription(
  client: TestClient,
  query: string,
  variables: Record<string, unknown>,
): Promise<string | null> {
  try {
    for await (const _change of client.subscribe(query, variables)) return null;
    return null;
  } catch (error) {
    // A socket whose token is no longer valid is closed: 4401, or 4403 where a fresh token may follow.
    if (typeof error === 'object' && error !== null && 'code' in error && [4401, 4403].includes(Number(error.code))) {
      return 'UNAUTHENTICATED';
    }
    const text = error instanceof Error ? error.message : JSON.stringify(error);
    return REFUSALS.find((code) => text.includes(`"code":"${code}"`)) ?? text;
  }
}

describe('the matrix', () => {
  test('the authorization matrix has one row per root field, and no others', () => {
    expect(Object.keys(PERMISSIONS).sort()).toEqual(ROOT_FIELDS.map(({ name }) => name).sort());
  });

  test('the authorization matrix lets anyone in only where sign-in is impossible or unnecessary', () => {
    const open = Object.entries(PERMISSIONS).filter(([, permission]) => permission === 'ANYONE');
    expect(open.map(([name]) => name).sort()).toEqual([
      'Mutation.refreshSession',
      'Mutation.requestPasswordReset',
      'Mutation.resetPassword',
      'Mutation.signIn',
      'Mutation.signUp',
      'Mutation.verifyEmail',
      'Query.health',
      'Query.limits',
      'Query.viewer',
    ]);
  });

  test('the authorization matrix lets a READER change nothing but their own session', () => {
    const mutations = ROOT_FIELDS.filter(({ kind, name }) => kind === 'mutation' && PERMISSIONS[name] !== 'ANYONE');
    const allowed = mutations.filter(({ name }) => PERMISSIONS[name]?.includes('READER'));
    expect(allowed.map(({ name }) => name).sort()).toEqual([
      'Mutation.acceptInvitation',
      'Mutation.changePassword',
      'Mutation.createDownload',
      'Mutation.createWorkspace',
      'Mutation.deleteAccount',
      'Mutation.deleteWorkspace',
      'Mutation.inspectDataset',
      'Mutation.removeMember',
      'Mutation.selectWorkspace',
      'Mutation.signOut',
      'Mutation.updateProfile',
    ]);
  });
});

test('an API key, and whomever an outside issuer has admitted, manages no members, keys, accounts or workspaces', () => {
  expect([...FOR_USERS_ONLY].sort()).toEqual([
    'Mutation.acceptInvitation',
    'Mutation.changePassword',
    'Mutation.changeRole',
    'Mutation.createApiKey',
    'Mutation.createWorkspace',
    'Mutation.deleteAccount',
    'Mutation.deleteWorkspace',
    'Mutation.inviteMember',
    'Mutation.removeMember',
    'Mutation.revokeApiKey',
    'Mutation.revokeInvitation',
    'Mutation.selectWorkspace',
    'Mutation.signOut',
    'Mutation.updateProfile',
    'Query.apiKeys',
  ]);
  // What only owners may do is nothing for programs, unless it is said here.
  const ofOwners = ROOT_FIELDS.filter(({ name }) => PERMISSIONS[name]?.toString() === 'OWNER');
  expect(ofOwners.filter(({ name }) => !FOR_USERS_ONLY.has(name))).toEqual([]);
});

const GUARDED = ROOT_FIELDS.filter(({ name }) => PERMISSIONS[name] !== 'ANYONE');

describe('without a token', () => {
  test.each(GUARDED)('$name is UNAUTHENTICATED without a token', async (rootField) => {
    expect(await codeFor(server.anonymous(), rootField)).toBe('UNAUTHENTICATED');
  });

  // Left out: these answer a made-up password or token with the same code.
  const secretive = ['Mutation.signIn', 'Mutation.refreshSession'];
  const open = ROOT_FIELDS.filter(({ name }) => PERMISSIONS[name] === 'ANYONE' && !secretive.includes(name));
  test.each(open)('$name is allowed without a token', async (rootField) => {
    expect(REFUSALS).not.toContain(await codeFor(server.anonymous(), rootField));
  });
});

describe('with a token that is no longer valid', () => {
  let expired: TestClient;
  let signedOut: TestClient;
  let revoked: TestClient;
  let outside: TestClient;

  beforeAll(async () => {
    const client = await server.signUp();
    expired = new TestClient(server.url, await tokenOfSession(client, new Date(Date.now() - 1_000)));
    const now = Math.floor(Date.now() / 1_000);
    outside = new TestClient(server.url, await issuer.sign({ role: 'owner', iat: now - 60, exp: now - 30 }));
    signedOut = await server.signUp();
    await signedOut.execute('mutation { signOut { everywhere } }');
    revoked = await keyOf(client, 'OWNER');
    await client.execute(
      `mutation { ${(await client.execute<{ apiKeys: { id: string }[] }>('{ apiKeys { id } }')).apiKeys
        .map(({ id }) => `revokeApiKey(id: "${id}") { id }`)
        .join(' ')} }`,
    );
  });

  test.each(GUARDED)(
    "$name is UNAUTHENTICATED with an expired, a signed-out and a revoked token, and an outside issuer's expired one",
    async (rootField) => {
      for (const client of [expired, signedOut, revoked, outside]) {
        expect(await codeFor(client, rootField)).toBe('UNAUTHENTICATED');
      }
    },
  );
});

/** A client with an API key of a role, made by the owner. */
async function keyOf(owner: TestClient, role: string): Promise<TestClient> {
  const { createApiKey } = await owner.execute<{ createApiKey: { key: string } }>(
    'mutation ($role: Role) { createApiKey(input: { name: "key", role: $role }) { key } }',
    { role },
  );
  return new TestClient(server.url, createApiKey.key);
}

describe.each(ROLES)('with an API key of the role %s', (role) => {
  let key: TestClient;

  beforeAll(async () => {
    key = await keyOf(await server.signUp(), role);
  });

  const isAllowed = (name: string) => (PERMISSIONS[name]?.includes(role) ?? false) && !FOR_USERS_ONLY.has(name);

  test.each(GUARDED.filter(({ name }) => !isAllowed(name)))('$name is FORBIDDEN for this key', async (rootField) => {
    expect(await codeFor(key, rootField)).toBe('FORBIDDEN');
  });

  const answering = GUARDED.filter(({ kind, name }) => kind !== 'subscription' && isAllowed(name));
  test.each(answering)('$name is allowed for this key', async (rootField) => {
    expect(REFUSALS).not.toContain(await codeFor(key, rootField));
  });
});

describe.each(ROLES.flatMap((role) => (['person', 'program'] as const).map((kind) => ({ role, kind }))))(
  'with a token of an outside issuer for a $kind with the role $role',
  ({ role, kind }) => {
    let client: TestClient;

    beforeAll(async () => {
      const claims = { sub: `${kind} ${role}`, workspace: `${kind} ${role}`, role: role.toLowerCase() };
      const token = await issuer.sign({ ...claims, ...(kind === 'program' ? { client_id: claims.sub } : {}) });
      client = new TestClient(server.url, token);
    });

    const isAllowed = (name: string) => (PERMISSIONS[name]?.includes(role) ?? false) && !FOR_USERS_ONLY.has(name);

    test.each(GUARDED.filter(({ name }) => !isAllowed(name)))('$name is FORBIDDEN for it', async (rootField) => {
      expect(await codeFor(client, rootField)).toBe('FORBIDDEN');
    });

    const answering = GUARDED.filter(({ kind: operation, name }) => operation !== 'subscription' && isAllowed(name));
    test.each(answering)('$name is allowed for it', async (rootField) => {
      expect(REFUSALS).not.toContain(await codeFor(client, rootField));
    });
  },
);

describe.each(ROLES)('as %s', (role) => {
  let member: TestClient;

  async function newMember(): Promise<TestClient> {
    const client = await server.signUp();
    const { viewer } = await client.execute<{ viewer: { id: string } }>('{ viewer { id } }');
    await server.database.owner`update memberships set role = ${role} where id = ${viewer.id}`;
    return client;
  }

  beforeAll(async () => {
    member = await newMember();
  });

  const isAllowed = (name: string): boolean => PERMISSIONS[name]?.includes(role) ?? false;

  test.each(GUARDED.filter(({ name }) => !isAllowed(name)))('$name is FORBIDDEN for this role', async (rootField) => {
    expect(await codeFor(member, rootField)).toBe('FORBIDDEN');
  });

  // Subscriptions that let in go on until something happens; here nothing does.
  // Left out: deleteAccount answers a made-up password as it answers nobody.
  const unclear = ['Mutation.deleteAccount'];
  const answering = GUARDED.filter(
    ({ kind, name }) => kind !== 'subscription' && isAllowed(name) && !unclear.includes(name),
  );
  test.each(answering)('$name is allowed for this role', async (rootField) => {
    // Who signs out is nobody afterwards: that is not for the one that all others use.
    const client = rootField.name === 'Mutation.signOut' ? await newMember() : member;
    expect(REFUSALS).not.toContain(await codeFor(client, rootField));
  });
});
