import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { expectError } from '../../support/expect-error.ts';
import { addMember } from '../../support/members.ts';
import { uploadDataset, workspaceIdOf } from '../../support/operations.ts';
import { openSession } from '../../support/raw-socket.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
});

afterAll(() => server.close());

const MEMBERS = `query ($first: Int, $after: String) { viewer { id workspace { id members(first: $first, after: $after) {
  totalCount nodes { id role user { id email } workspace { id } } pageInfo { hasNextPage endCursor } } } } }`;
const CHANGE = 'mutation ($id: ID!, $role: Role!) { changeRole(membershipId: $id, role: $role) { id role } }';
const REMOVE = 'mutation ($id: ID!) { removeMember(membershipId: $id) { id } }';

interface MembersAnswer {
  readonly viewer: {
    readonly id: string;
    readonly workspace: {
      readonly members: {
        readonly totalCount: number;
        readonly nodes: readonly { readonly id: string; readonly role: string }[];
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
      };
    };
  };
}

async function membersOf(client: TestClient, page: object = {}) {
  return (await client.execute<MembersAnswer>(MEMBERS, page)).viewer.workspace.members;
}

async function membershipOf(client: TestClient): Promise<string> {
  return (await client.execute<{ viewer: { id: string } }>('{ viewer { id } }')).viewer.id;
}

describe('members', () => {
  test('every member sees the members, page by page, and no hash of a password', async () => {
    const owner = await server.signUp();
    const reader = await addMember(server, owner, 'READER');
    const editor = await addMember(server, owner, 'EDITOR');
    const first = await membersOf(reader.client, { first: 2 });
    expect(first).toMatchObject({
      totalCount: 3,
      nodes: [
        { id: editor.membershipId, role: 'EDITOR', workspace: { id: await workspaceIdOf(owner) } },
        { id: reader.membershipId, role: 'READER' },
      ],
      pageInfo: { hasNextPage: true },
    });
    const second = await membersOf(reader.client, { first: 2, after: first.pageInfo.endCursor });
    expect(second).toMatchObject({ nodes: [{ role: 'OWNER' }], pageInfo: { hasNextPage: false } });
  });

  test('a member without the role OWNER sees neither invitations nor the audit log', async () => {
    const owner = await server.signUp();
    const { client } = await addMember(server, owner, 'EDITOR');
    const { viewer } = await client.execute<{ viewer: unknown }>(
      '{ viewer { workspace { invitations { id } auditLog { totalCount } } } }',
    );
    expect(viewer).toEqual({ workspace: { invitations: null, auditLog: null } });
  });
});

describe('changeRole', () => {
  test('changeRole gives a member another role from their next request on', async () => {
    const owner = await server.signUp();
    const { membershipId: id, client } = await addMember(server, owner, 'READER');
    const refused = await client.request('mutation { cleanupExpiredDatasets { deleted } }');
    expectError(refused.errors, 'FORBIDDEN');
    expect(await owner.execute(CHANGE, { id, role: 'EDITOR' })).toEqual({ changeRole: { id, role: 'EDITOR' } });
    await client.execute('mutation { cleanupExpiredDatasets { deleted } }');
  });

  test('the last owner keeps the role, and cannot leave', async () => {
    const owner = await server.signUp();
    await addMember(server, owner, 'EDITOR');
    const id = await membershipOf(owner);
    expectError((await owner.request(CHANGE, { id, role: 'EDITOR' })).errors, 'CONFLICT', { argument: 'membershipId' });
    expectError((await owner.request(REMOVE, { id })).errors, 'CONFLICT', { argument: 'membershipId' });
    expect(await owner.execute(CHANGE, { id, role: 'OWNER' })).toEqual({ changeRole: { id, role: 'OWNER' } });
  });

  test('two owners who demote or remove each other at once leave one owner', async () => {
    for (let round = 0; round < 5; round++) {
      const owner = await server.signUp();
      const other = await addMember(server, owner, 'OWNER');
      const id = await membershipOf(owner);
      const answers = await Promise.all([
        owner.request(CHANGE, { id: other.membershipId, role: 'READER' }),
        round % 2 === 0 ? other.client.request(CHANGE, { id, role: 'READER' }) : other.client.request(REMOVE, { id }),
      ]);
      const [refused, ...others] = answers.flatMap(({ errors }) => errors);
      expect(others).toEqual([]);
      // Where the second request begins after the first one its sender is no owner, or no member, any more.
      expect(['FORBIDDEN', 'UNAUTHENTICATED']).toContain(refused?.extensions.code);
      const rows = await server.database.owner`select role from memberships
        where id in (${id}, ${other.membershipId}) and role = 'OWNER'`;
      expect(rows).toHaveLength(1);
    }
  });

  test('two owners who both leave at once leave one owner', async () => {
    const owner = await server.signUp();
    const other = await addMember(server, owner, 'OWNER');
    const id = await membershipOf(owner);
    const answers = await Promise.all([
      owner.request(REMOVE, { id }),
      other.client.request(REMOVE, { id: other.membershipId }),
    ]);
    expect(answers.flatMap(({ errors }) => errors).map(({ extensions }) => extensions.code)).toEqual(['CONFLICT']);
  });
});

describe('removeMember', () => {
  test('removeMember closes the member’s sockets in the workspace with 4401, and ends their token and links', async () => {
    const owner = await server.signUp();
    const { id } = await uploadDataset(owner, flowersCsv());
    const member = await addMember(server, owner, 'EDITOR');
    const { createDownload } = await member.client.execute<{ createDownload: { url: string } }>(
      'mutation ($id: ID!) { createDownload(input: { datasetId: $id }) { url } }',
      { id },
    );
    const { createUpload } = await member.client.execute<{ createUpload: { parts: { url: string }[] } }>(
      'mutation { createUpload(input: { filename: "a.csv", sizeBytes: 5 }) { parts(numbers: [1]) { url } } }',
    );
    expect((await fetch(createDownload.url)).status).toBe(200);
    const socket = await openSession(server.url, { authorization: `Bearer ${member.client.token}` });
    const others = await openSession(server.url, { authorization: `Bearer ${owner.token}` });
    await owner.execute(REMOVE, { id: member.membershipId });
    expect(await socket.closed).toEqual({ code: 4401, reason: 'Session ended' });
    expectError((await member.client.request('{ datasets { totalCount } }')).errors, 'UNAUTHENTICATED', {
      reason: 'SESSION_ENDED',
    });
    expect((await fetch(createDownload.url)).status).toBe(404);
    const part = await fetch(createUpload.parts[0]?.url ?? '', { method: 'PUT', body: 'a,b\n1' });
    expect(part.status).toBe(404);
    expect(others.isOpen).toBe(true);
    others.terminate();
  });

  test('everybody may leave, and only owners remove others', async () => {
    const owner = await server.signUp();
    const reader = await addMember(server, owner, 'READER');
    const editor = await addMember(server, owner, 'EDITOR');
    const id = editor.membershipId;
    expectError((await reader.client.request(REMOVE, { id })).errors, 'FORBIDDEN');
    expect(await editor.client.execute(REMOVE, { id })).toEqual({ removeMember: { id } });
    expect(await owner.execute(REMOVE, { id: reader.membershipId })).toEqual({
      removeMember: { id: reader.membershipId },
    });
    expect(await membersOf(owner)).toMatchObject({ totalCount: 1 });
  });

  test('the audit log tells of members that were changed and removed, by name even after they have gone', async () => {
    const owner = await server.signUp();
    const { membershipId: id, client } = await addMember(server, owner, 'EDITOR');
    await uploadDataset(client, flowersCsv());
    await owner.execute(CHANGE, { id, role: 'READER' });
    await owner.execute(REMOVE, { id });
    const { viewer } = await owner.execute<{ viewer: { workspace: { auditLog: { nodes: object[] } } } }>(
      '{ viewer { workspace { auditLog { nodes { action subject actor { email } details } } } } }',
    );
    expect(viewer.workspace.auditLog.nodes.slice(0, 3)).toMatchObject([
      { action: 'member.removed', subject: id, details: { left: false } },
      { action: 'member.changed', subject: id, details: { role: 'READER', formerRole: 'EDITOR' } },
      { action: 'dataset.uploaded', actor: { email: expect.stringContaining('@') } },
    ]);
  });
});

describe('createWorkspace', () => {
  const CREATE = 'mutation ($name: String!) { createWorkspace(name: $name) { id name members { nodes { role } } } }';

  test('createWorkspace makes a workspace whose owner is the viewer, who stays in the one of their token', async () => {
    const client = await server.signUp();
    const { createWorkspace } = await client.execute<{ createWorkspace: { id: string } }>(CREATE, { name: ' Second ' });
    expect(createWorkspace).toMatchObject({ name: 'Second', members: { nodes: [{ role: 'OWNER' }] } });
    const { viewer } = await client.execute<{ viewer: { workspace: { id: string }; memberships: object[] } }>(
      '{ viewer { workspace { id } memberships { workspace { id } role } } }',
    );
    expect(viewer.workspace.id).not.toBe(createWorkspace.id);
    expect(viewer.memberships[1]).toEqual({ workspace: { id: createWorkspace.id }, role: 'OWNER' });
  });

  test('a name of a workspace has 1 to 200 visible characters', async () => {
    const client = await server.signUp();
    for (const name of ['', '  ', 'x'.repeat(201), 'a\u202Eb']) {
      expectError((await client.request(CREATE, { name })).errors, 'BAD_USER_INPUT', { argument: 'name' });
    }
  });

  test('a user owns at most 10 workspaces, however many they make at once; those of others do not count', async () => {
    const client = await server.signUp();
    const own = await workspaceIdOf(client);
    await server.database.owner`with made as (
        insert into workspaces (id, name, created_at) select gen_random_uuid(), 'w', now() from generate_series(1, 20) returning id)
      insert into memberships (id, workspace_id, user_id, role, created_at)
      select gen_random_uuid(), made.id, user_id, 'EDITOR', now() from made, memberships where workspace_id = ${own}`;
    const answers = await Promise.all(Array.from({ length: 12 }, () => client.request(CREATE, { name: 'more' })));
    const codes = answers.flatMap(({ errors }) => errors).map(({ extensions }) => extensions.code);
    expect(codes).toEqual(['QUOTA_EXCEEDED', 'QUOTA_EXCEEDED', 'QUOTA_EXCEEDED']);
  });

  test('MAX_WORKSPACES_PER_USER changes that', async () => {
    const strict = endsWithTest(await startTestServer({ MAX_WORKSPACES_PER_USER: '0' }, { worker: false }));
    const client = await strict.signUp();
    const { errors } = await client.request(CREATE, { name: 'more' });
    expectError(errors, 'QUOTA_EXCEEDED');
    expect(errors[0]?.message).toBe('You own 1 workspaces; at most 0 are allowed.');
  });
});
