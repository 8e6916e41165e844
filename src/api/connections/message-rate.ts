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

/** Holds sockets to a rate: one that sends more is not read for a while, and its peer has to wait with the rest. */
export function limitMessageRate(sockets: WebSocketServer, rate: MessageRate): void {
  sockets.on('connection', (socket) => {
    const allowance = new Allowance(rate);
    const count = (data: unknown) => {
      const bytes = Buffer.isBuffer(data) ? data.length : 0;
      const wait = allowance.spend(1 + bytes / rate.bytesPerMessage);
      if (wait > 0) pauseFor(socket, wait);
    };
    socket.on('message', count).on('ping', count).on('pong', count);
  });
}

const pausedUntil = new WeakMap<WebSocket, number>();

/** What was read in one piece with the message that was too much is still answered, and lengthens the pause. */
function pauseFor(socket: WebSocket, milliseconds: number): void {
  const until = performance.now() + Math.min(milliseconds, MAX_PAUSE_MILLISECONDS);
  const isPaused = pausedUntil.has(socket);
  pausedUntil.set(socket, until);
  if (isPaused) return;
  pauseSocket(socket, 'RATE');
  const wait = () => {
    const left = (pausedUntil.get(socket) ?? 0) - performance.now();
    if (left > 0) return void setTimeout(wait, left).unref();
    pausedUntil.delete(socket);
    resumeSocket(socket, 'RATE');
  };
  wait();
}

/** What a socket may send at the moment: grows with time up to the burst. */
export class Allowance {
  readonly #rate: MessageRate;
  readonly #now: () => number;
  #left: number;
  #at: number;

  constructor(rate: MessageRate, now: () => number = () => performance.now()) {
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
