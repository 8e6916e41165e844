import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectError } from '../../support/expect-error.ts';
import { type MailServer, startMailServer } from '../../support/mail-server.ts';
import { freshEmail, PASSWORD } from '../../support/people.ts';
import { Host } from '../../support/sign-up-host.ts';
import { TestClient } from '../../support/test-client.ts';

const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) {
  accessToken viewer { role workspace { id } memberships { id } } } }`;
const RESET =
  'mutation ($token: String!, $new: String!) { resetPassword(token: $token, new: $new, tokenTransport: BODY) { accessToken } }';

interface SignedIn {
  readonly signIn: {
    readonly accessToken: string;
    readonly viewer: {
      readonly role: string;
      readonly workspace: { readonly id: string };
      readonly memberships: object[];
    };
  };
}

let mails: MailServer;

beforeAll(async () => {
  mails = await startMailServer();
});

afterAll(() => mails.close());

/** Somebody who was invited, joined, and was removed from what was their only workspace. */
async function removed(host: Host): Promise<string> {
  const email = freshEmail();
  const { owner } = host.server.database;
  // An account from before the policy: made by the operator.
  const [user] =
    await owner`insert into users (id, email, created_at) values (gen_random_uuid(), ${email}, now()) returning id`;
  await owner`insert into password_hashes (user_id, hash)
    select ${user?.['id']}, hash from password_hashes join users on id = user_id where email = ${host.owner.email}`;
  return email;
}

function signIn(host: Host, email: string, password = PASSWORD) {
  const input = { email, password, tokenTransport: 'BODY' };
  return host.server.anonymous().request<SignedIn>(SIGN_IN, { input });
}

/** The answer to a new password by a mailed link. */
async function reset(host: Host, email: string, password: string) {
  await host.server
    .anonymous()
    .execute('mutation ($email: String!) { requestPasswordReset(email: $email) }', { email });
  const mail = await nextTo(email);
  return await host.server
    .anonymous()
    .request<{ resetPassword: { accessToken: string } | null }>(RESET, { token: mail.token, new: password });
}

async function nextTo(email: string) {
  for (;;) {
    const mail = await mails.next();
    if (mail.to.includes(email) && mail.link.includes('reset-password')) return mail;
  }
}

describe('where everybody may sign up', () => {
  let host: Host;

  beforeAll(async () => {
    host = await Host.start('open', mails.settings);
  });

  afterAll(() => host.server.close());

  test('who was removed from their only workspace signs in to an empty one of their own, and accepts another invitation', async () => {
    const email = await removed(host);
    const { data, errors } = await signIn(host, email);
    expect(errors).toEqual([]);
    expect(data?.signIn.viewer).toMatchObject({ role: 'OWNER', memberships: [expect.anything()] });
    const client = new TestClient(host.server.address, data?.signIn.accessToken ?? null);
    expect(await client.execute('{ datasets { totalCount } }')).toEqual({ datasets: { totalCount: 0 } });
    const token = await host.invite(email);
    const accept = 'mutation ($token: String!) { acceptInvitation(token: $token) { viewer { role } } }';
    expect(await client.execute(accept, { token })).toEqual({ acceptInvitation: { viewer: { role: 'EDITOR' } } });
  });

  test('who signs in several times at once gets one workspace', async () => {
    const email = await removed(host);
    const answers = await Promise.all([0, 1, 2, 3].map(() => signIn(host, email)));
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
    expect(new Set(answers.map(({ data }) => data?.signIn.viewer.workspace.id)).size).toBe(1);
  });

  test('signUp is no way to try passwords: without an invitation of the address a right one and a wrong one get the same answer', async () => {
    const email = await removed(host);
    const others = await host.invite(freshEmail());
    const madeUp = Buffer.alloc(48, 1).toString('base64url');
    for (const invitationToken of [others, madeUp]) {
      for (const password of [PASSWORD, 'wrong horse battery']) {
        const { errors } = await host.signUp({ email, invitationToken, password });
        expect(errors).toMatchObject([{ message: 'An account with this e-mail address already exists.' }]);
      }
    }
  });

  test('a wrong password makes no workspace', async () => {
    const email = await removed(host);
    expectError((await signIn(host, email, 'wrong horse battery')).errors, 'UNAUTHENTICATED');
    const rows = await host.server.database
      .owner`select from memberships join users on users.id = user_id where email = ${email}`;
    expect(rows).toHaveLength(0);
  });

  test('a password is set by a mailed link also for who belongs to no workspace, and opens a session', async () => {
    const email = await removed(host);
    const { data } = await reset(host, email, 'another battery');
    expect(data?.resetPassword?.accessToken).toBeTruthy();
  });
});

describe.each(['invited', 'closed'])('SIGN_UP=%s', (policy) => {
  let host: Host;

  beforeAll(async () => {
    host = await Host.start(policy, mails.settings);
  });

  afterAll(() => host.server.close());

  test('who was removed from their only workspace is told how to come back, and has no workspace', async () => {
    const email = await removed(host);
    const { errors } = await signIn(host, email);
    expectError(errors, 'FORBIDDEN');
    expect(errors[0]?.extensions['hint']).toContain('signUp with its token and your password');
  });

  test('who was removed comes back by another invitation, with their own password alone', async () => {
    const email = await removed(host);
    const invitationToken = await host.invite(email, 'READER');
    const wrong = await host.signUp({ email, invitationToken, password: 'wrong horse battery' });
    expectError(wrong.errors, policy === 'closed' ? 'FORBIDDEN' : 'UNAUTHENTICATED');
    const { data, errors } = await host.signUp({ email, invitationToken, name: 'Another name' });
    expect(errors).toEqual([]);
    expect(data?.signUp.viewer).toMatchObject({ role: 'READER', memberships: [expect.anything()] });
    expect((await signIn(host, email)).data?.signIn.viewer.role).toBe('READER');
    // It is used up, and leads nobody else in.
    expect((await host.signUp({ email, invitationToken })).errors).not.toEqual([]);
    expectError((await host.signUp({ email: await removed(host), invitationToken })).errors, 'FORBIDDEN');
    const [user] = await host.server.database.owner`select name from users where email = ${email}`;
    expect(user?.['name']).toBeNull();
  });

  test('a password is set by a mailed link also for who belongs to no workspace', async () => {
    const email = await removed(host);
    expectError((await reset(host, email, 'another battery')).errors, 'FORBIDDEN');
    expectError((await signIn(host, email)).errors, 'UNAUTHENTICATED');
    expectError((await signIn(host, email, 'another battery')).errors, 'FORBIDDEN');
  });
});
