import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** No current client pipelines more than a few requests; a single read may contain thousands. */
const MAX_WAITING = 100;

interface Connection {
  readonly waiting: (() => void)[];
  isPaused: boolean;
}

/**
 * Handles one request of a connection at a time. Node.js emits pipelined requests as soon as it has read them; thousands of
 * them would block all other clients until they were handled.
 */
export class RequestQueue {
  readonly #connections = new WeakMap<Socket, Connection>();

  /** Begins a request at once, or when the previous ones on its connection have ended. */
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
    // In a new turn of the event loop: requests of other connections come first.
    if (start !== undefined && !socket.destroyed) setImmediate(start);
    else {
      this.#connections.delete(socket);
      if (connection.isPaused && !socket.destroyed) socket.resume();
    }
  }
}
