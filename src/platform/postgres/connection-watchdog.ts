import type { Socket } from 'node:net';

/** A request without a response yet. */
interface PendingRequest {
  /** Milliseconds waited for the response. */
  waited: number;
  /** socket.bytesRead when the request was sent. */
  readonly bytesRead: number;
  readonly isBegin: boolean;
}

/**
 * Measures how long a connection to PostgreSQL has waited for a response: TCP alone detects a dead peer only after many minutes.
 * The time is advanced by its owner, so that pauses of this process do not count. Over TLS it cannot see requests, and measures
 * nothing.
 */
export class ConnectionWatchdog {
  readonly #socket: Socket;
  #request: PendingRequest | null = null;

  /** To be constructed after `connect()`, which restores the socket's own `write`. */
  constructor(socket: Socket) {
    this.#socket = socket;
    const write = socket.write.bind(socket) as (...parameters: unknown[]) => boolean;
    socket.write = ((chunk: Uint8Array | string, ...parameters: unknown[]) => {
      if (this.#open() === null) {
        this.#request = { waited: 0, bytesRead: socket.bytesRead, isBegin: isBegin(chunk) };
      }
      return write(chunk, ...parameters);
    }) as Socket['write'];
  }

  /** Advances the time in which the process could read. */
  pass(milliseconds: number): void {
    const request = this.#open();
    if (request !== null) request.waited += milliseconds;
  }

  /** Milliseconds waited for a response; 0 if none is pending. */
  silence(): number {
    return this.#open()?.waited ?? 0;
  }

  /** True if the pending request is a BEGIN, to which a server responds immediately. */
  waitsToBegin(): boolean {
    return this.#open()?.isBegin ?? false;
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  /** Destroys the connection. */
  cut(): void {
    this.#socket.destroy();
  }

  #open(): PendingRequest | null {
    return this.#request !== null && this.#request.bytesRead === this.#socket.bytesRead ? this.#request : null;
  }
}

/** A simple query of PostgreSQL's protocol: `Q`, four bytes of length, the text. */
function isBegin(chunk: Uint8Array | string): boolean {
  const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk.subarray(0, 11)).toString('latin1');
  return text.startsWith('Q') && text.slice(5) === 'begin ';
}
