import { randomUUID } from 'node:crypto';
import { notFound, TrainyardError } from '../../errors.ts';
import { isUuid } from '../../platform/ids.ts';
import type { Database, Transaction } from '../../platform/postgres/database.ts';
import { countEntriesOf } from '../audit/audit.store.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { AccountMails } from '../users/account-mails.ts';
import { parseEmail } from '../users/email.ts';
import type { UserViewer, Viewer } from '../viewer.ts';
import {
  deleteExpiredInvitations,
  findInvitation,
  type InvitationRow,
  listInvitations,
  replaceInvitation,
  takeInvitation,
} from './invitation.store.ts';
import { createInvitationToken, type InvitationToken, parseInvitationToken } from './invitation-token.ts';
import {
  countMembers,
  findMember,
  findMemberByEmail,
  insertMembership,
  lockMembers,
  lockUser,
  type MembershipRow,
} from './membership.store.ts';
import type { Role } from './workspace.table.ts';

/** Long enough for a holiday. */
const VALID_DAYS = 14;
const MILLISECONDS_PER_DAY = 86_400_000;
const HOUR_MILLISECONDS = 3_600_000;

/** Mails that an address gets from a workspace in an hour, however often it is invited and the invitation revoked. */
const MAX_MAILS_PER_HOUR = 3;

/** Open invitations of a workspace: they are listed as a whole. */
const MAX_INVITATIONS = 500;

/** Members of a workspace: each of their sockets is a reader of what happens there. */
export const MAX_MEMBERS = 10_000;

/** An invitation, and the token that is sent to whoever is invited. */
export interface NewInvitation {
  readonly invitation: InvitationRow;
  readonly token: string;
}

/** Invites people to a workspace by their e-mail addresses. */
export class Invitations {
  readonly #database: Database;
  readonly #mails: Pick<AccountMails, 'sendInvitation'>;

  constructor(database: Database, mails: Pick<AccountMails, 'sendInvitation'>) {
    this.#database = database;
    this.#mails = mails;
  }

  /** The open invitations, newest first. */
  list({ workspaceId, role }: Pick<Viewer, 'workspaceId' | 'role'>): Promise<InvitationRow[]> {
    return this.#database.transaction({ workspaceId, role }, (tx) => listInvitations(tx, MAX_INVITATIONS));
  }

  /**
   * Invites an address, in the place of an earlier invitation of it, and mails the link, though not more than three times an
   * hour. Throws BAD_USER_INPUT, CONFLICT for a member, and
   * QUOTA_EXCEEDED.
   */
  async invite(viewer: UserViewer, input: { readonly email: string; readonly role: Role }): Promise<NewInvitation> {
    const email = parseEmail(input.email);
    const { workspaceId } = viewer;
    const { token, tokenHash } = createInvitationToken(workspaceId);
    const createdAt = new Date();
    const expiresAt = new Date(createdAt.getTime() + VALID_DAYS * MILLISECONDS_PER_DAY);
    const invitation = { id: randomUUID(), workspaceId, email, role: input.role, tokenHash, createdAt, expiresAt };
    const inviter = await this.#database.transaction(viewer, async (tx) => {
      await lockMembers(tx);
      await deleteExpiredInvitations(tx, createdAt);
      if ((await findMemberByEmail(tx, email)) !== null) throw alreadyMember();
      if ((await listInvitations(tx, MAX_INVITATIONS)).length === MAX_INVITATIONS) throw tooManyInvitations();
      await replaceInvitation(tx, invitation);
      const since = new Date(createdAt.getTime() - HOUR_MILLISECONDS);
      const isMailed = (await countEntriesOf(tx, 'member.invited', email, since)) < MAX_MAILS_PER_HOUR;
      await recordAudit(tx, 'member.invited', { subject: email, details: { role: input.role } });
      return isMailed ? await findMember(tx, viewer.membershipId) : null;
    });
    if (inviter?.user.email) {
      this.#mails.sendInvitation({ to: email, from: { id: viewer.userId, email: inviter.user.email }, token });
    }
    return { invitation, token };
  }

  /** Throws NOT_FOUND where it was accepted or revoked. */
  async revoke(viewer: Viewer, id: string): Promise<void> {
    await this.#database.transaction(viewer, async (tx) => {
      const revoked = isUuid(id) ? await takeInvitation(tx, id) : null;
      if (revoked === null) throw notFound('invitation', id);
      await recordAudit(tx, 'invitation.revoked', { subject: revoked.email });
    });
  }

  /** The invitation of a token; null where it is unknown, expired, used or revoked. */
  async find(token: string): Promise<InvitationRow | null> {
    const meant = parseInvitationToken(token);
    if (meant === null) return null;
    return await this.#database.transaction({ workspaceId: meant.workspaceId }, (tx) =>
      findInvitation(tx, meant.tokenHash),
    );
  }
}

/** What a token says. Throws NOT_FOUND for a text that is no such token. */
export function readInvitationToken(token: string): InvitationToken {
  const meant = parseInvitationToken(token);
  if (meant === null) throw noInvitation();
  return meant;
}

/**
 * Makes a user a member by an invitation, which is then used up: of two who accept at once one does. To be called in a
 * transaction of the user and of the token's workspace. Throws NOT_FOUND where the invitation is unknown, expired, used or
 * revoked, FORBIDDEN for another address than the invited one, and CONFLICT for a member.
 */
export async function redeemInvitation(
  tx: Transaction,
  { workspaceId, tokenHash }: InvitationToken,
  user: { readonly id: string; readonly email: string },
): Promise<MembershipRow> {
  await lockUser(tx, user.id);
  await lockMembers(tx);
  const found = await findInvitation(tx, tokenHash);
  if (found === null) throw noInvitation();
  if (found.email !== user.email) throw otherAddress();
  if ((await findMemberByEmail(tx, user.email)) !== null) throw alreadyMember();
  if ((await countMembers(tx)) >= MAX_MEMBERS) throw tooManyMembers();
  const { role } = (await takeInvitation(tx, found.id)) ?? found;
  const membership = { id: randomUUID(), workspaceId, userId: user.id, role, createdAt: new Date() };
  await insertMembership(tx, membership);
  await recordAudit(tx, 'member.joined', { subject: membership.id, details: { email: user.email, role } });
  return membership;
}

function noInvitation(): TrainyardError {
  return new TrainyardError('NOT_FOUND', 'There is no such invitation: it may have expired, or was used or revoked.', {
    argument: 'token',
    hint: 'Ask the owner of the workspace for another one.',
  });
}

function otherAddress(): TrainyardError {
  return new TrainyardError('FORBIDDEN', 'The invitation is for another e-mail address than that of your account.', {
    argument: 'token',
  });
}

function alreadyMember(): TrainyardError {
  return new TrainyardError('CONFLICT', 'This address belongs to a member of the workspace already.');
}

function tooManyInvitations(): TrainyardError {
  return new TrainyardError('QUOTA_EXCEEDED', `The workspace has ${MAX_INVITATIONS} open invitations, the maximum.`, {
    hint: 'Revoke some of them.',
  });
}

function tooManyMembers(): TrainyardError {
  return new TrainyardError('QUOTA_EXCEEDED', `The workspace has ${MAX_MEMBERS} members, the maximum.`);
}
