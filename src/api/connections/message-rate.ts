import type { WebSocket, WebSocketServer } from 'ws';
import { pauseSocket, resumeSocket } from './socket-pauses.ts';

/** How many messages of a socket are read. Pings and pongs, of the WebSocket and of its protocol, are messages too. */
export interface MessageRate {
  readonly perSecond: number;
  /** So many at once, after a time of silence. */
  readonly burst: number;
  /** A long message counts as one more for each so many bytes. */
  readonly bytesPerMessage: number;
}

/**
 * A page that comes back after a lost connection makes its subscriptions anew, at most a hundred, all at once; after that it
 * sends a message now and then. A megabyte, the largest message, takes a second.
 */
export const MESSAGE_RATE: MessageRate = { perSecond: 50, burst: 500, bytesPerMessage: 20_000 };

/** Longer than this nobody is kept waiting, for then the answer to our own ping, which stands behind the messages, would be missed. */
const MAX_PAUSE_MILLISECONDS = 5_000;

/**
 * Holds sockets to a rate: one that sends more is not read for a while, and its peer has to wait with the rest. `now`: the
 * clock, in milliseconds.
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

/** The time for which nothing is read from a socket. */
class RatePause {
  readonly #socket: WebSocket;
  readonly #now: () => number;
  #until: number | null = null;

  constructor(socket: WebSocket, now: () => number) {
    this.#socket = socket;
    this.#now = now;
  }

  /** What was read in one piece with the message that was too much is still answered, and lengthens the pause. */
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

/** What a socket may send at the moment: grows with time up to the burst. */
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

  /** Takes so many messages off it. Gives for how many milliseconds nothing more is allowed; 0 where something is left. */
  spend(messages: number): number {
    const { perSecond, burst } = this.#rate;
    const now = this.#now();
    this.#left = Math.min(burst, this.#left + ((now - this.#at) / 1_000) * perSecond) - messages;
    this.#at = now;
    return this.#left >= 0 ? 0 : (-this.#left / perSecond) * 1_000;
  }
}
