import type { Database } from '../../platform/postgres/database.ts';
import { recordRefusedSignIn } from '../audit/record-audit.ts';
import type { SignInOrigin } from '../sessions/known-devices.ts';
import { hashPassword, UNMATCHABLE_HASH, verifyPassword } from './password.ts';
import { PasswordQueue } from './password-queue.ts';
import { type Credentials, findCredentials, type UserRow } from './user.store.ts';
import { accountOf, emailForms, MAX_PASSWORD_LENGTH } from './user-input.ts';

/** A user whose password was right. */
export interface CheckedUser {
  readonly user: UserRow;
  readonly passwordHash: string;
}

/** Hashes and verifies passwords, each in its turn. */
export class Passwords {
  readonly #database: Database;
  readonly #queue = new PasswordQueue();

  constructor(database: Database) {
    this.#database = database;
  }

  hash(email: string, password: string, origin: SignInOrigin): Promise<string> {
    return this.#queue.run({ account: accountOf(email), ...origin }, () => hashPassword(password));
  }

  /** The hash of the password of an account; null for an account without one, and for none. */
  async findHash(email: string): Promise<string | null> {
    return (await this.#findCredentials(email))?.passwordHash ?? null;
  }

  /**
   * The user with this e-mail address and password, and the hash that it was compared with; null if there is none, which takes as
   * long, and is recorded.
   */
  findUser(email: string, password: string, origin: SignInOrigin): Promise<CheckedUser | null> {
    return this.#queue.run({ account: accountOf(email), ...origin }, async () => {
      const found = await this.#findCredentials(email);
      const user = found?.user ?? null;
      const matches = await verifyPassword(
        password.slice(0, MAX_PASSWORD_LENGTH),
        found?.passwordHash ?? UNMATCHABLE_HASH,
      );
      if (matches && user !== null && found?.passwordHash) return { user, passwordHash: found.passwordHash };
      await recordRefusedSignIn(this.#database, { user, address: origin.address });
      return null;
    });
  }

  async #findCredentials(email: string): Promise<Credentials | null> {
    let found: Credentials | null = null;
    for (const form of emailForms(email)) {
      found ??= await this.#database.transaction({ email: form }, (tx) => findCredentials(tx, form));
    }
    return found;
  }
}
