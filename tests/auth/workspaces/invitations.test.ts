import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectError } from '../../support/expect-error.ts';
import { type MailServer, PUBLIC_URL, type ReceivedMail, startMailServer } from '../../support/mail-server.ts';
import { addMember } from '../../support/members.ts';
import { workspaceIdOf } from '../../support/operations.ts';
import { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let mails: MailServer;

beforeAll(async () => {
  mails = await startMailServer();
  server = await startTestServer(mails.settings, { worker: false });
});

afterAll(async () => {
  await server.close();
  await mails.close();
});

interface Invited {
  readonly id: string;
  readonly url: string;
  readonly expiresAt: string;
}

const INVITE =
  'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { id email role url createdAt expiresAt } }';
const REVOKE = 'mutation ($id: ID!) { revokeInvitation(id: $id) { id } }';

async function invite(owner: TestClient, email: string, role?: string): Promise<Invited & { token: string }> {
  const input = role === undefined ? { email } : { email, role };
  const { inviteMember } = await owner.execute<{ inviteMember: Invited }>(INVITE, { input });
  return { ...inviteMember, token: new URL(inviteMember.url).hash.replace('#token=', '') };
}

async function invitationsOf(client: TestClient): Promise<readonly { id: string; email: string }[] | null> {
  const { viewer } = await client.execute<{ viewer: { workspace: { invitations: { id: string; email: string }[] } } }>(
    '{ viewer { workspace { invitations { id email role url } } } }',
  );
  return viewer.workspace.invitations;
}

describe('inviteMember', () => {
  test('inviteMember gives a link once, and stores only a hash of its token', async () => {
    const owner = await server.signUp();
    const { id, url, token } = await invite(owner, ' Grace@Example.com ');
    expect(url.startsWith(`${PUBLIC_URL}/accept-invitation#token=`)).toBe(true);
    expect(token.length).toBeGreaterThan(60);
    expect(await invitationsOf(owner)).toEqual([{ id, email: 'grace@example.com', role: 'EDITOR', url: null }]);
    const [row] = await server.database.owner<{ text: string }[]>`select invitations::text as text from invitations
      where id = ${id}`;
    expect(row?.text).not.toContain(token);
  });

  test('an invitation is mailed with a link of PUBLIC_URL, to an address not more than three times an hour', async () => {
    const owner = await server.signUp();
    for (let n = 0; n < 5; n++) {
      const { id } = await invite(owner, 'mailed@example.com');
      await owner.execute(REVOKE, { id });
    }
    const last = await invite(owner, 'other@example.com');
    const received: ReceivedMail[] = [];
    while (received.length < 4) {
      const mail = await mails.next();
      // Those of sign-ups, and of other tests, arrive here too.
      if (/^(?:mailed|other)@/.test(mail.to[0] ?? '')) received.push(mail);
    }
    expect(received.map(({ to }) => to[0] ?? '').sort()).toEqual([
      ...['mailed@example.com', 'mailed@example.com', 'mailed@example.com'],
      'other@example.com',
    ]);
    const other = received.find(({ to }) => to[0] === 'other@example.com');
    expect(other).toMatchObject({ token: last.token, link: `${PUBLIC_URL}/accept-invitation#token=${last.token}` });
  });

  test('a user mails an address three times an hour, whatever the workspace; others count apart', async () => {
    const owner = await server.signUp();
    await invite(owner, 'bombed@example.com');
    for (let n = 0; n < 4; n++) {
      const { createWorkspace } = await owner.execute<{ createWorkspace: { id: string } }>(
        'mutation { createWorkspace(name: "another") { id } }',
      );
      const { selectWorkspace } = await owner.execute<{ selectWorkspace: { accessToken: string } }>(
        'mutation ($id: ID!) { selectWorkspace(id: $id, tokenTransport: BODY) { accessToken } }',
        createWorkspace,
      );
      await invite(new TestClient(server.address, selectWorkspace.accessToken), 'bombed@example.com');
    }
    const last = await invite(await server.signUp(), 'bombed@example.com');
    const received: ReceivedMail[] = [];
    while (received.at(-1)?.token !== last.token) {
      const mail = await mails.next();
      if (mail.to[0] === 'bombed@example.com') received.push(mail);
    }
    expect(received).toHaveLength(4);
  });

  test('a second invitation of an address takes the place of the first', async () => {
    const owner = await server.signUp();
    const first = await invite(owner, 'twice@example.com');
    const second = await invite(owner, 'twice@example.com', 'READER');
    expect(second.token).not.toBe(first.token);
    expect(await invitationsOf(owner)).toMatchObject([{ id: second.id, role: 'READER' }]);
  });

  test('inviteMember refuses members, what is no address, and members who are no owners', async () => {
    const owner = await server.signUp();
    const { client } = await addMember(server, owner, 'EDITOR');
    const { viewer } = await client.execute<{ viewer: { user: { email: string } } }>('{ viewer { user { email } } }');
    const codeOf = async (from: TestClient, email: string) => {
      const { errors } = await from.request(INVITE, { input: { email } });
      return errors[0]?.extensions.code;
    };
    expect(await codeOf(owner, viewer.user.email)).toBe('CONFLICT');
    expect(await codeOf(owner, 'nobody')).toBe('BAD_USER_INPUT');
    expect(await codeOf(client, 'somebody@example.com')).toBe('FORBIDDEN');
  });

  test('a workspace has at most 500 open invitations, and expired ones do not count', async () => {
    const owner = await server.signUp();
    await invite(owner, 'first@example.com');
    await server.database.owner`insert into invitations
      select gen_random_uuid(), workspace_id, n || email, role, token_hash, created_at, expires_at
      from invitations, generate_series(1, 499) n where email = 'first@example.com'`;
    expectError((await owner.request(INVITE, { input: { email: 'more@example.com' } })).errors, 'QUOTA_EXCEEDED');
    await server.database.owner`update invitations set expires_at = now() - interval '1 second'`;
    await invite(owner, 'more@example.com');
    expect(await invitationsOf(owner)).toHaveLength(1);
  });
});

describe('acceptInvitation', () => {
  const ACCEPT = `mutation ($token: String!) { acceptInvitation(token: $token, tokenTransport: BODY) {
    accessToken refreshToken viewer { role workspace { id } memberships { id } } } }`;

  async function emailOf(client: TestClient): Promise<string> {
    const { viewer } = await client.execute<{ viewer: { user: { email: string } } }>('{ viewer { user { email } } }');
    return viewer.user.email;
  }

  test('acceptInvitation makes the invited user a member, and moves their session to the workspace', async () => {
    const [owner, invited] = [await server.signUp(), await server.signUp()];
    const { token } = await invite(owner, await emailOf(invited), 'READER');
    const { acceptInvitation } = await invited.execute<{ acceptInvitation: { accessToken: string; viewer: object } }>(
      ACCEPT,
      { token },
    );
    const workspace = { id: await workspaceIdOf(owner) };
    expect(acceptInvitation.viewer).toMatchObject({ role: 'READER', workspace });
    expect(acceptInvitation).toMatchObject({ refreshToken: expect.any(String) });
    const member = new TestClient(server.address, acceptInvitation.accessToken);
    expect(await workspaceIdOf(member)).toBe(workspace.id);
    expect(await invitationsOf(owner)).toEqual([]);
    expectError((await invited.request(ACCEPT, { token })).errors, 'NOT_FOUND', { argument: 'token' });
  });

  test('of two who accept an invitation at once, with the same account, one does', async () => {
    const [owner, invited] = [await server.signUp(), await server.signUp()];
    const { token } = await invite(owner, await emailOf(invited));
    const answers = await Promise.all([invited.request(ACCEPT, { token }), invited.request(ACCEPT, { token })]);
    const codes = answers.flatMap(({ errors }) => errors).map(({ extensions }) => extensions.code);
    expect(codes).toHaveLength(1);
    // Where the second begins when the first is done, its membership is found first, or its session has moved.
    expect(['NOT_FOUND', 'CONFLICT']).toContain(codes[0]);
    const rows = await server.database
      .owner`select from memberships where workspace_id = ${await workspaceIdOf(owner)}`;
    expect(rows).toHaveLength(2);
  });

  test('an invitation is for its address alone, until it is revoked or expires', async () => {
    const [owner, invited, other] = [await server.signUp(), await server.signUp(), await server.signUp()];
    const email = await emailOf(invited);
    const { token } = await invite(owner, email);
    expectError((await other.request(ACCEPT, { token })).errors, 'FORBIDDEN', { argument: 'token' });
    await server.database.owner`update invitations set expires_at = now() where email = ${email}`;
    expectError((await invited.request(ACCEPT, { token })).errors, 'NOT_FOUND');
    const second = await invite(owner, email);
    await owner.execute(REVOKE, { id: second.id });
    for (const wrong of [second.token, token, '', 'x'.repeat(64), `${second.token}A`]) {
      expectError((await invited.request(ACCEPT, { token: wrong })).errors, 'NOT_FOUND', { argument: 'token' });
    }
  });
});

test('revokeInvitation ends an invitation; a second time there is none', async () => {
  const owner = await server.signUp();
  const { id } = await invite(owner, 'revoked@example.com');
  expect(await owner.execute(REVOKE, { id })).toEqual({ revokeInvitation: { id } });
  expect(await invitationsOf(owner)).toEqual([]);
  expectError((await owner.request(REVOKE, { id })).errors, 'NOT_FOUND');
});
