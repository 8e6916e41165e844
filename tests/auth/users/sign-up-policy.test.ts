import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectError } from '../../support/expect-error.ts';
import { freshEmail } from '../../support/people.ts';
import { Host } from '../../support/sign-up-host.ts';
import type { AnswerError } from '../../support/test-client.ts';

/** What a refusal says, without what differs between requests. */
function said(errors: readonly AnswerError[]): object[] {
  return errors.map(({ message, extensions: { requestId: _, ...extensions } }) => ({ message, ...extensions }));
}

describe.each(['closed', 'invited'])('SIGN_UP=%s', (policy) => {
  let host: Host;

  beforeAll(async () => {
    host = await Host.start(policy);
  });

  afterAll(() => host.server.close());

  test('without an invitation nobody signs up, and the answer is the same for an address that has an account', async () => {
    const unknown = await host.signUp({ email: freshEmail() });
    const known = await host.signUp({ email: host.owner.email });
    const malformed = await host.signUp({ email: 'nobody', password: 'x' });
    expectError(unknown.errors, 'FORBIDDEN');
    expect(said(known.errors)).toEqual(said(unknown.errors));
    expect(said(malformed.errors)).toEqual(said(unknown.errors));
  });
});

test('SIGN_UP=closed refuses invitations too', async () => {
  const host = await Host.start('closed');
  try {
    const email = freshEmail();
    expectError((await host.signUp({ email, invitationToken: await host.invite(email) })).errors, 'FORBIDDEN');
  } finally {
    await host.server.close();
  }
});

describe('an invitation', () => {
  let host: Host;

  beforeAll(async () => {
    host = await Host.start('invited');
  });

  afterAll(() => host.server.close());

  test('whoever is invited signs up by their own address, into the workspace and role of the invitation, once', async () => {
    const email = freshEmail();
    const invitationToken = await host.invite(email);
    const { data, errors } = await host.signUp({ email: email.toUpperCase(), invitationToken });
    expect(errors).toEqual([]);
    const workspace = { id: String(decodeJwt(host.owner.accessToken)['workspace']) };
    expect(data?.signUp.viewer).toEqual({ role: 'EDITOR', memberships: [{ workspace }] });
    expect(decodeJwt(String(data?.signUp.accessToken))['workspace']).toBe(workspace.id);
    expectError((await host.signUp({ email: freshEmail(), invitationToken })).errors, 'FORBIDDEN');
  });

  test('an invitation of another address, a revoked and a made-up one let nobody in, with the same answer', async () => {
    const email = freshEmail();
    const token = await host.invite(email);
    const other = await host.signUp({ email: freshEmail(), invitationToken: token });
    const known = await host.signUp({ email: host.owner.email, invitationToken: token });
    expectError(other.errors, 'FORBIDDEN');
    expect(said(known.errors)).toEqual(said(other.errors));
    await host.server.database.owner`delete from invitations where email = ${email}`;
    expect(said((await host.signUp({ email, invitationToken: token })).errors)).toEqual(said(other.errors));
    const madeUp = Buffer.alloc(48, 1).toString('base64url');
    expect(said((await host.signUp({ email, invitationToken: madeUp })).errors)).toEqual(said(other.errors));
  });
});

test('two who sign up with one invitation at once make one account', async () => {
  const host = await Host.start('invited');
  try {
    const email = freshEmail();
    const invitationToken = await host.invite(email);
    const answers = await Promise.all([0, 1].map(() => host.signUp({ email, invitationToken })));
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    const users = await host.server.database.owner`select id from users where email = ${email}`;
    expect(users).toHaveLength(1);
  } finally {
    await host.server.close();
  }
});
