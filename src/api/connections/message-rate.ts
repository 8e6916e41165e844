import type { WebSocket, WebSocketServer } from 'ws';
import { pauseSocket, resumeSocket } from './socket-pauses.ts';

/** The rate limit of a socket. Pings and pongs, of WebSocket and of graphql-transport-ws, count as messages. */
export interface MessageRate {
  readonly perSecond: number;
  /** Burst size after a quiet period. */
  readonly burst: number;
  /** Each of this many bytes counts as one more message. */
  readonly bytesPerMessage: number;
}

/**
 * A page that reconnects resubscribes with up to a hundred messages at once; after that it sends few. The largest message, of
 * two megabytes, takes two seconds of the rate.
 */
export const MESSAGE_RATE: MessageRate = { perSecond: 50, burst: 500, bytesPerMessage: 20_000 };

/** Maximum pause: during a longer one the pong to our own ping, which is behind the messages, would be missed. */
const MAX_PAUSE_MILLISECONDS = 5_000;

/**
 * Limits the message rate of sockets: a socket above it is paused, which slows its peer down. `now`: a clock in milliseconds.
 */
export function limitMessageRate(sockets: WebSocketServer, rate: MessageRate, now = () => performance.now()): void {
  sockets.on('connection', (socket) => {
    const allowance = new Allowance(rate, now);
    const pause = new RatePause(socket, now);
    const count = (data: unknown) => {
      const bytes = Buffer.isBuffer(data) ? data.length : 0;
      const wait = allowance.spend(1 + bytes / rate.bytesPerMessage);
      if (wait > 0) pause.lengthen(wait);
    };
    socket.on('message', count).on('ping', count).on('pong', count);
  });
}

/** A pause of a socket. */
class RatePause {
  readonly #socket: WebSocket;
  readonly #now: () => number;
  #until: number | null = null;

  constructor(socket: WebSocket, now: () => number) {
    this.#socket = socket;
    this.#now = now;
  }

  /** Messages that were already read are still handled, and lengthen the pause. */
  lengthen(milliseconds: number): void {
    const isPaused = this.#until !== null;
    this.#until = this.#now() + Math.min(milliseconds, MAX_PAUSE_MILLISECONDS);
    if (isPaused) return;
    pauseSocket(this.#socket, 'RATE');
    this.#wait();
  }

  #wait(): void {
    const left = (this.#until ?? 0) - this.#now();
    if (left > 0) return void setTimeout(() => this.#wait(), left).unref();
    this.#until = null;
    resumeSocket(this.#socket, 'RATE');
  }
}

/** A token bucket: refilled over time, up to the burst size. */
export class Allowance {
  readonly #rate: MessageRate;
  readonly #now: () => number;
  #left: number;
  #at: number;

  constructor(rate: MessageRate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
    this.#left = rate.burst;
    this.#at = now();
  }

  /** Takes messages from the bucket. Returns the milliseconds until it is no longer overdrawn; 0 if it is not. */
  spend(messages: number): number {
    const { perSecond, burst } = this.#rate;
    const now = this.#now();
    this.#left = Math.min(burst, this.#left + ((now - this.#at) / 1_000) * perSecond) - messages;
    this.#at = now;
    return this.#left >= 0 ? 0 : (-this.#left / perSecond) * 1_000;
  }
}
