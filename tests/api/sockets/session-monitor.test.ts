import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SessionMonitor } from '../../../src/api/sockets/session-monitor.ts';
import type { AccessClaims } from '../../../src/auth/sessions/access-tokens.ts';
import type { SessionState } from '../../../src/auth/sessions/session.service.ts';
import { TrainyardError } from '../../../src/errors.ts';
import type { NotificationListener } from '../../../src/platform/postgres/notifications.ts';

/** Announcements of the test's own. */
class MadeChanges {
  readonly listeners = new Map<string, NotificationListener>();
  reconnect: () => void = () => undefined;

  listen(scope: string, listener: NotificationListener): () => void {
    this.listeners.set(scope, listener);
    return () => void this.listeners.delete(scope);
  }

  onReconnect(listener: () => void): () => void {
    this.reconnect = listener;
    return () => undefined;
  }

  announce(scope: string): void {
    this.listeners.get(scope)?.({ scope, topic: 'session', id: scope });
  }
}

let changes: MadeChanges;
let ended: Set<string>;
let moved: Set<string>;
let isAway: boolean;
/** The users of each look, and how many looks there were at once. */
let healthChecks: string[];
let atOnce: number;
let max: number;
let monitor: SessionMonitor;

beforeEach(() => {
  vi.useFakeTimers();
  changes = new MadeChanges();
  ended = new Set();
  moved = new Set();
  isAway = false;
  healthChecks = [];
  atOnce = max = 0;
  const states = async (userId: string, claims: readonly AccessClaims[]): Promise<SessionState[]> => {
    healthChecks.push(userId);
    atOnce += 1;
    max = Math.max(max, atOnce);
    await new Promise((answer) => setTimeout(answer, 10));
    atOnce -= 1;
    if (isAway) throw new TrainyardError('SERVICE_UNAVAILABLE', 'The database does not answer.');
    return claims.map(({ sessionId }) => {
      if (ended.has(sessionId)) return 'ENDED';
      return moved.has(sessionId) ? 'MOVED' : 'ACTIVE';
    });
  };
  monitor = new SessionMonitor({ states }, changes, pino({ level: 'silent' }));
});

afterEach(() => {
  monitor.close();
  vi.useRealTimers();
});

/** Watches over a session; tells how it ended. */
function monitored(userId: string, sessionId: string): { ends: string[]; stop: () => void } {
  const ends: string[] = [];
  const stop = monitor.monitor({ userId, workspaceId: 'w', sessionId }, (end) => void ends.push(end));
  return { ends, stop };
}

test('a session that has moved to another workspace ends where it was, and one of the same user stays', async () => {
  const [one, two] = [monitored('u', 's1'), monitored('u', 's2')];
  moved.add('s1');
  changes.announce('u');
  await vi.advanceTimersByTimeAsync(100);
  expect([one.ends, two.ends]).toEqual([['SESSION_MOVED'], []]);
});

test('a notification ends the sessions of the user that are over', async () => {
  const [one, two] = [monitored('u', 's1'), monitored('u', 's2')];
  ended.add('s1');
  changes.announce('u');
  await vi.advanceTimersByTimeAsync(100);
  expect([one.ends, two.ends]).toEqual([['SESSION_ENDED'], []]);
});

test('while the database is away no session ends, and missed ends are noticed afterwards', async () => {
  const { ends } = monitored('u', 's1');
  isAway = true;
  ended.add('s1');
  changes.announce('u');
  await vi.advanceTimersByTimeAsync(30_000);
  expect(ends).toEqual([]);
  expect(healthChecks.length).toBeLessThanOrEqual(31);
  isAway = false;
  await vi.advanceTimersByTimeAsync(1_500);
  expect(ends).toEqual(['SESSION_ENDED']);
});

test('after a gap in notifications every user is checked once, at most two at a time', async () => {
  const users = Array.from({ length: 500 }, (_, index) => `u${index}`);
  const all = users.flatMap((user) => [monitored(user, `${user} a`), monitored(user, `${user} b`)]);
  ended.add('u77 b');
  changes.reconnect();
  await vi.advanceTimersByTimeAsync(50_000);
  expect(healthChecks.toSorted()).toEqual(users.toSorted());
  expect(max).toBe(2);
  expect(all.filter(({ ends }) => ends.length > 0)).toHaveLength(1);
});

test('a session that ended without a notification is noticed within a minute', async () => {
  const { ends } = monitored('u', 's1');
  ended.add('s1');
  await vi.advanceTimersByTimeAsync(61_000);
  expect(ends).toEqual(['SESSION_ENDED']);
});

test('the periodic wake-up of the listener causes no check', async () => {
  monitored('u', 's1');
  changes.listeners.get('u')?.(null);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(healthChecks).toEqual([]);
});

test('a session that is no longer monitored ends nothing, and nothing about its user is kept', async () => {
  const { ends, stop } = monitored('u', 's1');
  ended.add('s1');
  stop();
  await vi.advanceTimersByTimeAsync(61_000);
  expect(ends).toEqual([]);
  expect(changes.listeners.size).toBe(0);
});

test('what a token of an outside issuer opened ends when the token expires, and not before', async () => {
  const ends: string[] = [];
  const expiresAt = new Date(Date.now() + 24 * 3_600_000);
  const claims = { userId: 'u', workspaceId: 'w', sessionId: 'u', expiresAt };
  monitor.monitor(claims, (end) => void ends.push(end));
  const stop = monitor.monitor(claims, (end) => void ends.push(`stopped, ${end}`));
  stop();
  await vi.advanceTimersByTimeAsync(24 * 3_600_000 - 1);
  expect(ends).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(ends).toEqual(['TOKEN_EXPIRED']);
});
