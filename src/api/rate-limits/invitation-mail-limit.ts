import { createHash } from 'node:crypto';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { SharedLimiter } from './shared-limiter.ts';

const HOUR_SECONDS = 60 * 60;

/** Mails of invitations that an address gets in an hour from one user, whatever the workspace. */
const MAX_FROM_USER = 3;

/** The same from everybody together: more than people are invited, too few to annoy somebody by many accounts. */
const MAX_FROM_ALL = 20;

/** Limits the mails of invitations that an address gets, over all workspaces and processes. */
export class InvitationMailLimit {
  readonly #fromUser: SharedLimiter;
  readonly #fromAll: SharedLimiter;

  constructor(database: Pick<Database, 'transaction'>, logger: Logger) {
    const limiter = (keyPrefix: string, points: number) =>
      new SharedLimiter(database, logger, { keyPrefix, points, duration: HOUR_SECONDS });
    this.#fromUser = limiter('invitation-mail-user', MAX_FROM_USER);
    this.#fromAll = limiter('invitation-mail', MAX_FROM_ALL);
  }

  /** Counts a mail. False beyond a limit. What a user sends too much of does not count for others. */
  async admit(userId: string, email: string): Promise<boolean> {
    // The counts outlive accounts, and say nobody's address.
    const address = createHash('sha256').update(email).digest('base64url');
    const { isGranted } = await this.#fromUser.consume(`${userId} ${address}`, 1);
    return isGranted && (await this.#fromAll.consume(address, 1)).isGranted;
  }
}
