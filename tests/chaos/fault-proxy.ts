import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { FaultyPipe } from './faulty-pipe.ts';

/** Where a proxy passes its connections on to. */
export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
}

/** A TCP proxy on 127.0.0.1 that breaks, on demand, what goes through it. It begins without a fault. */
export interface FaultProxy {
  /** Where it listens; the same for as long as it is not closed. */
  readonly port: number;
  /** Connections that stand now. */
  connectionCount(): number;
  /** Resets the connections that `chooses` picks, at both ends; without it all of them. Gives how many. */
  cut(chooses?: () => boolean): number;
  /**
   * Half-open: every connection stands and carries nothing, neither bytes nor its end, and new ones are taken up in
   * silence. What is sent meanwhile is held until `thaw`.
   */
  freeze(): void;
  thaw(): void;
  /** From now on every byte comes so much later, in both directions; 0 ends that. */
  delay(milliseconds: number): void;
  /** New connections are refused as by a port that nobody listens on; those that stand are let be. */
  refuse(): Promise<void>;
  /** Takes new connections again, on the same port. */
  accept(): Promise<void>;
  /** Cuts everything and stops listening. */
  close(): Promise<void>;
}

/** The state of a proxy that all of its pipes look at. */
export interface Faults {
  frozen: boolean;
  delayMilliseconds: number;
}

/** One connection through the proxy: the client's socket, the target's, and a pipe for each direction. */
class ProxiedConnection {
  readonly #sockets: readonly [Socket, Socket];
  readonly #pipes: readonly FaultyPipe[];

  constructor(client: Socket, target: ProxyTarget, faults: Faults, onClosed: () => void) {
    const server = connect({ ...target, allowHalfOpen: true });
    this.#sockets = [client, server];
    this.#pipes = [new FaultyPipe(client, server, faults), new FaultyPipe(server, client, faults)];
    for (const socket of this.#sockets) socket.setNoDelay(true);
    let open = 2;
    for (const pipe of this.#pipes) {
      pipe.onClosed(() => {
        open -= 1;
        if (open === 0) onClosed();
      });
    }
  }

  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    for (const pipe of this.#pipes) pipe.close();
  }

  /** What was held may go on. */
  resume(): void {
    for (const pipe of this.#pipes) pipe.flush();
  }
}

/** Starts a proxy on a free port. The target need not listen yet. */
export async function startFaultProxy(target: ProxyTarget): Promise<FaultProxy> {
  const faults: Faults = { frozen: false, delayMilliseconds: 0 };
  const connections = new Set<ProxiedConnection>();
  const take = (client: Socket) => {
    const connection = new ProxiedConnection(client, target, faults, () => connections.delete(connection));
    connections.add(connection);
  };
  let listener: Server | null = await listen(0, take);
  const { port } = listener.address() as AddressInfo;
  const cut = (chooses: () => boolean = () => true) => {
    const chosen = [...connections].filter(chooses);
    for (const connection of chosen) connection.reset();
    return chosen.length;
  };
  const refuse = async () => {
    const closing = listener;
    listener = null;
    // Its callback waits for connections that stand; the port is free at once.
    closing?.close();
    await Promise.resolve();
  };
  return {
    port,
    connectionCount: () => connections.size,
    cut,
    freeze() {
      faults.frozen = true;
    },
    thaw() {
      faults.frozen = false;
      for (const connection of connections) connection.resume();
    },
    delay(milliseconds) {
      faults.delayMilliseconds = milliseconds;
    },
    refuse,
    async accept() {
      listener ??= await listen(port, take);
    },
    async close() {
      await refuse();
      cut();
    },
  };
}

function listen(port: number, take: (client: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, take);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
