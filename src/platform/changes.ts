import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { connectionOptions, type DatabaseAccess, type Transaction } from './database.ts';
import type { Logger } from './logger.ts';

const CHANNEL = 'trainyard_changes';

/** What a notification says: which thing of which workspace changed. The row itself is the truth. */
export interface Change {
  readonly workspaceId: string;
  readonly topic: string;
  readonly id: string;
}

/** Tells the listeners of every process, once the transaction commits, that something changed. */
export async function announceChange(tx: Transaction, change: Change): Promise<void> {
  await tx.execute(sql`select pg_notify(${CHANNEL}, ${JSON.stringify(change)})`);
}

/** Called with a change; with null when changes may have been missed, so that the listener looks for itself. */
export type ChangeListener = (change: Change | null) => void;

/** One LISTEN connection per process, shared by all who follow something. */
export interface ChangeHub {
  /** Calls `listener` for each change of the workspace, until the returned function is called. */
  listen(workspaceId: string, listener: ChangeListener): () => void;
  listenerCount(): number;
  close(): Promise<void>;
}

/** A lost notification is made up for after this long at the latest. */
const CATCH_UP_MILLISECONDS = 5_000;

/** Opens the hub. A notification is only a hint: after each reconnect, and every few seconds, all are told to look. */
export async function openChangeHub(access: DatabaseAccess, logger: Logger): Promise<ChangeHub> {
  const listeners = new Map<string, Set<ChangeListener>>();
  const client = postgres(access.appUrl, { ...connectionOptions(access), max: 1 });

  const tell = (change: Change) => {
    for (const listener of [...(listeners.get(change.workspaceId) ?? [])]) listener(change);
  };
  const tellAll = () => {
    for (const ofWorkspace of [...listeners.values()]) for (const listener of [...ofWorkspace]) listener(null);
  };

  await client.listen(
    CHANNEL,
    (payload) => {
      const change = parseChange(payload);
      if (change === null) logger.warn({ payload }, 'a notification that is not a change');
      else tell(change);
    },
    tellAll,
  );
  const catchUp = setInterval(tellAll, CATCH_UP_MILLISECONDS).unref();

  return {
    listen(workspaceId, listener) {
      const ofWorkspace = listeners.get(workspaceId) ?? new Set();
      listeners.set(workspaceId, ofWorkspace.add(listener));
      return () => {
        ofWorkspace.delete(listener);
        if (ofWorkspace.size === 0 && listeners.get(workspaceId) === ofWorkspace) listeners.delete(workspaceId);
      };
    },
    listenerCount: () => [...listeners.values()].reduce((count, ofWorkspace) => count + ofWorkspace.size, 0),
    async close() {
      clearInterval(catchUp);
      await client.end({ timeout: 2 });
    },
  };
}

function parseChange(payload: string): Change | null {
  try {
    const value: unknown = JSON.parse(payload);
    if (typeof value !== 'object' || value === null) return null;
    const { workspaceId, topic, id } = value as Partial<Record<string, unknown>>;
    if (typeof workspaceId !== 'string' || typeof topic !== 'string' || typeof id !== 'string') return null;
    return { workspaceId, topic, id };
  } catch {
    return null;
  }
}
