import { randomUUID } from 'node:crypto';
import { InputErrors, TrainyardError } from '../../errors.ts';
import { type Database, violatedConstraint } from '../../platform/postgres/database.ts';
import { parseEmail } from '../users/email.ts';
import type { Passwords } from '../users/passwords.service.ts';
import { insertUser } from '../users/user.store.ts';
import { checkPassword, MAX_NAME_LENGTH, parseUserName } from '../users/user-input.ts';
import { insertMembership, insertWorkspace, type MembershipRow } from '../workspaces/membership.store.ts';
import type { OpenedSession, SessionTokens } from './session-tokens.service.ts';

export interface SignUpRequest {
  readonly email: string;
  readonly password: string;
  readonly name: string | null;
}

/** Creates accounts. */
export class SignUp {
  readonly #database: Database;
  readonly #passwords: Passwords;
  readonly #sessions: SessionTokens;

  constructor(database: Database, passwords: Passwords, sessions: SessionTokens) {
    this.#database = database;
    this.#passwords = passwords;
    this.#sessions = sessions;
  }

  /** Creates a user with a workspace of their own, and signs them in. `address`: the client's address. */
  async signUp(request: SignUpRequest, address: string): Promise<OpenedSession> {
    const { email, name } = checkRequest(request);
    const passwordHash = await this.#passwords.hash(email, request.password, address);
    const createdAt = new Date();
    const [userId, workspaceId] = [randomUUID(), randomUUID()];
    const membership: MembershipRow = { id: randomUUID(), userId, workspaceId, role: 'OWNER', createdAt };
    try {
      return await this.#database.transaction({ userId, workspaceId }, async (tx) => {
        await insertUser(tx, { id: userId, email, name, passwordHash, createdAt });
        await insertWorkspace(tx, { id: workspaceId, name: name ?? email.slice(0, MAX_NAME_LENGTH), createdAt });
        await insertMembership(tx, membership);
        return await this.#sessions.open(tx, membership);
      });
    } catch (error) {
      if (violatedConstraint(error) !== 'users_email_unique') throw error;
      throw new TrainyardError('CONFLICT', 'An account with this e-mail address already exists.', {
        argument: 'input.email',
        hint: 'Use signIn.',
      });
    }
  }
}

function checkRequest({ email, password, name }: SignUpRequest): { email: string; name: string | null } {
  const errors = new InputErrors();
  const checkedEmail = errors.collect(() => parseEmail(email));
  errors.collect(() => checkPassword(password));
  const checkedName = errors.collect(() => parseUserName(name));
  return { ...errors.complete({ email: checkedEmail }), name: checkedName };
}
