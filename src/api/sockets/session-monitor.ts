import type { AuthService } from '../../auth/auth.service.ts';
import type { ReadAccess } from '../../auth/tokens.ts';
import { TrainyardError } from '../../errors.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { NotificationHub } from '../../platform/postgres/notifications.ts';

/** Users that are looked at at once: all others of the process share its connections to the database with them. */
const MAX_LOOKS_AT_ONCE = 2;

/** While the database does not answer, it is asked again so often. */
const TIMEOUT_MILLISECONDS = 1_000;

/** What was changed by hand, and told to nobody, is noticed after this time at the latest. */
const REGULAR_LOOK_MILLISECONDS = 60_000;

/** The longest that a timer of Node.js can wait; beyond it, it would fire at once. */
const MAX_TIMER_MILLISECONDS = 2 ** 31 - 1;

/**
 * Node.js keeps a list for each length that a timer has had, until that much time has passed, also when the timer was
 * stopped: with milliseconds a socket that comes and goes would leave one behind for as long as its token lives.
 */
const TIMER_STEP_MILLISECONDS = 1_000;

/** Why a token is good for nothing any more. */
export type TokenEnd = 'EXPIRED' | 'SESSION_ENDED';

interface Watched {
  readonly claims: ReadAccess;
  readonly end: (reason: TokenEnd) => void;
}

interface WatchedUser {
  readonly watched: Set<Watched>;
  readonly stopListening: () => void;
}

/**
 * Watches over the tokens of open sockets. `end` is called once a token expires, and within moments of the end of its
 * session or of its membership, in whatever process that was. Sessions are looked at when a change of the user's is
 * announced; after a gap in the announcements, and every minute, all of them are, a few users at a time. A database that
 * does not answer ends nothing: the look is made up for.
 */
export class SessionMonitor {
  readonly #auth: Pick<AuthService, 'standing'>;
  readonly #changes: Pick<NotificationHub, 'listen'>;
  readonly #logger: Logger;
  readonly #users = new Map<string, WatchedUser>();
  readonly #due = new Set<string>();
  readonly #stopListening: () => void;
  readonly #regularLook: NodeJS.Timeout;
  #looks = 0;
  #isPaused = false;

  constructor(
    auth: Pick<AuthService, 'standing'>,
    changes: Pick<NotificationHub, 'listen' | 'onReconnect'>,
    logger: Logger,
  ) {
    this.#auth = auth;
    this.#changes = changes;
    this.#logger = logger;
    const lookAtAll = () => {
      for (const userId of this.#users.keys()) this.#lookAt(userId);
    };
    this.#stopListening = changes.onReconnect(lookAtAll);
    this.#regularLook = setInterval(lookAtAll, REGULAR_LOOK_MILLISECONDS).unref();
  }

  /** Watches over a token, until the returned function is called. `end` may be called more than once. */
  watch(claims: ReadAccess, end: (reason: TokenEnd) => void): () => void {
    const { userId } = claims;
    const user = this.#users.get(userId) ?? this.#addUser(userId);
    const watched = { claims, end };
    user.watched.add(watched);
    const stopTimer = callAt(claims.expiresAt, () => end('EXPIRED'));
    return () => {
      stopTimer();
      user.watched.delete(watched);
      if (user.watched.size > 0 || this.#users.get(userId) !== user) return;
      user.stopListening();
      this.#users.delete(userId);
      this.#due.delete(userId);
    };
  }

  close(): void {
    clearInterval(this.#regularLook);
    this.#stopListening();
    this.#isPaused = true;
    for (const { stopListening } of this.#users.values()) stopListening();
    this.#users.clear();
  }

  #addUser(userId: string): WatchedUser {
    const stopListening = this.#changes.listen(userId, (change) => {
      // Null is the hint to look that comes every few seconds: sessions need it after a gap only.
      if (change !== null) this.#lookAt(userId);
    });
    const user = { watched: new Set<Watched>(), stopListening };
    this.#users.set(userId, user);
    return user;
  }

  #lookAt(userId: string): void {
    this.#due.add(userId);
    this.#startHealthChecks();
  }

  #startHealthChecks(): void {
    for (const userId of this.#due) {
      if (this.#isPaused || this.#looks >= MAX_LOOKS_AT_ONCE) return;
      // Taken out before the look: a change that comes during it makes another one.
      this.#due.delete(userId);
      this.#looks += 1;
      void this.#look(userId).finally(() => {
        this.#looks -= 1;
        this.#startHealthChecks();
      });
    }
  }

  async #look(userId: string): Promise<void> {
    const watched = [...(this.#users.get(userId)?.watched ?? [])];
    if (watched.length === 0) return;
    try {
      const claims = watched.map((each) => each.claims);
      const standing = new Set(await this.#auth.standing(userId, claims));
      for (const { claims: own, end } of watched) if (!standing.has(own)) end('SESSION_ENDED');
    } catch (error) {
      if (!(error instanceof TrainyardError && error.code === 'SERVICE_UNAVAILABLE'))
        this.#logger.error({ err: error, userId }, 'the sessions of open sockets could not be looked at');
      if (this.#users.has(userId)) this.#due.add(userId);
      this.#pause();
    }
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    setTimeout(() => {
      this.#isPaused = false;
      this.#startHealthChecks();
    }, TIMEOUT_MILLISECONDS).unref();
  }
}

/** Calls at a moment, however far away; returns how to stop that. */
function callAt(moment: Date, call: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const left = Math.max(0, moment.getTime() - Date.now());
    const wholeSeconds = Math.min(left - (left % TIMER_STEP_MILLISECONDS), MAX_TIMER_MILLISECONDS);
    const step = wholeSeconds > 0 ? wholeSeconds : left;
    timer = setTimeout(step === left ? call : wait, step);
    timer.unref();
  };
  wait();
  return () => clearTimeout(timer);
}
