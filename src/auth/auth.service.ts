import { randomUUID } from 'node:crypto';
import { badInput, InputErrors, TrainyardError } from '../errors.ts';
import { type Database, violatedConstraint } from '../platform/postgres/database.ts';
import { composedEmail, invisibleIn, parseName } from '../platform/user-text.ts';
import { hashPassword, UNMATCHABLE_HASH, verifyPassword } from './password.ts';
import { PasswordQueue } from './password-queue.ts';
import {
  announceSessionChange,
  endSession,
  endSessionsOfUser,
  findActiveMembership,
  insertSession,
  listActiveClaims,
} from './session.store.ts';
import type { AccessClaims, SignedToken, Tokens, VerifiedAccess } from './signed-tokens.ts';
import {
  findUserByEmail,
  insertMembership,
  insertUser,
  insertWorkspace,
  listMembershipsOfUser,
  type MembershipRecord,
  type MembershipRow,
  type UserRow,
} from './user.store.ts';
import type { Identity, NobodyReason, Viewer } from './viewer.ts';

const MIN_PASSWORD_LENGTH = 8;
/** Longer ones would only cost time to hash. */
const MAX_PASSWORD_LENGTH = 1_000;
const MAX_NAME_LENGTH = 200;
const MAX_EMAIL_LENGTH = 320;

export interface SessionRecord {
  readonly accessToken: SignedToken;
  readonly viewer: Viewer;
}

/** Signing up, in and out, and who is calling. */
export class AuthService {
  readonly #database: Database;
  readonly #tokens: Tokens;
  readonly #onFailedSignIn: () => void;
  readonly #queue = new PasswordQueue();

  constructor(database: Database, tokens: Tokens, onFailedSignIn: () => void) {
    this.#database = database;
    this.#tokens = tokens;
    this.#onFailedSignIn = onFailedSignIn;
  }

  /** Creates the user and a workspace of their own, and signs them in. `address`: from where it is asked for. */
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

  /** Signs in, to the oldest of the user's workspaces. An unknown e-mail address and a wrong password are answered alike. */
  async signIn(input: { email: string; password: string }, address: string): Promise<SessionRecord> {
    const account = composedEmail(input.email.slice(0, MAX_EMAIL_LENGTH));
    const user = await this.#queue.run(account, address, () => this.#findUser(input));
    if (user === null) {
      this.#onFailedSignIn();
      throw new TrainyardError('UNAUTHENTICATED', 'The e-mail address or the password is wrong.', {
        reason: 'WRONG_CREDENTIALS',
      });
    }
    const sessionId = randomUUID();
    const first = await this.#database.transaction({ userId: user.id }, async (tx) => {
      const [record] = await listMembershipsOfUser(tx, user.id);
      if (record !== undefined) await insertSession(tx, { id: sessionId, userId: user.id, createdAt: new Date() });
      return record;
    });
    if (first === undefined)
      throw new TrainyardError('FORBIDDEN', 'This account is no longer a member of any workspace.');
    return await this.#toSession(toViewer(first.membership, sessionId));
  }

  /** The user whose e-mail address and password these are; null for nobody. */
  async #findUser(input: { email: string; password: string }): Promise<UserRow | null> {
    let user: UserRow | null = null;
    for (const email of emailForms(input.email)) {
      user ??= await this.#database.transaction({ email }, (tx) => findUserByEmail(tx, email));
    }
    const password = input.password.slice(0, MAX_PASSWORD_LENGTH);
    const matches = await verifyPassword(password, user?.passwordHash ?? UNMATCHABLE_HASH);
    return matches ? user : null;
  }

  /** Ends the viewer's session, or all of the user's. Whoever watches over them learns of it as it commits. */
  async signOut({ userId, sessionId }: Viewer, everywhere: boolean): Promise<void> {
    await this.#database.transaction({ userId }, async (tx) => {
      if (everywhere) await endSessionsOfUser(tx, userId);
      else await endSession(tx, userId, sessionId);
      await announceSessionChange(tx, userId);
    });
  }

  /** What a bearer token says; null for one that is forged or none. Asks nobody whether it still stands. */
  verifyToken(token: string): Promise<VerifiedAccess | null> {
    return this.#tokens.verifyAccess(token);
  }

  /**
   * Who a bearer token speaks for now, or why for nobody. That its session has ended, or the membership is gone, is said of
   * an expired one too: no fresh token will follow it.
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

  /** Those of one user's claims whose session has not ended and whose membership is there. */
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
    return { accessToken: await this.#tokens.signAccess(viewer), viewer };
  }
}

/** Whom a request speaks for that speaks for nobody. */
export function nobody(reason: NobodyReason): Identity {
  return { viewer: null, reason };
}

function toViewer({ id, userId, workspaceId, role }: MembershipRow, sessionId: string): Viewer {
  return { userId, workspaceId, membershipId: id, role, sessionId };
}

function keyOf({ sessionId, workspaceId }: Pick<AccessClaims, 'sessionId' | 'workspaceId'>): string {
  return `${sessionId} ${workspaceId}`;
}

/** An address is what has one @ with something visible on both sides; whether it exists only a mail would tell. */
function parseEmail(text: string): string {
  const email = composedEmail(text);
  const invisible = invisibleIn(email, { isScript: false });
  if (invisible !== null) {
    throw badInput(
      'input.email',
      `The e-mail address has the character ${invisible}, which is invisible.`,
      'Remove it.',
    );
  }
  if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > MAX_EMAIL_LENGTH) {
    throw badInput(
      'input.email',
      'Not a valid e-mail address.',
      `Use an address such as name@example.com, with at most ${MAX_EMAIL_LENGTH} characters.`,
    );
  }
  return email;
}

/** How the address of an account may be stored: earlier versions did not compose its letters. */
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
