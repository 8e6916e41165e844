import { TrainyardError } from '../../errors.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Passwords } from '../users/passwords.service.ts';
import type { SignInOrigin } from './known-devices.ts';
import { type OpenedSession, oldestMembership, type SessionTokens } from './session-tokens.service.ts';

/** Sign-in by e-mail address and password. */
export class SignIn {
  readonly #database: Database;
  readonly #passwords: Passwords;
  readonly #sessions: SessionTokens;
  readonly #onFailedSignIn: () => void;

  constructor(database: Database, passwords: Passwords, sessions: SessionTokens, onFailedSignIn: () => void) {
    this.#database = database;
    this.#passwords = passwords;
    this.#sessions = sessions;
    this.#onFailedSignIn = onFailedSignIn;
  }

  /** Signs in to the oldest of the user's workspaces. An unknown e-mail address and a wrong password give the same error. */
  async signIn({ email, password }: { email: string; password: string }, origin: SignInOrigin): Promise<OpenedSession> {
    const user = await this.#passwords.findUser(email, password, origin);
    if (user === null) {
      this.#onFailedSignIn();
      throw new TrainyardError('UNAUTHENTICATED', 'The e-mail address or the password is wrong.', {
        reason: 'WRONG_CREDENTIALS',
      });
    }
    return await this.#database.transaction({ userId: user.id }, async (tx) => {
      const membership = await oldestMembership(tx, user.id);
      const { workspaceId } = membership;
      await recordAudit(tx, 'session.started', { workspaceId, details: { address: origin.address } });
      return await this.#sessions.open(tx, membership);
    });
  }
}
