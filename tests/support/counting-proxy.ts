import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { DatabaseAccess } from '../../src/platform/database.ts';

/** The way to a database through a proxy that counts the statements which the app's pool sends. */
export interface CountedAccess {
  readonly access: DatabaseAccess;
  /** Begins to count anew. */
  reset(): void;
  /** How often each statement was executed since, by its text. */
  counts(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** What the pool's connections call themselves; those of the job queue and of LISTEN are busy on their own. */
const POOL = 'trainyard';

/** Reads what the connections of the app role send, and passes everything on as it is. */
export async function countStatements(access: DatabaseAccess): Promise<CountedAccess> {
  const target = new URL(access.appUrl);
  const counts = new Map<string, number>();
  const sockets = new Set<Socket>();
  const count = (text: string) => {
    counts.set(text, (counts.get(text) ?? 0) + 1);
  };
  const listener = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    const reader = new StatementReader(count);
    client.on('data', (bytes) => reader.read(bytes));
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true).pipe(to);
      // One that is reset ends the other; whoever waits there sees it.
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const appUrl = new URL(access.appUrl);
  appUrl.hostname = '127.0.0.1';
  appUrl.port = String((listener.address() as AddressInfo).port);
  return {
    access: { ...access, appUrl: appUrl.href },
    reset: () => counts.clear(),
    counts: () => Object.fromEntries(counts),
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Follows what a client of PostgreSQL sends: https://www.postgresql.org/docs/current/protocol-message-formats.html */
class StatementReader {
  readonly #count: (text: string) => void;
  readonly #texts = new Map<string, string>();
  #bytes = Buffer.alloc(0);
  #isPool: boolean | null = null;

  constructor(count: (text: string) => void) {
    this.#count = count;
  }

  read(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (;;) {
      // The first message has no letter for its kind.
      const kindLength = this.#isPool === null ? 0 : 1;
      if (this.#bytes.length < kindLength + 4) return;
      const end = kindLength + this.#bytes.readInt32BE(kindLength);
      if (this.#bytes.length < end) return;
      const kind = this.#bytes.toString('latin1', 0, kindLength);
      const body = this.#bytes.subarray(kindLength + 4, end);
      this.#bytes = this.#bytes.subarray(end);
      if (this.#isPool === null) this.#isPool = isPool(body);
      else if (this.#isPool) this.#take(kind, body);
    }
  }

  #take(kind: string, body: Buffer): void {
    const [first = '', second = ''] = body.toString().split('\0', 2);
    // Parse: the statement's name and its text. Bind: the portal, and the statement's name.
    if (kind === 'P') this.#texts.set(first, second);
    else if (kind === 'B') this.#count(this.#texts.get(second) ?? `an unknown statement ${second}`);
    else if (kind === 'Q') this.#count(first);
  }
}

function isPool(startup: Buffer): boolean {
  const words = startup.subarray(4).toString().split('\0');
  return words[words.indexOf('application_name') + 1] === POOL;
}
