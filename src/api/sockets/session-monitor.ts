import type { ReadAccess } from '../../auth/sessions/access-tokens.ts';
import type { SessionService } from '../../auth/sessions/session.service.ts';
import { isUnavailable } from '../../errors.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { NotificationHub } from '../../platform/postgres/notifications.ts';

/** Users checked at once: the rest of the process shares the database connections. */
const MAX_CONCURRENT_CHECKS = 2;

/** Retry interval while the database is unavailable. */
const RETRY_MILLISECONDS = 1_000;

/** Interval of checking all sessions, for changes without a notification. */
const CHECK_MILLISECONDS = 60_000;

/** Maximum delay of a Node.js timer; a longer one would fire at once. */
const MAX_TIMER_MILLISECONDS = 2 ** 31 - 1;

/**
 * Node.js keeps a list for each length that a timer has had, until that much time has passed, also when the timer was
 * stopped: with milliseconds a socket that comes and goes would leave one behind for as long as its token lives.
 */
const TIMER_STEP_MILLISECONDS = 1_000;

/** Why a token became invalid. */
export type TokenEnd = 'EXPIRED' | 'SESSION_ENDED';

interface MonitoredToken {
  readonly claims: ReadAccess;
  readonly end: (reason: TokenEnd) => void;
}

interface MonitoredUser {
  readonly tokens: Set<MonitoredToken>;
  readonly stopListening: () => void;
}

/**
 * Monitors the tokens of open sockets. `end` is called when a token expires, and shortly after its session or membership has
 * ended, in whichever process. The sessions of a user are checked on a notification; after a gap in the notifications, and
 * every minute, all sessions are checked, a few users at a time. While the database is unavailable no session is ended: the
 * check is repeated.
 */
export class SessionMonitor {
  readonly #auth: Pick<SessionService, 'active'>;
  readonly #changes: Pick<NotificationHub, 'listen'>;
  readonly #logger: Logger;
  readonly #users = new Map<string, MonitoredUser>();
  readonly #due = new Set<string>();
  readonly #stopListening: () => void;
  readonly #timer: NodeJS.Timeout;
  #runningChecks = 0;
  #isPaused = false;

  constructor(
    auth: Pick<SessionService, 'active'>,
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

  /** Monitors a token, until the returned function is called. `end` may be called more than once. */
  monitor(claims: ReadAccess, end: (reason: TokenEnd) => void): () => void {
    const { userId } = claims;
    const user = this.#users.get(userId) ?? this.#addUser(userId);
    const token = { claims, end };
    user.tokens.add(token);
    const stopTimer = callAt(claims.expiresAt, () => end('EXPIRED'));
    return () => {
      stopTimer();
      user.tokens.delete(token);
      if (user.tokens.size > 0 || this.#users.get(userId) !== user) return;
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
    const user = { tokens: new Set<MonitoredToken>(), stopListening };
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
    const tokens = [...(this.#users.get(userId)?.tokens ?? [])];
    if (tokens.length === 0) return;
    try {
      const claims = tokens.map((each) => each.claims);
      const active = new Set(await this.#auth.active(userId, claims));
      for (const { claims: own, end } of tokens) if (!active.has(own)) end('SESSION_ENDED');
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

/** Calls back at a time, however far away; returns a function that cancels it. */
function callAt(time: Date, call: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const left = Math.max(0, time.getTime() - Date.now());
    const wholeSeconds = Math.min(left - (left % TIMER_STEP_MILLISECONDS), MAX_TIMER_MILLISECONDS);
    const step = wholeSeconds > 0 ? wholeSeconds : left;
    timer = setTimeout(step === left ? call : wait, step);
    timer.unref();
  };
  wait();
  return () => clearTimeout(timer);
}
