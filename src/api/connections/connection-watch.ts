import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { LimitedLog } from '../../platform/monitoring/limited-log.ts';

/** How long a peer may keep a connection without doing its part. */
export interface ConnectionLimits {
  /** A request's head that is not there after this time ends its connection. */
  readonly headMilliseconds: number;
  /** While a body is waited for, so many bytes must come in each such time. */
  readonly bodyMilliseconds: number;
  readonly minBodyBytes: number;
  /** While an answer waits to be read, something of it must be taken in each such time. */
  readonly answerMilliseconds: number;
  /** Without a request in flight a connection is kept for so long. */
  readonly idleMilliseconds: number;
  /** How often the connections are looked at. */
  readonly lookMilliseconds: number;
}

/**
 * How long an upload may take as a whole depends on the line, so that only its pace is bounded: 500 bytes a second is a
 * twentieth of the slowest mobile line. An answer's pace cannot be seen as well: the system takes it for the peer in pieces
 * of up to a third of its own buffer, which may be a megabyte.
 */
export const CONNECTION_LIMITS: Omit<ConnectionLimits, 'idleMilliseconds'> = {
  headMilliseconds: 20_000,
  bodyMilliseconds: 20_000,
  minBodyBytes: 10_000,
  answerMilliseconds: 60_000,
  lookMilliseconds: 1_000,
};

/** What a connection waits for: the body, the reading of an answer, the next request, or the server. */
type Phase = 'BODY' | 'ANSWER' | 'IDLE' | 'SERVER';

interface Watched {
  request: IncomingMessage | null;
  response: ServerResponse | null;
  phase: Phase;
  /** When the phase, or its present measuring, began, and how many bytes had been moved then. */
  since: number;
  bytes: number;
}

/** Ends HTTP connections whose peer neither sends what it has announced, nor takes what it has asked for. */
export class ConnectionWatch {
  readonly #limits: ConnectionLimits;
  readonly #log: LimitedLog;
  readonly #connections = new Map<Socket, Watched>();
  readonly #timer: NodeJS.Timeout;
  readonly #now: () => number;

  /** `now`: the clock, in milliseconds. */
  constructor(limits: ConnectionLimits, log: LimitedLog, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#log = log;
    this.#timer = setInterval(() => this.#lookAtAll(), limits.lookMilliseconds).unref();
  }

  /** Watches over a server's connections, until each is closed or becomes a WebSocket, which has limits of its own. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.#connections.set(socket, { request: null, response: null, phase: 'SERVER', since: 0, bytes: 0 });
      socket.once('close', () => this.#connections.delete(socket));
    });
    server.on('upgrade', ({ socket }: IncomingMessage) => this.#connections.delete(socket));
  }

  /** The request that the server works on from now on; those behind it on the same connection wait. */
  begin(request: IncomingMessage, response: ServerResponse): void {
    const watched = this.#connections.get(request.socket);
    // Also where the last request was answered between two looks.
    if (watched !== undefined) Object.assign(watched, { request, response, phase: 'SERVER' });
  }

  /** Ends the connections on which no request is in flight, and of whose last answer nothing waits to be read. */
  endIdle(): void {
    for (const [socket, watched] of this.#connections) if (phaseOf(socket, watched) === 'IDLE') socket.destroy();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #lookAtAll(): void {
    const now = this.#now();
    for (const [socket, watched] of this.#connections) this.#look(socket, watched, now);
  }

  #look(socket: Socket, watched: Watched, now: number): void {
    const phase = phaseOf(socket, watched);
    const bytes = socket.bytesRead + socket.bytesWritten - socket.writableLength;
    const moved = bytes - watched.bytes;
    const { allowed, minBytes } = this.#demandOf(phase);
    const isOver = now - watched.since >= allowed;
    if (phase === watched.phase && isOver && moved < minBytes) {
      if (phase !== 'IDLE') this.#log.warn({ phase, address: socket.remoteAddress }, 'ended a connection that stalled');
      socket.destroy();
    } else if (phase !== watched.phase || isOver) Object.assign(watched, { phase, since: now, bytes });
  }

  #demandOf(phase: Phase): { allowed: number; minBytes: number } {
    const { bodyMilliseconds, minBodyBytes, answerMilliseconds, idleMilliseconds } = this.#limits;
    if (phase === 'BODY') return { allowed: bodyMilliseconds, minBytes: minBodyBytes };
    if (phase === 'ANSWER') return { allowed: answerMilliseconds, minBytes: 1 };
    // What comes of a head that is not complete is no reason to keep a connection; Node.js bounds its time.
    if (phase === 'IDLE') return { allowed: idleMilliseconds, minBytes: Number.POSITIVE_INFINITY };
    return { allowed: Number.POSITIVE_INFINITY, minBytes: 0 };
  }
}

function phaseOf(socket: Socket, { request, response }: Watched): Phase {
  if (socket.writableLength > 0) return 'ANSWER';
  // Bytes that nobody has taken from the request yet: it is the server that is slow.
  if (request !== null && !request.complete) return request.readableLength > 0 ? 'SERVER' : 'BODY';
  return response === null || response.closed ? 'IDLE' : 'SERVER';
}
