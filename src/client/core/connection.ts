/** How the socket is. */
export type ConnectionState =
  /** Nothing is followed, so there is no socket. */
  | 'IDLE'
  | 'CONNECTING'
  | 'OPEN'
  /** It broke, or could not be opened; it is tried again until it stands. */
  | 'LOST'
  /** The session has ended: the user signs in again. */
  | 'ENDED';

/** One look at the connection. A new object for every change. */
export interface ConnectionSnapshot {
  readonly state: ConnectionState;
  /** How often the socket has been opened again after it was lost: whoever shows a list fetches it again when this grows. */
  readonly reconnects: number;
}

/** The state of the connection, and who wants to know of it. */
export class Connection {
  #snapshot: ConnectionSnapshot = { state: 'IDLE', reconnects: 0 };
  readonly #listeners = new Set<() => void>();

  /** As it is now; the same object until something changes. */
  get current(): ConnectionSnapshot {
    return this.#snapshot;
  }

  /** Calls the listener after every change, until the function that it returns is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  /** Only for the socket. */
  change(state: ConnectionState, isReconnect = false): void {
    const { state: before, reconnects } = this.#snapshot;
    if (state === before && !isReconnect) return;
    this.#snapshot = { state, reconnects: reconnects + (isReconnect ? 1 : 0) };
    for (const listener of [...this.#listeners]) listener();
  }
}
