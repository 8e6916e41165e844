import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** No client of today sends more than a few requests before it has read the first answer; what is read at once may hold thousands. */
const MAX_WAITING = 100;

interface Connection {
  readonly waiting: (() => void)[];
  isPaused: boolean;
}

/**
 * Lets a connection have one request in flight. Node.js hands out all requests that a client has sent one after the other
 * as soon as it has read them; with thousands in one piece nobody else would get a turn until they were all answered.
 */
export class RequestQueue {
  readonly #connections = new WeakMap<Socket, Connection>();

  /** Begins a request at once, or when those before it on its connection have been answered. */
  take(request: IncomingMessage, response: ServerResponse, begin: () => void): void {
    const { socket } = request;
    const connection = this.#connections.get(socket);
    const start = () => {
      response.once('close', () => this.#next(socket));
      begin();
    };
    if (connection === undefined) {
      this.#connections.set(socket, { waiting: [], isPaused: false });
      start();
    } else if (connection.waiting.length >= MAX_WAITING) socket.destroy();
    else {
      connection.waiting.push(start);
      connection.isPaused = true;
      socket.pause();
    }
  }

  #next(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    const start = connection.waiting.shift();
    // In a turn of its own: those who wait on other connections come first.
    if (start !== undefined && !socket.destroyed) setImmediate(start);
    else {
      this.#connections.delete(socket);
      if (connection.isPaused && !socket.destroyed) socket.resume();
    }
  }
}
