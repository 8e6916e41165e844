import type { WebSocket } from 'ws';
import type { SocketFigures } from './api-metrics.ts';
import { closeSocket } from './close-codes.ts';

export interface SocketLimits {
  /**
   * Sockets of which nobody has said who they are. Beyond so many the one that has been open for longest makes room: a
   * client that introduces itself is among them for moments only, so that nobody can keep others out by holding many.
   */
  readonly maxAnonymous: number;
  readonly maxPerUser: number;
  readonly maxOperationsPerUser: number;
}

/** The operations that a connection has open, by their ids; graphql-ws keeps it and forgets what has ended at once. */
export interface SocketOperations {
  readonly subscriptions: Readonly<Record<string, unknown>>;
}

/** The open sockets of a process: whose they are, and how many each user may have. */
export class OpenSockets {
  readonly #limits: SocketLimits;
  /** In the order in which they came. */
  readonly #anonymous = new Set<WebSocket>();
  readonly #users = new Map<string, Map<WebSocket, SocketOperations>>();

  readonly #fields = new WeakMap<object, string>();

  constructor(limits: SocketLimits) {
    this.#limits = limits;
  }

  /** Counts a socket from now until it closes, as nobody's. */
  add(socket: WebSocket): void {
    this.#anonymous.add(socket);
    socket.once('close', () => this.#anonymous.delete(socket));
    const [oldest] = this.#anonymous;
    if (this.#anonymous.size <= this.#limits.maxAnonymous || oldest === undefined) return;
    this.#anonymous.delete(oldest);
    closeSocket(oldest, 1013, 'Too many sockets without a token');
  }

  /** Counts the socket as the user's, until it closes. False, and nothing counted, where the user has too many. */
  assign(socket: WebSocket, userId: string, operations: SocketOperations): boolean {
    const sockets = this.#users.get(userId) ?? new Map<WebSocket, SocketOperations>();
    if (sockets.size >= this.#limits.maxPerUser) return false;
    this.#anonymous.delete(socket);
    this.#users.set(userId, sockets.set(socket, operations));
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0 && this.#users.get(userId) === sockets) this.#users.delete(userId);
    });
    return true;
  }

  /** Tells, for the figures, which field a running subscription is of. */
  nameSubscription(iterator: object, field: string): void {
    this.#fields.set(iterator, field);
  }

  figures(): SocketFigures {
    const subscriptions = new Map<string, number>();
    let signedIn = 0;
    for (const sockets of this.#users.values()) {
      signedIn += sockets.size;
      for (const operations of sockets.values()) this.#countFields(operations, subscriptions);
    }
    return { signedIn, anonymous: this.#anonymous.size, subscriptions };
  }

  #countFields({ subscriptions }: SocketOperations, counts: Map<string, number>): void {
    for (const iterator of Object.values(subscriptions)) {
      const field = typeof iterator === 'object' && iterator !== null ? this.#fields.get(iterator) : undefined;
      if (field !== undefined) counts.set(field, (counts.get(field) ?? 0) + 1);
    }
  }

  /** True where the user has more operations open, over all sockets, than one may have. */
  hasTooManyOperations(userId: string): boolean {
    let count = 0;
    for (const { subscriptions } of this.#users.get(userId)?.values() ?? []) count += Object.keys(subscriptions).length;
    return count > this.#limits.maxOperationsPerUser;
  }
}
