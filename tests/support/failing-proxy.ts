import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { DatabaseAccess } from '../../src/platform/database.ts';

/** The way to a database through a proxy that lets each statement fail the first time that anybody sends it. */
export interface FailingAccess {
  readonly access: DatabaseAccess;
  /** The statements that have failed, by their texts. */
  readonly failed: ReadonlySet<string>;
  /** From now on they fail; nothing does before. */
  begin(): void;
  close(): Promise<void>;
}

/** These begin and end a transaction, and bear no value; one that cannot be ended would not be PostgreSQL's. */
const TRANSACTIONAL = /^(?:begin|commit|rollback|savepoint|release)/i;

/** Passes on what the server's connections send, with each statement replaced by one that fails, once. */
export async function failEachOnce(access: DatabaseAccess): Promise<FailingAccess> {
  const target = new URL(access.appUrl);
  const failed = new Set<string>();
  let hasBegun = false;
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    const messages = new Messages((text) => {
      if (!hasBegun || TRANSACTIONAL.test(text.trim()) || failed.has(text)) return false;
      failed.add(text);
      return true;
    });
    client.on('data', (bytes) => server.write(messages.pass(bytes)));
    server.pipe(client);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const appUrl = new URL(access.appUrl);
  appUrl.hostname = '127.0.0.1';
  appUrl.port = String((listener.address() as AddressInfo).port);
  return {
    access: { ...access, appUrl: appUrl.href },
    failed,
    begin() {
      hasBegun = true;
    },
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** What a client of PostgreSQL sends: https://www.postgresql.org/docs/current/protocol-message-formats.html */
class Messages {
  readonly #shallFail: (text: string) => boolean;
  #bytes = Buffer.alloc(0);
  #hasBegun = false;

  constructor(shallFail: (text: string) => boolean) {
    this.#shallFail = shallFail;
  }

  /** What is to be passed on of what has come by now. */
  pass(bytes: Buffer): Buffer {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    const passed: Buffer[] = [];
    for (;;) {
      // The first message has no letter for its kind.
      const kindLength = this.#hasBegun ? 1 : 0;
      if (this.#bytes.length < kindLength + 4) break;
      const end = kindLength + this.#bytes.readInt32BE(kindLength);
      if (this.#bytes.length < end) break;
      const message = this.#bytes.subarray(0, end);
      passed.push(this.#hasBegun ? this.#failing(message) : message);
      this.#bytes = this.#bytes.subarray(end);
      this.#hasBegun = true;
    }
    return Buffer.concat(passed);
  }

  /** The message, with the name of a function that there is none of where its statement is to fail. */
  #failing(message: Buffer): Buffer {
    const kind = message.toString('latin1', 0, 1);
    if (kind !== 'P' && kind !== 'Q') return message;
    const from = kind === 'Q' ? 5 : message.indexOf(0, 5) + 1;
    const to = message.indexOf(0, from);
    if (!this.#shallFail(message.toString('utf8', from, to))) return message;
    const changed = Buffer.concat([message.subarray(0, from), Buffer.from('select fail()'), message.subarray(to)]);
    changed.writeInt32BE(changed.length - 1, 1);
    return changed;
  }
}
