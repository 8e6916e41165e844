import type { Authentication } from '../../auth/authentication.ts';
import type { AccessClaims } from '../../auth/sessions/access-tokens.ts';
import { isUnavailable } from '../../errors.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { NotificationHub } from '../../platform/postgres/notifications.ts';

/** Users checked at once: the rest of the process shares the database connections. */
const MAX_CONCURRENT_CHECKS = 2;

/** Retry interval while the database is unavailable. */
const RETRY_MILLISECONDS = 1_000;

/** Interval of checking all sessions, for changes without a notification, and for sessions that expire. */
const CHECK_MILLISECONDS = 60_000;

/** Why a connection is to be closed: its session has ended, or has moved to another workspace; or its token, which has none, has expired. */
export type SessionEnd = 'SESSION_ENDED' | 'SESSION_MOVED' | 'TOKEN_EXPIRED';

interface MonitoredSession {
  readonly claims: AccessClaims;
  readonly end: (reason: SessionEnd) => void;
}

interface MonitoredUser {
  readonly sessions: Set<MonitoredSession>;
  readonly stopListening: () => void;
}

/**
 * Monitors the sessions of open connections, which live as long as these: the expiry of the access token that opened one does
 * not matter, except that of an outside issuer, which has no session. `end` is called shortly after the session or membership has ended, or the session has moved to another
 * workspace, in whichever process. The sessions of a user are checked on a notification; after a gap in the notifications, and
 * every minute, all sessions are checked, a few users at a time. While the database is unavailable no session is ended: the
 * check is repeated.
 */
export class SessionMonitor {
  readonly #auth: Pick<Authentication, 'states'>;
  readonly #changes: Pick<NotificationHub, 'listen'>;
  readonly #logger: Logger;
  readonly #users = new Map<string, MonitoredUser>();
  readonly #due = new Set<string>();
  readonly #stopListening: () => void;
  readonly #timer: NodeJS.Timeout;
  #runningChecks = 0;
  #isPaused = false;

  constructor(
    auth: Pick<Authentication, 'states'>,
    changes: Pick<NotificationHub, 'listen' | 'onReconnect'>,
    logger: Logger,
  ) {
    this.#auth = auth;
    this.#changes = changes;
    this.#logger = logger;
    const checkAll = () => {
      for (const userId of this.#users.keys()) this.#scheduleCheck(userId);
    };
    this.#stopListening = changes.onReconnect(checkAll);
    this.#timer = setInterval(checkAll, CHECK_MILLISECONDS).unref();
  }

  /** Monitors a session, until the returned function is called. `end` may be called more than once. */
  monitor(claims: AccessClaims, end: (reason: SessionEnd) => void): () => void {
    const { userId } = claims;
    const user = this.#users.get(userId) ?? this.#addUser(userId);
    const session = { claims, end };
    user.sessions.add(session);
    const timer = claims.expiresAt && endsAt(claims.expiresAt, () => end('TOKEN_EXPIRED'));
    return () => {
      clearTimeout(timer);
      user.sessions.delete(session);
      if (user.sessions.size > 0 || this.#users.get(userId) !== user) return;
      user.stopListening();
      this.#users.delete(userId);
      this.#due.delete(userId);
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stopListening();
    this.#isPaused = true;
    for (const { stopListening } of this.#users.values()) stopListening();
    this.#users.clear();
  }

  #addUser(userId: string): MonitoredUser {
    const stopListening = this.#changes.listen(userId, (change) => {
      // Null comes every few seconds, to catch up; sessions are checked on reconnects instead.
      if (change !== null) this.#scheduleCheck(userId);
    });
    const user = { sessions: new Set<MonitoredSession>(), stopListening };
    this.#users.set(userId, user);
    return user;
  }

  #scheduleCheck(userId: string): void {
    this.#due.add(userId);
    this.#startChecks();
  }

  #startChecks(): void {
    for (const userId of this.#due) {
      if (this.#isPaused || this.#runningChecks >= MAX_CONCURRENT_CHECKS) return;
      // Removed before the check: a change during it causes another one.
      this.#due.delete(userId);
      this.#runningChecks += 1;
      void this.#check(userId).finally(() => {
        this.#runningChecks -= 1;
        this.#startChecks();
      });
    }
  }

  async #check(userId: string): Promise<void> {
    const sessions = [...(this.#users.get(userId)?.sessions ?? [])];
    if (sessions.length === 0) return;
    try {
      const states = await this.#auth.states(
        userId,
        sessions.map(({ claims }) => claims),
      );
      for (const [index, { end }] of sessions.entries()) {
        if (states[index] === 'ENDED') end('SESSION_ENDED');
        else if (states[index] === 'MOVED') end('SESSION_MOVED');
        else if (states[index] === 'EXPIRED') end('TOKEN_EXPIRED');
      }
    } catch (error) {
      if (!isUnavailable(error)) {
        this.#logger.error({ err: error, userId }, 'the sessions of open sockets could not be checked');
      }
      if (this.#users.has(userId)) this.#due.add(userId);
      this.#pause();
    }
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    setTimeout(() => {
      this.#isPaused = false;
      this.#startChecks();
    }, RETRY_MILLISECONDS).unref();
  }
}

/** Tokens of outside issuers are valid for a week at most, which a timer can wait for. */
function endsAt(time: Date, end: () => void): NodeJS.Timeout {
  return setTimeout(end, Math.max(0, time.getTime() - Date.now())).unref();
}
