import { TrainyardError } from '../../errors.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { type Identity, nobody, toViewer, type UserViewer, type Viewer } from '../viewer.ts';
import {
  findWorkspace,
  listMembershipsOfUser,
  type MembershipRecord,
  type WorkspaceRow,
} from '../workspaces/membership.store.ts';
import type { AccessClaims, AccessTokens, VerifiedAccess } from './access-tokens.ts';
import {
  type ActiveClaims,
  announceSessionChange,
  endAllSessions,
  endSession,
  endSessionsOfUser,
  findActiveMembership,
  listActiveClaims,
} from './session.store.ts';

/** What a request brings to show who sends it. */
export interface Credentials {
  /** Of `authorization: Bearer …`, or of connectionParams. */
  readonly bearer: string | null;
  /** The access token in a cookie. */
  readonly cookie: string | null;
}

/**
 * Whether a session is still active in a workspace: it may have moved to another one, or have ended. EXPIRED: the token of an outside
 * issuer, which has no session.
 */
export type SessionState = 'ACTIVE' | 'MOVED' | 'EXPIRED' | 'ENDED';

/** Authentication of requests, and sign-out. */
export class SessionService {
  readonly #database: Database;
  readonly #tokens: AccessTokens;

  constructor(database: Database, tokens: AccessTokens) {
    this.#database = database;
    this.#tokens = tokens;
  }

  /** Ends the viewer's session, or all sessions of the user. Listeners are notified when it commits. */
  async signOut({ userId, sessionId }: UserViewer, everywhere: boolean): Promise<void> {
    await this.#database.transaction({ userId }, async (tx) => {
      if (everywhere) await endSessionsOfUser(tx, userId);
      else await endSession(tx, userId, sessionId);
      await announceSessionChange(tx, userId);
    });
  }

  /** Ends the sessions of everybody, and tells how many there were. Open sockets are not told: no process should be running. */
  endAll(): Promise<number> {
    return this.#database.transaction({ maintenance: true }, endAllSessions);
  }

  /** The claims of an access token; null for a forged or malformed one. Does not check whether the session is still active. */
  verifyToken(token: string): Promise<VerifiedAccess | null> {
    return this.#tokens.verify(token);
  }

  /**
   * The current identity of a request, or the reason why there is none. An expired token whose session has ended, or whose
   * membership is gone, is reported as SESSION_ENDED: no fresh token will follow. Throws BAD_REQUEST for tokens of two
   * sessions: who sent the request, and who wrote it, may be two people.
   */
  async identify({ bearer, cookie }: Credentials): Promise<Identity> {
    const token = bearer ?? cookie;
    const verified = token === null ? null : await this.verifyToken(token);
    if (verified === null) return nobody('NO_TOKEN');
    if (bearer !== null && cookie !== null && bearer !== cookie) await this.#refuseOther(verified.claims, cookie);
    const identity = await this.identifyClaims(verified.claims);
    return identity.viewer !== null && verified.isExpired ? nobody('TOKEN_EXPIRED') : identity;
  }

  /** The current identity of a session, whose token may have expired since it was verified. */
  async identifyClaims(claims: AccessClaims): Promise<Identity> {
    const { userId, sessionId } = claims;
    const membership = await this.#database.transaction({ userId }, (tx) => findActiveMembership(tx, claims));
    if (membership === null) return nobody('SESSION_ENDED');
    return { viewer: toViewer(membership, sessionId), reason: null };
  }

  /** Throws BAD_REQUEST for a cookie of another session or workspace than the bearer token's. An expired one says nothing. */
  async #refuseOther({ sessionId, workspaceId }: AccessClaims, cookie: string): Promise<void> {
    const other = await this.verifyToken(cookie);
    if (other === null || other.isExpired) return;
    if (other.claims.sessionId === sessionId && other.claims.workspaceId === workspaceId) return;
    throw new TrainyardError(
      'BAD_REQUEST',
      'The bearer token and the cookie of the request are of different sessions.',
      {
        hint: 'Send one of them: leave out the header "authorization", or the cookies (credentials: "omit").',
      },
    );
  }

  /** The states of sessions of one user, in the order of their claims. */
  async states(userId: string, claims: readonly AccessClaims[]): Promise<SessionState[]> {
    const found = await this.#database.transaction({ userId }, (tx) => listActiveClaims(tx, userId, claims));
    const active = new Map(found.map((each) => [keyOf(each), each]));
    return claims.map((claim) => stateOf(active.get(keyOf(claim))));
  }

  /** The memberships of a user, oldest first. */
  memberships(userId: string): Promise<MembershipRecord[]> {
    return this.#database.transaction({ userId }, (tx) => listMembershipsOfUser(tx, userId));
  }

  /** The workspace of a viewer. */
  async workspaceOf({ workspaceId }: Pick<Viewer, 'workspaceId'>): Promise<WorkspaceRow> {
    const found = await this.#database.transaction({ workspaceId }, findWorkspace);
    if (found === null) throw new Error('The workspace went away while it was being read.');
    return found;
  }
}

function stateOf(active: ActiveClaims | undefined): SessionState {
  if (active === undefined) return 'ENDED';
  const { workspaceId, currentWorkspaceId } = active;
  return currentWorkspaceId === null || currentWorkspaceId === workspaceId ? 'ACTIVE' : 'MOVED';
}

function keyOf({ sessionId, workspaceId }: Pick<AccessClaims, 'sessionId' | 'workspaceId'>): string {
  return `${sessionId} ${workspaceId}`;
}
