import type { WebSocket } from 'ws';
import type { SocketStats } from '../health/api-metrics.ts';
import { MAX_JSON_BYTES } from '../http/request-body.ts';
import { closeSocket } from './close-codes.ts';
import { SocketOperations } from './socket-operations.ts';

export interface SocketLimits {
  /**
   * Unauthenticated sockets. Above the limit the oldest one is closed: a client that authenticates is among them only briefly,
   * so nobody can lock others out by keeping many open.
   */
  readonly maxAnonymous: number;
  readonly maxPerUser: number;
  readonly maxOperationsPerUser: number;
}

/**
 * An operation's message stays in memory as it came, as text and as values for as long as it runs. A user's may have as many
 * bytes as this for each operation that a user may have open, which is more than a subscription takes, and at least
 * two of the largest messages.
 */
const BYTES_PER_OPERATION = 2_000;
const MIN_BYTES_OF_USER = 2 * MAX_JSON_BYTES;

/** A few operations of the maximum size for unauthenticated sockets. */
const MAX_ANONYMOUS_BYTES = 100_000;

/** Maximum bytes of a user's messages that are kept, with so many operations. */
export function bytesOfUser(maxOperations: number): number {
  return Math.max(MIN_BYTES_OF_USER, maxOperations * BYTES_PER_OPERATION);
}

/** The open sockets of a process by user, with their limits. */
export class OpenSockets {
  readonly #limits: SocketLimits;
  /** In the order of connecting. */
  readonly #anonymous = new Set<WebSocket>();
  readonly #operations = new WeakMap<WebSocket, SocketOperations>();
  /** Of all sockets, also of those that have closed, until nothing of them runs any more. */
  readonly #all = new Set<SocketOperations>();
  /** Of each user's sockets; also of those that have closed, until nothing of them runs any more. */
  readonly #users = new Map<string, Set<SocketOperations>>();

  constructor(limits: SocketLimits) {
    this.#limits = limits;
  }

  /** Counts a socket as unauthenticated, until it closes. */
  add(socket: WebSocket): void {
    this.#anonymous.add(socket);
    const operations = this.operationsOf(socket);
    this.#all.add(operations);
    operations.onFinished(() => this.#all.delete(operations));
    socket.once('close', () => {
      this.#anonymous.delete(socket);
      operations.close();
    });
    const [oldest] = this.#anonymous;
    if (this.#anonymous.size <= this.#limits.maxAnonymous || oldest === undefined) return;
    this.#anonymous.delete(oldest);
    closeSocket(oldest, 1013, 'Too many sockets without a token');
  }

  /** True for an unauthenticated socket. */
  isAnonymous(socket: WebSocket): boolean {
    return this.#anonymous.has(socket);
  }

  operationsOf(socket: WebSocket): SocketOperations {
    const operations = this.#operations.get(socket) ?? new SocketOperations();
    this.#operations.set(socket, operations);
    return operations;
  }

  /** Counts the socket as the user's, until it closes. False, and not counted, if the user has too many. */
  assign(socket: WebSocket, userId: string): boolean {
    const ofUser = this.#users.get(userId) ?? new Set<SocketOperations>();
    if (countOpen(ofUser) >= this.#limits.maxPerUser) return false;
    this.#anonymous.delete(socket);
    const operations = this.operationsOf(socket);
    this.#users.set(userId, ofUser.add(operations));
    operations.onFinished(() => {
      ofUser.delete(operations);
      if (ofUser.size === 0 && this.#users.get(userId) === ofUser) this.#users.delete(userId);
    });
    return true;
  }

  /** True while an operation of an open socket has no result yet. */
  get isExecuting(): boolean {
    for (const operations of this.#all) if (!operations.isClosed && operations.isExecuting) return true;
    return false;
  }

  stats(): SocketStats {
    const subscriptions = new Map<string, number>();
    let signedIn = 0;
    for (const ofUser of this.#users.values()) {
      signedIn += countOpen(ofUser);
      for (const { fields } of ofUser) {
        for (const field of fields) subscriptions.set(field, (subscriptions.get(field) ?? 0) + 1);
      }
    }
    return { signedIn, anonymous: this.#anonymous.size, subscriptions };
  }

  /** True if the user has reached the limit of operations over all sockets. */
  hasMaxOperations(userId: string): boolean {
    let count = 0;
    for (const { size } of this.#users.get(userId) ?? []) count += size;
    return count >= this.#limits.maxOperationsPerUser;
  }

  /** True if the messages of the running operations, with one more, would exceed the memory limit. */
  exceedsBytes(socket: WebSocket, userId: string | null, bytes: number): boolean {
    if (userId === null) return this.operationsOf(socket).bytes + bytes > MAX_ANONYMOUS_BYTES;
    let sum = bytes;
    for (const operations of this.#users.get(userId) ?? []) sum += operations.bytes;
    return sum > bytesOfUser(this.#limits.maxOperationsPerUser);
  }
}

function countOpen(ofUser: ReadonlySet<SocketOperations>): number {
  let count = 0;
  for (const { isClosed } of ofUser) if (!isClosed) count++;
  return count;
}
