import { badInput, TrainyardError } from '../../errors.ts';
import type { Database, Transaction } from '../../platform/postgres/database.ts';
import { canonicalEmail } from '../../platform/user-text.ts';
import { endKeysOfUser } from '../api-keys/end-api-keys.ts';
import type { AuditAction } from '../audit/audit-action.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { SignInOrigin } from '../sessions/known-devices.ts';
import type { OwnWorkspaces } from '../sessions/own-workspace.service.ts';
import { announceSessionChange, endOtherSessions, endSessionsOfUser } from '../sessions/session.store.ts';
import { type OpenedSession, oldestMembership, type SessionTokens } from '../sessions/session-tokens.service.ts';
import type { UserSecret } from '../user-secret.ts';
import type { UserViewer } from '../viewer.ts';
import { listMembershipsOfUser, lockUser } from '../workspaces/membership.store.ts';
import { type AccountMails, parseMailToken } from './account-mails.ts';
import { deleteMailTokens, hasMailToken, takeMailToken } from './mail-token.store.ts';
import type { MailPurpose } from './mail-token.table.ts';
import type { Passwords } from './passwords.service.ts';
import {
  findUser,
  listUncanonicalUsers,
  markEmailVerified,
  type PublicUser,
  setPasswordHash,
  setUserName,
  type UserRow,
} from './user.store.ts';
import { checkPassword, parseUserName } from './user-input.ts';

/** What accounts are changed with. */
interface Parts {
  readonly database: Database;
  readonly passwords: Passwords;
  readonly sessionTokens: SessionTokens;
  readonly mails: AccountMails;
  readonly ownWorkspaces: OwnWorkspaces;
}

/** An account whose address looks like that of another. */
export interface Twin {
  readonly user: UserRow;
  /** Null if no other account has the canonical address. */
  readonly other: UserRow | null;
}

/** The accounts of users: their names, passwords and addresses. `address`: the client's address. */
export class Accounts {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Null removes the name. */
  async updateProfile({ userId }: UserViewer, givenName: string | null): Promise<PublicUser> {
    const name = parseUserName(givenName, 'name');
    return await this.#parts.database.transaction({ userId }, async (tx) => {
      await setUserName(tx, userId, name);
      return await ownUser(tx, userId);
    });
  }

  async profile({ userId }: UserViewer): Promise<PublicUser> {
    return await this.#parts.database.transaction({ userId }, (tx) => ownUser(tx, userId));
  }

  /** Sets another password, and ends the user's other sessions. Tells whether there were any. */
  async changePassword(
    { userId, sessionId }: UserViewer,
    { current, next }: { readonly current: string; readonly next: string },
    address: string,
  ): Promise<boolean> {
    checkPassword(next, 'new');
    const { database, passwords } = this.#parts;
    const origin = { address, deviceId: sessionId };
    const user = await this.checkedUser(userId, current, 'current', origin);
    const passwordHash = await passwords.hash(user.email, next, origin);
    return await database.transaction({ userId, email: user.email }, async (tx) => {
      await lockUser(tx, userId);
      await setPasswordHash(tx, userId, passwordHash);
      await deleteMailTokens(tx, userId, 'RESET_PASSWORD');
      const ended = await endOtherSessions(tx, userId, sessionId);
      await announceSessionChange(tx, userId);
      await recordInWorkspaces(tx, userId, 'password.changed', address);
      return ended > 0;
    });
  }

  /** The user, who has entered their password once more. Throws UNAUTHENTICATED if it is wrong. */
  async checkedUser(userId: string, password: string, argument: string, origin: SignInOrigin): Promise<UserRow> {
    const { database, passwords } = this.#parts;
    const { email } = await database.transaction({ userId }, (tx) => ownUser(tx, userId));
    const checked = await passwords.findUser(email, password, origin);
    if (checked !== null) return checked.user;
    throw new TrainyardError('UNAUTHENTICATED', 'The password is wrong.', { reason: 'WRONG_CREDENTIALS', argument });
  }

  /** Takes as long whether or not there is such an account: the mail is written afterwards. */
  requestPasswordReset(email: string, clientAddress: string): void {
    this.#parts.mails.requestReset(email, clientAddress);
  }

  /**
   * Sets a password by the token of a mailed link, ends all sessions and API keys of the user, and opens a session. Throws
   * FORBIDDEN, after the password was set, for a user who belongs to no workspace and may have none.
   */
  async resetPassword(text: string, password: string, address: string): Promise<OpenedSession> {
    checkPassword(password, 'new');
    const { database, passwords, sessionTokens } = this.#parts;
    const token = readToken('RESET_PASSWORD', text);
    const { userId } = token;
    const wanted = { hash: token.hash, userId, purpose: 'RESET_PASSWORD' } as const;
    // Looked up before the hashing, which anybody could keep busy otherwise.
    const user = await database.transaction({ userId }, async (tx) =>
      (await hasMailToken(tx, wanted)) ? await findUser(tx, userId) : null,
    );
    if (user === null) throw invalidToken();
    const passwordHash = await passwords.hash(user.email, password, { address, deviceId: null });
    const opened = await database.transaction({ userId, email: user.email }, async (tx) => {
      if (!(await takeMailToken(tx, wanted))) throw invalidToken();
      await this.#replacePassword(tx, { userId, passwordHash, address });
      await markEmailVerified(tx, userId);
      const membership = await oldestMembership(tx, userId);
      return membership === null ? null : await sessionTokens.open(tx, membership);
    });
    if (opened !== null) return opened;
    await this.#parts.ownWorkspaces.provide(user);
    return await database.transaction({ userId }, async (tx) => {
      const membership = await oldestMembership(tx, userId);
      if (membership === null) throw new Error('The workspace went away while it was being opened.');
      return await sessionTokens.open(tx, membership);
    });
  }

  async #replacePassword(
    tx: Transaction,
    { userId, passwordHash, address }: { userId: string; passwordHash: string; address: string },
  ): Promise<void> {
    await lockUser(tx, userId);
    await setPasswordHash(tx, userId, passwordHash);
    await deleteMailTokens(tx, userId, 'RESET_PASSWORD');
    await endSessionsOfUser(tx, userId);
    await endKeysOfUser(tx, userId);
    await announceSessionChange(tx, userId);
    await recordInWorkspaces(tx, userId, 'password.reset', address);
  }

  /** Sets a password for an operator, and ends all sessions and API keys of the user. False for an unknown address. */
  async setPassword(email: string, password: string, address: string): Promise<boolean> {
    const { database, passwords, mails } = this.#parts;
    const user = await mails.findUser(email);
    if (user === null) return false;
    const userId = user.id;
    const passwordHash = await passwords.hash(email, password, { address, deviceId: null });
    await database.transaction({ userId, email: user.email }, (tx) =>
      this.#replacePassword(tx, { userId, passwordHash, address }),
    );
    return true;
  }

  /** Accounts of earlier versions whose addresses are not canonical, each with the one that has the canonical address. */
  async listTwins(): Promise<Twin[]> {
    const { database, mails } = this.#parts;
    const twins: Twin[] = [];
    for (const user of await database.transaction({ maintenance: true }, listUncanonicalUsers)) {
      twins.push({ user, other: await mails.findUser(canonicalEmail(user.email)) });
    }
    return twins;
  }

  /** Notes that a user has read a mail to their address. */
  async verifyEmail(text: string): Promise<PublicUser> {
    const { userId, hash } = readToken('VERIFY_EMAIL', text);
    return await this.#parts.database.transaction({ userId }, async (tx) => {
      if (!(await takeMailToken(tx, { hash, userId, purpose: 'VERIFY_EMAIL' }))) throw invalidToken();
      await markEmailVerified(tx, userId);
      return await ownUser(tx, userId);
    });
  }
}

async function ownUser(tx: Transaction, userId: string): Promise<UserRow> {
  const user = await findUser(tx, userId);
  if (user === null) throw new TrainyardError('UNAUTHENTICATED', 'The account is gone.', { reason: 'SESSION_ENDED' });
  return user;
}

/** Every owner of a workspace that the user belongs to sees it. */
async function recordInWorkspaces(
  tx: Transaction,
  userId: string,
  action: AuditAction,
  address: string,
): Promise<void> {
  for (const { membership } of await listMembershipsOfUser(tx, userId)) {
    await recordAudit(tx, action, { workspaceId: membership.workspaceId, details: { address } });
  }
}

function readToken(purpose: MailPurpose, text: string): UserSecret {
  const token = parseMailToken(purpose, text);
  if (token === null) throw invalidToken();
  return token;
}

function invalidToken(): TrainyardError {
  return badInput('token', 'The link has expired, or was used already.', 'Ask for another one.');
}
