import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { DatabaseAccess } from '../../src/platform/postgres/database.ts';
import { accessThrough } from './access-through.ts';
import { type ClientMessage, ClientMessages } from './client-messages.ts';

/** A connection through a relay. */
export interface RelayedConnection {
  /** The end at the client, and the end at the database; `server` is piped to `client`. */
  readonly client: Socket;
  readonly server: Socket;
}

/** Called with each message of a client, in order; gives what the database is sent in its place. */
export type PassOn = (message: ClientMessage) => Buffer;

/** The way to a database through a relay that sees what clients send. */
export interface DatabaseRelay {
  readonly access: DatabaseAccess;
  /** Cuts all connections, and takes none any more. */
  close(): Promise<void>;
}

/** Relays what the connections of the app send, as `open` says for each of them. */
export async function relayDatabase(
  access: DatabaseAccess,
  open: (connection: RelayedConnection) => PassOn,
): Promise<DatabaseRelay> {
  const target = new URL(access.appUrl);
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    const messages = new ClientMessages();
    const passOn = open({ client, server });
    client.on('data', (bytes) => {
      for (const message of messages.take(bytes)) server.write(passOn(message));
    });
    server.pipe(client);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket.setNoDelay(true));
      // One that is reset ends the other; whoever waits there sees it.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    access: accessThrough(access, (listener.address() as AddressInfo).port),
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
