import type { Socket } from 'node:net';
import type { Faults } from './fault-proxy.ts';

/** More than this is not read ahead of a receiver that does not take it. */
const MAX_HELD_BYTES = 1_000_000;

/** What is in flight: bytes, or the end of them (an orderly one, or that the connection broke). */
interface Parcel {
  readonly content: Buffer | 'END' | 'BROKEN';
  /** By performance.now(). */
  readonly due: number;
}

/** One direction of a connection: delivers in order what `from` sends, late or not at all, as the faults say. */
export class FaultyPipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #faults: Faults;
  readonly #held: Parcel[] = [];
  #heldBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;
  #onClosed: () => void = () => undefined;

  constructor(from: Socket, to: Socket, faults: Faults) {
    this.#from = from;
    this.#to = to;
    this.#faults = faults;
    from.on('data', (bytes: Buffer) => this.#hold(bytes));
    from.once('end', () => this.#hold('END'));
    // A reset, a refused connection, or the other pipe's `BROKEN`; 'close' comes after it.
    from.on('error', () => undefined);
    from.once('close', (failed) => this.#hold(failed ? 'BROKEN' : 'END'));
  }

  /** Calls back once nothing more can come through. */
  onClosed(listener: () => void): void {
    this.#onClosed = listener;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#held.length = 0;
    this.#onClosed();
  }

  /** Delivers what is due. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    while (!this.#faults.frozen && !this.#closed) {
      const [next] = this.#held;
      if (next === undefined) break;
      const wait = next.due - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.flush(), wait);
        break;
      }
      this.#held.shift();
      this.#deliver(next.content);
    }
    if (this.#heldBytes < MAX_HELD_BYTES) this.#from.resume();
  }

  #hold(content: Parcel['content']): void {
    if (this.#closed) return;
    const due = Math.max(performance.now() + this.#faults.delayMilliseconds, this.#held.at(-1)?.due ?? 0);
    this.#held.push({ content, due });
    if (typeof content !== 'string') this.#heldBytes += content.length;
    if (this.#heldBytes >= MAX_HELD_BYTES) this.#from.pause();
    if (this.#timer === null) this.flush();
  }

  #deliver(content: Parcel['content']): void {
    if (content === 'BROKEN') {
      this.#to.resetAndDestroy();
      this.close();
    } else if (content === 'END') {
      this.#to.end();
      // The socket's own 'close' follows the end of both directions; it says nothing new.
      this.close();
    } else {
      this.#heldBytes -= content.length;
      this.#to.write(content);
    }
  }
}
