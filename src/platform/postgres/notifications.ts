import { sql } from 'drizzle-orm';
import type { Logger } from '../monitoring/logger.ts';
import type { DatabaseAccess, Transaction } from './database.ts';
import { PgListener } from './pg-listener.ts';

/** The channels: changes for API processes, commands for workers, so that neither is woken up for the other's. */
export type Channel = 'trainyard_changes' | 'trainyard_commands';

/** The payload of a notification: what changed, in which scope. The row itself is the source of truth. */
export interface Change {
  /** The id of the workspace, or of the user, that it belongs to. */
  readonly scope: string;
  readonly topic: string;
  readonly id: string;
}

/** Notifies the listeners of all processes on the channel when the transaction commits. */
export async function sendNotification(
  tx: Transaction,
  change: Change,
  channel: Channel = 'trainyard_changes',
): Promise<void> {
  await tx.execute(sql`select pg_notify(${channel}, ${JSON.stringify(change)})`);
}

/** The same for many changes, by one statement. */
export async function sendNotifications(tx: Transaction, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  await tx.execute(sql`select count(pg_notify('trainyard_changes', change::text))
    from json_array_elements(${JSON.stringify(changes)}::json) change`);
}

/** Called with a change; with null if changes may have been missed, so that the listener must check by itself. */
export type NotificationListener = (change: Change | null) => void;

/** One LISTEN connection per process, shared by all listeners. */
export interface NotificationHub {
  /** Calls `listener` for each change of the scope, until the returned function is called. */
  listen(scope: string, listener: NotificationListener): () => void;
  /** Calls `listener` each time the connection was lost and is back, until the returned function is called. */
  onReconnect(listener: () => void): () => void;
  listenerCount(): number;
  close(): Promise<void>;
}

/** Maximum delay after a lost notification. */
const CATCH_UP_MILLISECONDS = 5_000;

/** Opens the hub. Notifications are only hints: after each reconnect, and every few seconds, all listeners are called with null. */
export async function openNotificationHub(
  access: DatabaseAccess,
  logger: Logger,
  channel: Channel = 'trainyard_changes',
): Promise<NotificationHub> {
  const listeners = new Map<string, Set<NotificationListener>>();
  const reconnectListeners = new Set<() => void>();

  const notify = (change: Change) => {
    for (const listener of [...(listeners.get(change.scope) ?? [])]) listener(change);
  };
  const notifyAll = () => {
    for (const ofScope of [...listeners.values()]) for (const listener of [...ofScope]) listener(null);
  };

  const listening = await PgListener.open(access, channel, {
    onPayload: (payload) => {
      const change = parseChange(payload);
      if (change === null) logger.warn({ payload }, 'ignored an invalid notification');
      else notify(change);
    },
    onListening: () => {
      notifyAll();
      // Also called on the first connect, when there are no listeners yet.
      for (const listener of [...reconnectListeners]) listener();
    },
  });
  const catchUp = setInterval(notifyAll, CATCH_UP_MILLISECONDS).unref();

  return {
    listen(scope, listener) {
      const ofScope = listeners.get(scope) ?? new Set();
      listeners.set(scope, ofScope.add(listener));
      return () => {
        ofScope.delete(listener);
        if (ofScope.size === 0 && listeners.get(scope) === ofScope) listeners.delete(scope);
      };
    },
    onReconnect(listener) {
      reconnectListeners.add(listener);
      return () => void reconnectListeners.delete(listener);
    },
    listenerCount: () => [...listeners.values()].reduce((count, ofScope) => count + ofScope.size, 0),
    async close() {
      clearInterval(catchUp);
      await listening.close();
    },
  };
}

function parseChange(payload: string): Change | null {
  try {
    const value: unknown = JSON.parse(payload);
    if (typeof value !== 'object' || value === null) return null;
    const { scope, topic, id } = value as Partial<Record<string, unknown>>;
    if (typeof scope !== 'string' || typeof topic !== 'string' || typeof id !== 'string') return null;
    return { scope, topic, id };
  } catch {
    return null;
  }
}
