import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { pino } from 'pino';
import { ClientAddresses } from '../../src/api/connections/client-address.ts';
import type { ConnectionLimits } from '../../src/api/connections/connection-monitor.ts';
import { HttpConnections } from '../../src/api/connections/http-connections.ts';

/** The connections of an API alone, with answers of the test's own. */
export interface BareConnections {
  readonly connections: HttpConnections;
  /** A connection of a client, which reads nothing until it is asked to. */
  connect(): Promise<ClientConnection>;
  /** How many the server has. */
  count(): Promise<number>;
  close(): Promise<void>;
}

export interface ClientConnection {
  readonly socket: Socket;
  /** All that has come, as it stands. */
  readonly text: () => string;
  /** Resolves when the connection is over. */
  readonly closed: Promise<void>;
}

export interface BareConnectionOptions {
  readonly limits?: Partial<ConnectionLimits>;
  readonly maxPerAddress?: number;
  readonly now: () => number;
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
}

export async function startBareConnections(options: BareConnectionOptions): Promise<BareConnections> {
  const connections = new HttpConnections(
    {
      config: { MAX_CONNECTIONS_PER_ADDRESS: options.maxPerAddress ?? 1_000, KEEP_ALIVE_SECONDS: 3_600 },
      addresses: new ClientAddresses([]),
      logger: pino({ level: 'silent' }),
      connectionLimits: options.limits,
      now: options.now,
    },
    options.answer,
  );
  await connections.listen('127.0.0.1', 0);
  const { port } = connections.server.address() as AddressInfo;
  const clients = new Set<Socket>();
  return {
    connections,
    async connect() {
      const socket = connect(port, '127.0.0.1');
      clients.add(socket);
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      // Cut off under it, which is what is looked at.
      socket.on('error', () => undefined);
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
      return { socket, text: () => text, closed };
    },
    count: () => new Promise((resolve) => connections.server.getConnections((_error, count) => resolve(count))),
    async close() {
      for (const client of clients) client.destroy();
      await connections.close(0);
    },
  };
}
