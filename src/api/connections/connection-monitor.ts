import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { LimitedLog } from '../../platform/monitoring/limited-log.ts';

/** Limits for stalled connections. */
export interface ConnectionLimits {
  /** Timeout for the headers of a request. */
  readonly headMilliseconds: number;
  /** While a body is awaited, at least `minBodyBytes` must arrive per interval. */
  readonly bodyMilliseconds: number;
  readonly minBodyBytes: number;
  /** While a response is being sent, some of it must be read per interval. */
  readonly responseMilliseconds: number;
  /** Timeout of idle connections. */
  readonly idleMilliseconds: number;
  /** Interval of the checks. */
  readonly checkMilliseconds: number;
}

/**
 * The total time of an upload depends on the connection, so only its rate is limited: 500 bytes per second is a twentieth of
 * the slowest mobile connection. The rate of a response cannot be measured as well: the kernel buffers up to a third of its
 * send buffer, which may be a megabyte.
 */
export const CONNECTION_LIMITS: Omit<ConnectionLimits, 'idleMilliseconds'> = {
  headMilliseconds: 20_000,
  bodyMilliseconds: 20_000,
  minBodyBytes: 10_000,
  responseMilliseconds: 60_000,
  checkMilliseconds: 1_000,
};

/** What a connection waits for: the body, the reading of a response, the next request, or the server. */
type Phase = 'BODY' | 'ANSWER' | 'IDLE' | 'SERVER';

interface MonitoredConnection {
  request: IncomingMessage | null;
  response: ServerResponse | null;
  phase: Phase;
  /** When the phase or the current interval began, and the number of bytes transferred until then. */
  since: number;
  bytes: number;
}

/** Closes HTTP connections whose peer neither sends its request body nor reads its response. */
export class ConnectionMonitor {
  readonly #limits: ConnectionLimits;
  readonly #log: LimitedLog;
  readonly #connections = new Map<Socket, MonitoredConnection>();
  readonly #timer: NodeJS.Timeout;
  readonly #now: () => number;

  /** `now`: a clock in milliseconds. */
  constructor(limits: ConnectionLimits, log: LimitedLog, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#log = log;
    this.#timer = setInterval(() => this.#checkAll(), limits.checkMilliseconds).unref();
  }

  /** Monitors a server's connections, until each is closed or becomes a WebSocket, which has its own limits. */
  attach(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.#connections.set(socket, { request: null, response: null, phase: 'SERVER', since: 0, bytes: 0 });
      socket.once('close', () => this.#connections.delete(socket));
    });
    server.on('upgrade', ({ socket }: IncomingMessage) => this.#connections.delete(socket));
  }

  /** The server starts handling a request; later ones on the same connection wait. */
  begin(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connections.get(request.socket);
    // Also if the last request ended between two checks.
    if (connection === undefined) return;
    connection.request = request;
    connection.response = response;
    connection.phase = 'SERVER';
  }

  /** Closes connections without a request in flight, and without unsent response data. */
  endIdle(): void {
    for (const [socket, connection] of this.#connections) if (phaseOf(socket, connection) === 'IDLE') socket.destroy();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #checkAll(): void {
    const now = this.#now();
    for (const [socket, connection] of this.#connections) this.#check(socket, connection, now);
  }

  #check(socket: Socket, connection: MonitoredConnection, now: number): void {
    const phase = phaseOf(socket, connection);
    const bytes = socket.bytesRead + socket.bytesWritten - socket.writableLength;
    const moved = bytes - connection.bytes;
    const { allowed, minBytes } = this.#limitOf(phase);
    const isOver = now - connection.since >= allowed;
    if (phase === connection.phase && isOver && moved < minBytes) {
      if (phase !== 'IDLE') this.#log.warn({ phase, address: socket.remoteAddress }, 'closed a stalled connection');
      socket.destroy();
    } else if (phase !== connection.phase || isOver) {
      connection.phase = phase;
      connection.since = now;
      connection.bytes = bytes;
    }
  }

  #limitOf(phase: Phase): { allowed: number; minBytes: number } {
    const { bodyMilliseconds, minBodyBytes, responseMilliseconds, idleMilliseconds } = this.#limits;
    if (phase === 'BODY') return { allowed: bodyMilliseconds, minBytes: minBodyBytes };
    if (phase === 'ANSWER') return { allowed: responseMilliseconds, minBytes: 1 };
    // Bytes of an incomplete header do not count; Node.js limits their time.
    if (phase === 'IDLE') return { allowed: idleMilliseconds, minBytes: Number.POSITIVE_INFINITY };
    return { allowed: Number.POSITIVE_INFINITY, minBytes: 0 };
  }
}

function phaseOf(socket: Socket, { request, response }: MonitoredConnection): Phase {
  if (socket.writableLength > 0) return 'ANSWER';
  // Unread bytes: the server is slow.
  if (request !== null && !request.complete) return request.readableLength > 0 ? 'SERVER' : 'BODY';
  return response === null || response.closed ? 'IDLE' : 'SERVER';
}
