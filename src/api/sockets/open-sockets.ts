import type { WebSocket } from 'ws';
import type { SocketStats } from '../health/api-metrics.ts';
import { closeSocket } from './close-codes.ts';
import { SocketOperations } from './socket-operations.ts';

export interface SocketLimits {
  /**
   * Sockets of which nobody has said who they are. Beyond so many the one that has been open for longest makes room: a
   * client that introduces itself is among them for moments only, so that nobody can keep others out by holding many.
   */
  readonly maxAnonymous: number;
  readonly maxPerUser: number;
  readonly maxOperationsPerUser: number;
}

/**
 * An operation's message stays in memory as it came, as text and as values for as long as it runs. A user's may have as many
 * bytes as this for each operation that a user may have open, which is more than a subscription takes, and at least two
 * megabytes, twice the largest message.
 */
const BYTES_PER_OPERATION = 2_000;
const MIN_BYTES_OF_USER = 2_000_000;

/** A few operations of the largest size that a socket without a token may send. */
const MAX_BYTES_OF_NOBODY = 100_000;

/** The open sockets of a process: whose they are, and how many each user may have. */
export class OpenSockets {
  readonly #limits: SocketLimits;
  /** In the order in which they came. */
  readonly #anonymous = new Set<WebSocket>();
  readonly #operations = new WeakMap<WebSocket, SocketOperations>();
  /** Of all sockets, also of those that have closed, until nothing of them runs any more. */
  readonly #all = new Set<SocketOperations>();
  /** Of each user's sockets; also of those that have closed, until nothing of them runs any more. */
  readonly #users = new Map<string, Set<SocketOperations>>();

  constructor(limits: SocketLimits) {
    this.#limits = limits;
  }

  /** Counts a socket from now until it closes, as nobody's. */
  add(socket: WebSocket): void {
    this.#anonymous.add(socket);
    const operations = this.operationsOf(socket);
    this.#all.add(operations);
    operations.onGone(() => this.#all.delete(operations));
    socket.once('close', () => {
      this.#anonymous.delete(socket);
      operations.close();
    });
    const [oldest] = this.#anonymous;
    if (this.#anonymous.size <= this.#limits.maxAnonymous || oldest === undefined) return;
    this.#anonymous.delete(oldest);
    closeSocket(oldest, 1013, 'Too many sockets without a token');
  }

  /** True where nobody has said whose the socket is. */
  isAnonymous(socket: WebSocket): boolean {
    return this.#anonymous.has(socket);
  }

  operationsOf(socket: WebSocket): SocketOperations {
    const operations = this.#operations.get(socket) ?? new SocketOperations();
    this.#operations.set(socket, operations);
    return operations;
  }

  /** Counts the socket as the user's, until it closes. False, and nothing counted, where the user has too many. */
  assign(socket: WebSocket, userId: string): boolean {
    const ofUser = this.#users.get(userId) ?? new Set<SocketOperations>();
    if (countOpen(ofUser) >= this.#limits.maxPerUser) return false;
    this.#anonymous.delete(socket);
    const operations = this.operationsOf(socket);
    this.#users.set(userId, ofUser.add(operations));
    operations.onGone(() => {
      ofUser.delete(operations);
      if (ofUser.size === 0 && this.#users.get(userId) === ofUser) this.#users.delete(userId);
    });
    return true;
  }

  /** True while an operation of an open socket is executed that has no result yet. */
  get isExecuting(): boolean {
    for (const operations of this.#all) if (!operations.isClosed && operations.isExecuting) return true;
    return false;
  }

  figures(): SocketStats {
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

  /** True where the user has as many operations, over all sockets, as one may have. */
  hasAllOperations(userId: string): boolean {
    let count = 0;
    for (const { size } of this.#users.get(userId) ?? []) count += size;
    return count >= this.#limits.maxOperationsPerUser;
  }

  /** True where the messages of the operations that run, with one more, would take more memory than they may. */
  hasAllBytes(socket: WebSocket, userId: string | null, bytes: number): boolean {
    if (userId === null) return this.operationsOf(socket).bytes + bytes > MAX_BYTES_OF_NOBODY;
    let sum = bytes;
    for (const operations of this.#users.get(userId) ?? []) sum += operations.bytes;
    return sum > Math.max(MIN_BYTES_OF_USER, this.#limits.maxOperationsPerUser * BYTES_PER_OPERATION);
  }
}

function countOpen(ofUser: ReadonlySet<SocketOperations>): number {
  let count = 0;
  for (const { isClosed } of ofUser) if (!isClosed) count++;
  return count;
}
