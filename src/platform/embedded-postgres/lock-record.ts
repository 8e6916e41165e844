import type { ProcessNamespace } from './process-identity.ts';

/** Enough for a record with the longest host name. */
export const RECORD_BYTES = 1_024;

/** A server started on the data under the lock. */
export interface ServerRecord {
  /** 0 from just before the start until the id is known. */
  readonly pid: number;
  readonly place: ProcessNamespace;
}

/** The contents of a lock file. */
export interface LockRecord {
  readonly token: string;
  /** The namespace of the owner's process id; null in files of earlier versions. */
  readonly place: ProcessNamespace | null;
  /** The owner's process id; null once it has released the lock. */
  readonly pid: number | null;
  readonly identity: string | null;
  /** The server that last ran on the data; null if there was none, or one of an earlier version. */
  readonly server: ServerRecord | null;
}

/** Parses a lock file; null if it is empty or contains something else. */
export function parseRecord(content: string): LockRecord | null {
  const record = objectOf(parseJson(content));
  if (record === null || (typeof record['pid'] !== 'number' && record['pid'] !== null)) return null;
  const server = objectOf(record['server']);
  const serverNamespace = namespaceOf(server?.['place']);
  const serverPid = server?.['pid'];
  return {
    token: String(record['token']),
    place: namespaceOf(record['place']),
    pid: record['pid'],
    identity: typeof record['identity'] === 'string' ? record['identity'] : null,
    server:
      typeof serverPid === 'number' && serverNamespace !== null ? { pid: serverPid, place: serverNamespace } : null,
  };
}

function namespaceOf(value: unknown): ProcessNamespace | null {
  const { host, boot, namespace } = objectOf(value) ?? {};
  if (typeof host !== 'string' || typeof boot !== 'string' || typeof namespace !== 'string') return null;
  return { host, boot, namespace };
}

function objectOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? { ...value } : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
