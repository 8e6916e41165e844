import { notFound } from '../../errors.ts';
import { isUuid } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { findMembershipOfUser } from '../sessions/session.store.ts';
import type { OpenedSession, SessionTokens } from '../sessions/session-tokens.service.ts';
import { findUser } from '../users/user.store.ts';
import type { UserViewer } from '../viewer.ts';
import { readInvitationToken, redeemInvitation } from './invitation.service.ts';

/** Moves sessions between the workspaces of their users. Other sessions of the same user stay where they are. */
export class WorkspaceSelection {
  readonly #database: Database;
  readonly #sessions: SessionTokens;

  constructor(database: Database, sessions: SessionTokens) {
    this.#database = database;
    this.#sessions = sessions;
  }

  /** Throws NOT_FOUND for a workspace that the user is no member of, whether or not there is one. */
  async select({ userId, sessionId }: UserViewer, workspaceId: string): Promise<OpenedSession> {
    return await this.#database.transaction({ userId }, async (tx) => {
      const membership = isUuid(workspaceId) ? await findMembershipOfUser(tx, userId, workspaceId) : null;
      if (membership === null) throw notFound('workspace', workspaceId);
      return await this.#sessions.move(tx, sessionId, membership);
    });
  }

  /** Joins the workspace of an invitation, and moves there. Throws what `redeemInvitation` throws. */
  async accept({ userId, sessionId }: UserViewer, token: string): Promise<OpenedSession> {
    const invitation = readInvitationToken(token);
    return await this.#database.transaction({ userId, workspaceId: invitation.workspaceId }, async (tx) => {
      const user = await findUser(tx, userId);
      if (user === null) throw new Error('The account went away while it was being used.');
      const membership = await redeemInvitation(tx, invitation, user);
      return await this.#sessions.move(tx, sessionId, membership);
    });
  }
}
