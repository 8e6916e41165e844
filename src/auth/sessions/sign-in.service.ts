import { TrainyardError } from '../../errors.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { CheckedUser, Passwords } from '../users/passwords.service.ts';
import { findCredentials } from '../users/user.store.ts';
import { lockUser } from '../workspaces/membership.store.ts';
import type { SignInOrigin } from './known-devices.ts';
import type { OwnWorkspaces } from './own-workspace.service.ts';
import { endSession } from './session.store.ts';
import { type OpenedSession, oldestMembership, type SessionTokens } from './session-tokens.service.ts';

/** What somebody shows to sign in. */
export interface SignInCredentials {
  readonly email: string;
  readonly password: string;
}

/** What sign-ins are made with. */
interface Parts {
  readonly database: Database;
  readonly passwords: Passwords;
  readonly sessionTokens: SessionTokens;
  readonly ownWorkspaces: OwnWorkspaces;
  readonly onFailedSignIn: () => void;
}

/** Sign-in by e-mail address and password. */
export class SignIn {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Signs in to the oldest of the user's workspaces. An unknown e-mail address and a wrong password give the same error. */
  async signIn(credentials: SignInCredentials, origin: SignInOrigin): Promise<OpenedSession> {
    const checked = await this.authenticate(credentials, origin);
    const { user } = checked;
    const opened = await this.#open(user.id, origin);
    if (opened !== null) return await this.confirm(opened, checked);
    await this.#parts.ownWorkspaces.provide(user);
    const own = await this.#open(user.id, origin);
    if (own === null) throw new Error('The workspace went away while it was being opened.');
    return await this.confirm(own, checked);
  }

  /**
   * A session that was opened by a password, if that is still the user's: one that was changed meanwhile has ended all sessions but
   * this. Throws UNAUTHENTICATED, as for a wrong password, and ends the session.
   */
  async confirm(opened: OpenedSession, { user, passwordHash }: CheckedUser): Promise<OpenedSession> {
    const { id: userId, email } = user;
    const isCurrent = await this.#parts.database.transaction({ userId, email }, async (tx) => {
      // Whoever changes the password holds the lock until it is done.
      await lockUser(tx, userId);
      if ((await findCredentials(tx, email))?.passwordHash === passwordHash) return true;
      await endSession(tx, userId, opened.viewer.sessionId);
      return false;
    });
    if (isCurrent) return opened;
    throw this.#refusal();
  }

  /** The user of an address and password. Throws UNAUTHENTICATED if there is none, in the same way for every address. */
  async authenticate({ email, password }: SignInCredentials, origin: SignInOrigin): Promise<CheckedUser> {
    const checked = await this.#parts.passwords.findUser(email, password, origin);
    if (checked !== null) return checked;
    throw this.#refusal();
  }

  #refusal(): TrainyardError {
    this.#parts.onFailedSignIn();
    return new TrainyardError('UNAUTHENTICATED', 'The e-mail address or the password is wrong.', {
      reason: 'WRONG_CREDENTIALS',
    });
  }

  /** Null for a user who belongs to no workspace. */
  async #open(userId: string, { address }: SignInOrigin): Promise<OpenedSession | null> {
    const { database, sessionTokens } = this.#parts;
    return await database.transaction({ userId }, async (tx) => {
      const membership = await oldestMembership(tx, userId);
      if (membership === null) return null;
      const { workspaceId } = membership;
      await recordAudit(tx, 'session.started', { workspaceId, details: { address } });
      return await sessionTokens.open(tx, membership);
    });
  }
}
