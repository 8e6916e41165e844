import { randomUUID } from 'node:crypto';
import { badInput, InputErrors, TrainyardError } from '../../errors.ts';
import { type Database, violatedConstraint } from '../../platform/postgres/database.ts';
import type { SignedToken } from '../../platform/signed-tokens.ts';
import { composedEmail, parseName } from '../../platform/user-text.ts';
import { recordAudit, recordRefusedSignIn } from '../audit/record-audit.ts';
import { MAX_EMAIL_LENGTH, parseEmail } from '../users/email.ts';
import { hashPassword, UNMATCHABLE_HASH, verifyPassword } from '../users/password.ts';
import { PasswordQueue } from '../users/password-queue.ts';
import { findUserByEmail, insertUser, type UserRow } from '../users/user.store.ts';
import type { Identity, NobodyReason, Viewer } from '../viewer.ts';
import {
  insertMembership,
  insertWorkspace,
  listMembershipsOfUser,
  type MembershipRecord,
  type MembershipRow,
} from '../workspaces/membership.store.ts';
import type { AccessClaims, AccessTokens, VerifiedAccess } from './access-tokens.ts';
import {
  announceSessionChange,
  endSession,
  endSessionsOfUser,
  findActiveMembership,
  insertSession,
  listActiveClaims,
} from './session.store.ts';

const MIN_PASSWORD_LENGTH = 8;
/** Longer passwords would only cost time to hash. */
const MAX_PASSWORD_LENGTH = 1_000;
const MAX_NAME_LENGTH = 200;

export interface SessionRecord {
  readonly accessToken: SignedToken;
  readonly viewer: Viewer;
}

/** Sign-up, sign-in, sign-out, and authentication of requests. */
export class SessionService {
  readonly #database: Database;
  readonly #tokens: AccessTokens;
  readonly #onFailedSignIn: () => void;
  readonly #queue = new PasswordQueue();

  constructor(database: Database, tokens: AccessTokens, onFailedSignIn: () => void) {
    this.#database = database;
    this.#tokens = tokens;
    this.#onFailedSignIn = onFailedSignIn;
  }

  /** Creates a user with a workspace of their own, and signs them in. `address`: the client's address. */
  async signUp(
    input: { email: string; password: string; name: string | null },
    address: string,
  ): Promise<SessionRecord> {
    const errors = new InputErrors();
    const checkedEmail = errors.collect(() => parseEmail(input.email));
    errors.collect(() => checkPassword(input.password));
    const name = errors.collect(() => parseUserName(input.name));
    const { email } = errors.complete({ email: checkedEmail });
    const passwordHash = await this.#queue.run(email, address, () => hashPassword(input.password));
    const createdAt = new Date();
    const viewer: Viewer = {
      userId: randomUUID(),
      workspaceId: randomUUID(),
      membershipId: randomUUID(),
      role: 'OWNER',
      sessionId: randomUUID(),
    };
    const { userId, workspaceId, membershipId, role, sessionId } = viewer;
    try {
      await this.#database.transaction({ userId, workspaceId }, async (tx) => {
        await insertUser(tx, { id: userId, email, name, passwordHash, createdAt });
        await insertWorkspace(tx, { id: workspaceId, name: name ?? email.slice(0, MAX_NAME_LENGTH), createdAt });
        await insertMembership(tx, { id: membershipId, workspaceId, userId, role, createdAt });
        await insertSession(tx, { id: sessionId, userId, createdAt });
      });
    } catch (error) {
      if (violatedConstraint(error) !== 'users_email_unique') throw error;
      throw new TrainyardError('CONFLICT', 'An account with this e-mail address already exists.', {
        argument: 'input.email',
        hint: 'Use signIn.',
      });
    }
    return await this.#toSession(viewer);
  }

  /** Signs in to the oldest of the user's workspaces. An unknown e-mail address and a wrong password give the same error. */
  async signIn(input: { email: string; password: string }, address: string): Promise<SessionRecord> {
    const account = composedEmail(input.email.slice(0, MAX_EMAIL_LENGTH));
    const user = await this.#queue.run(account, address, () => this.#findUser(input, address));
    if (user === null) {
      this.#onFailedSignIn();
      throw new TrainyardError('UNAUTHENTICATED', 'The e-mail address or the password is wrong.', {
        reason: 'WRONG_CREDENTIALS',
      });
    }
    const sessionId = randomUUID();
    const first = await this.#database.transaction({ userId: user.id }, async (tx) => {
      const [record] = await listMembershipsOfUser(tx, user.id);
      if (record === undefined) return undefined;
      await insertSession(tx, { id: sessionId, userId: user.id, createdAt: new Date() });
      const { workspaceId } = record.membership;
      await recordAudit(tx, 'session.started', { workspaceId, details: { address } });
      return record;
    });
    if (first === undefined) {
      throw new TrainyardError('FORBIDDEN', 'This account is no longer a member of any workspace.');
    }
    return await this.#toSession(toViewer(first.membership, sessionId));
  }

  /** The user with this e-mail address and password; null if there is none. */
  async #findUser(input: { email: string; password: string }, address: string): Promise<UserRow | null> {
    let user: UserRow | null = null;
    for (const email of emailForms(input.email)) {
      user ??= await this.#database.transaction({ email }, (tx) => findUserByEmail(tx, email));
    }
    const password = input.password.slice(0, MAX_PASSWORD_LENGTH);
    const matches = await verifyPassword(password, user?.passwordHash ?? UNMATCHABLE_HASH);
    if (matches) return user;
    await recordRefusedSignIn(this.#database, { user, address });
    return null;
  }

  /** Ends the viewer's session, or all sessions of the user. Listeners are notified when it commits. */
  async signOut({ userId, sessionId }: Viewer, everywhere: boolean): Promise<void> {
    await this.#database.transaction({ userId }, async (tx) => {
      if (everywhere) await endSessionsOfUser(tx, userId);
      else await endSession(tx, userId, sessionId);
      await announceSessionChange(tx, userId);
    });
  }

  /** The claims of a bearer token; null for a forged or malformed one. Does not check whether the session is still active. */
  verifyToken(token: string): Promise<VerifiedAccess | null> {
    return this.#tokens.verify(token);
  }

  /**
   * The current identity of a bearer token, or the reason why there is none. An expired token whose session has ended, or
   * whose membership is gone, is reported as SESSION_ENDED: no fresh token will follow.
   */
  async identify(token: string): Promise<Identity> {
    const verified = await this.verifyToken(token);
    if (verified === null) return nobody('NO_TOKEN');
    const { claims, isExpired } = verified;
    const { userId, sessionId } = claims;
    const membership = await this.#database.transaction({ userId }, (tx) => findActiveMembership(tx, claims));
    if (membership === null) return nobody('SESSION_ENDED');
    return isExpired ? nobody('TOKEN_EXPIRED') : { viewer: toViewer(membership, sessionId), reason: null };
  }

  /** The claims of one user whose session and membership still exist. */
  async active<Claims extends AccessClaims>(userId: string, claims: readonly Claims[]): Promise<Claims[]> {
    const found = await this.#database.transaction({ userId }, (tx) => listActiveClaims(tx, userId, claims));
    const active = new Set(found.map(keyOf));
    return claims.filter((claim) => active.has(keyOf(claim)));
  }

  /** The memberships of a user, oldest first. */
  memberships(userId: string): Promise<MembershipRecord[]> {
    return this.#database.transaction({ userId }, (tx) => listMembershipsOfUser(tx, userId));
  }

  async #toSession(viewer: Viewer): Promise<SessionRecord> {
    return { accessToken: await this.#tokens.sign(viewer), viewer };
  }
}

/** An unauthenticated identity. */
export function nobody(reason: NobodyReason): Identity {
  return { viewer: null, reason };
}

function toViewer({ id, userId, workspaceId, role }: MembershipRow, sessionId: string): Viewer {
  return { userId, workspaceId, membershipId: id, role, sessionId };
}

function keyOf({ sessionId, workspaceId }: Pick<AccessClaims, 'sessionId' | 'workspaceId'>): string {
  return `${sessionId} ${workspaceId}`;
}

/** The forms in which an address may be stored: earlier versions did not normalise it to composed letters. */
function emailForms(text: string): ReadonlySet<string> {
  return new Set([text.trim().toLowerCase(), composedEmail(text)]);
}

function checkPassword(password: string): void {
  if (password.length >= MIN_PASSWORD_LENGTH && password.length <= MAX_PASSWORD_LENGTH) return;
  throw badInput(
    'input.password',
    `The password must have ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters; it has ${password.length}.`,
  );
}

function parseUserName(text: string | null): string | null {
  if (text === null || text.trim() === '') return null;
  return parseName(text, { argument: 'input.name', what: 'The name', maxLength: MAX_NAME_LENGTH });
}
