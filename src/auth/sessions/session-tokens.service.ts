import { randomBytes, randomUUID } from 'node:crypto';
import { TrainyardError } from '../../errors.ts';
import type { Database, Transaction } from '../../platform/postgres/database.ts';
import type { SignedToken } from '../../platform/signed-tokens.ts';
import { UserSecret } from '../user-secret.ts';
import { toViewer, type UserViewer } from '../viewer.ts';
import { listMembershipsOfUser, type MembershipRow } from '../workspaces/membership.store.ts';
import type { AccessTokens } from './access-tokens.ts';
import {
  consumeRefreshToken,
  deleteUsedRefreshTokens,
  findRefreshToken,
  insertRefreshToken,
  lockSessionOfToken,
  type RefreshedSession,
  replaceRefreshTokens,
} from './refresh-token.store.ts';
import {
  announceSessionChange,
  endSession,
  findMembershipOfUser,
  insertSession,
  prolongSession,
} from './session.store.ts';

/** Scanners that look for leaked secrets recognise it. */
const REFRESH_PREFIX = 'trainyard_refresh_';
const SALT_BYTES = 32;
const DAY_SECONDS = 24 * 60 * 60;

/** The tokens of a session, as its client receives them. */
export interface OpenedSession {
  readonly accessToken: SignedToken;
  /** Null where the client has it already. */
  readonly refreshToken: string | null;
  /** For how long it is valid, unless it is used before. */
  readonly refreshSeconds: number;
  readonly viewer: UserViewer;
}

/** A refresh token that was found to be good: what the client receives instead. */
interface Rotation {
  readonly membership: MembershipRow;
  readonly sessionId: string;
  readonly refreshToken: UserSecret | null;
}

/**
 * Opens sessions, and gives them tokens. A refresh token is used once: whoever uses it again later ends the session, because
 * one of the two has stolen it. Within ten seconds it is only a client that sent it twice, or did not receive the answer: it
 * receives the same new token again, which is derived from the old one and a salt, so that no token is stored.
 */
export class SessionTokens {
  readonly #database: Database;
  readonly #accessTokens: AccessTokens;
  readonly #idleDays: number;

  /** `idleDays`: how long a session lasts that is not refreshed. */
  constructor(database: Database, accessTokens: AccessTokens, idleDays: number) {
    this.#database = database;
    this.#accessTokens = accessTokens;
    this.#idleDays = idleDays;
  }

  /** Opens a session of a member in their workspace, in a transaction in the scope of the user. */
  async open(tx: Transaction, membership: MembershipRow): Promise<OpenedSession> {
    const { userId, workspaceId } = membership;
    const sessionId = randomUUID();
    await insertSession(tx, { id: sessionId, userId, workspaceId, idleDays: this.#idleDays });
    return await this.#withNewTokens(tx, membership, sessionId);
  }

  /**
   * Moves a session to another workspace of its user, in a transaction in the scope of the user, and gives it new tokens. Its
   * open sockets are closed with 4403.
   */
  async move(tx: Transaction, sessionId: string, membership: MembershipRow): Promise<OpenedSession> {
    const { userId, workspaceId } = membership;
    await prolongSession(tx, { id: sessionId, userId, workspaceId, idleDays: this.#idleDays });
    await replaceRefreshTokens(tx, userId, sessionId);
    await announceSessionChange(tx, userId);
    return await this.#withNewTokens(tx, membership, sessionId);
  }

  /** New tokens for a refresh token. Throws UNAUTHENTICATED for one that is unknown, was used before, or whose session has ended. */
  async refresh(text: string): Promise<OpenedSession> {
    const token = UserSecret.parse(REFRESH_PREFIX, text);
    if (token === null) throw sessionEnded();
    const rotation = await this.#database.transaction({ userId: token.userId }, (tx) => this.#rotate(tx, token));
    if (rotation === null) throw sessionEnded();
    const { membership, sessionId, refreshToken } = rotation;
    return await this.#toOpened(membership, sessionId, refreshToken);
  }

  /** Null, without an error, where the session is over: what ends it has to be committed. */
  async #rotate(tx: Transaction, token: UserSecret): Promise<Rotation | null> {
    const session = await lockSessionOfToken(tx, token.hash);
    if (session === null || !session.isActive) return null;
    const record = await findRefreshToken(tx, token.hash);
    if (record === null) return null;
    const { userId } = token;
    if (record.isUsed && !record.isInGrace) {
      await endSession(tx, userId, session.id);
      await announceSessionChange(tx, userId);
      return null;
    }
    const membership = await this.#membershipOf(tx, userId, session);
    const next = record.isUsed
      ? await newestOf(tx, token, record.successorSalt)
      : await this.#replace(tx, token, session.id, membership);
    return { membership, sessionId: session.id, refreshToken: next };
  }

  async #replace(
    tx: Transaction,
    token: UserSecret,
    sessionId: string,
    { userId, workspaceId }: MembershipRow,
  ): Promise<UserSecret> {
    const salt = randomBytes(SALT_BYTES);
    const next = token.successor(salt);
    await consumeRefreshToken(tx, token.hash, salt);
    await insertRefreshToken(tx, { hash: next.hash, userId, sessionId });
    await prolongSession(tx, { id: sessionId, userId, workspaceId, idleDays: this.#idleDays });
    await deleteUsedRefreshTokens(tx, userId, sessionId);
    return next;
  }

  /** The membership in the session's workspace; in the oldest of the user's, if that one is gone. */
  async #membershipOf(tx: Transaction, userId: string, { workspaceId }: RefreshedSession): Promise<MembershipRow> {
    const current = workspaceId === null ? null : await findMembershipOfUser(tx, userId, workspaceId);
    const membership = current ?? (await oldestMembership(tx, userId));
    if (membership !== null) return membership;
    throw new TrainyardError('FORBIDDEN', 'This account is no longer a member of any workspace.');
  }

  async #withNewTokens(tx: Transaction, membership: MembershipRow, sessionId: string): Promise<OpenedSession> {
    const { userId } = membership;
    const refreshToken = UserSecret.make(REFRESH_PREFIX, userId);
    await insertRefreshToken(tx, { hash: refreshToken.hash, userId, sessionId });
    return await this.#toOpened(membership, sessionId, refreshToken);
  }

  async #toOpened(
    membership: MembershipRow,
    sessionId: string,
    refreshToken: UserSecret | null,
  ): Promise<OpenedSession> {
    const viewer = toViewer(membership, sessionId);
    return {
      accessToken: await this.#accessTokens.sign(viewer),
      refreshToken: refreshToken?.text ?? null,
      refreshSeconds: this.#idleDays * DAY_SECONDS,
      viewer,
    };
  }
}

/**
 * The unused token that a used one has led to, as it was given to who used it first. Null if another took its place meanwhile
 * that cannot be derived, such as by `selectWorkspace`: the client has received that.
 */
async function newestOf(
  tx: Transaction,
  used: UserSecret,
  successorSalt: Uint8Array | null,
): Promise<UserSecret | null> {
  let token = used;
  for (let salt = successorSalt; salt !== null; ) {
    token = token.successor(salt);
    const record = await findRefreshToken(tx, token.hash);
    if (record === null) return null;
    if (!record.isUsed) return token;
    salt = record.successorSalt;
  }
  return null;
}

/** The oldest of a user's memberships, in the user's scope; null where there is none. */
export async function oldestMembership(tx: Transaction, userId: string): Promise<MembershipRow | null> {
  const [oldest] = await listMembershipsOfUser(tx, userId);
  return oldest?.membership ?? null;
}

function sessionEnded(): TrainyardError {
  return new TrainyardError('UNAUTHENTICATED', 'The session has ended. Sign in again.', {
    reason: 'SESSION_ENDED',
    hint: 'A refresh token is valid once; keep the one of the latest answer.',
  });
}
