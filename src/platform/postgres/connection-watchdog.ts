import type { Socket } from 'node:net';

/** What was last asked that nothing has come back for. */
interface Question {
  /** For how many milliseconds it has been waited for. */
  waited: number;
  /** What had been read by then. */
  readonly bytesRead: number;
  readonly isBegin: boolean;
}

/**
 * Knows for how long a connection to PostgreSQL has waited for an answer. TCP alone notices only after many minutes that nobody is
 * at the other end. It goes by the time that it is told of: what the process stands still for is no silence of the other end.
 * Over TLS it cannot see what is asked, and knows of no wait.
 */
export class ConnectionWatchdog {
  readonly #socket: Socket;
  #question: Question | null = null;

  /** To be made after `connect()`, which puts the socket's own `write` back in its place. */
  constructor(socket: Socket) {
    this.#socket = socket;
    const write = socket.write.bind(socket) as (...parameters: unknown[]) => boolean;
    socket.write = ((chunk: Uint8Array | string, ...parameters: unknown[]) => {
      if (this.#open() === null) {
        this.#question = { waited: 0, bytesRead: socket.bytesRead, isBegin: isBegin(chunk) };
      }
      return write(chunk, ...parameters);
    }) as Socket['write'];
  }

  /** To be called again and again: so much time has passed in which the process could read. */
  pass(milliseconds: number): void {
    const question = this.#open();
    if (question !== null) question.waited += milliseconds;
  }

  /** For how many milliseconds an answer has been waited for; 0 where none is. */
  silence(): number {
    return this.#open()?.waited ?? 0;
  }

  /** True where what is waited for is the beginning of a transaction, which takes a server no time at all. */
  waitsToBegin(): boolean {
    return this.#open()?.isBegin ?? false;
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  /** Cuts the connection at this end. */
  cut(): void {
    this.#socket.destroy();
  }

  #open(): Question | null {
    return this.#question !== null && this.#question.bytesRead === this.#socket.bytesRead ? this.#question : null;
  }
}

/** A simple query of PostgreSQL's protocol: `Q`, four bytes of length, the text. */
function isBegin(chunk: Uint8Array | string): boolean {
  const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk.subarray(0, 11)).toString('latin1');
  return text.startsWith('Q') && text.slice(5) === 'begin ';
}
