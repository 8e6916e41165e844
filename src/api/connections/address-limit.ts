import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from '../../platform/client-network.ts';
import type { LimitedLog } from '../../platform/monitoring/limited-log.ts';
import type { ClientAddresses } from './client-address.ts';

/** A raw response: the connection is closed before a request is read. */
const REFUSAL = 'HTTP/1.1 429 Too Many Requests\r\nconnection: close\r\ncontent-length: 0\r\nretry-after: 5\r\n\r\n';

/**
 * Limits the open connections per client address. Behind a trusted proxy, whose connections carry many clients, requests in
 * flight and open WebSockets are counted instead, by the address in x-forwarded-for.
 */
export class AddressLimit {
  readonly #addresses: ClientAddresses;
  readonly #max: number;
  readonly #log: LimitedLog;
  readonly #counts = new Map<string, number>();

  constructor(addresses: ClientAddresses, max: number, log: LimitedLog) {
    this.#addresses = addresses;
    this.#max = max;
    this.#log = log;
  }

  /** Counts the connections of a server, and closes those above the limit. */
  attach(server: Server): void {
    server.on('connection', (socket: Socket) => {
      const address = socket.remoteAddress;
      if (address === undefined || this.#addresses.isTrusted(address)) return;
      const release = this.#acquire(address);
      if (release !== null) socket.once('close', release);
      else {
        socket.end(REFUSAL);
        socket.once('finish', () => socket.destroy());
      }
    });
  }

  /** Counts a forwarded request, until the returned function is called; null above the limit. */
  acquireForwarded(request: IncomingMessage): (() => void) | null {
    if (!this.#addresses.isTrusted(request.socket.remoteAddress)) return () => undefined;
    return this.#acquire(this.#addresses.of(request));
  }

  #acquire(address: string): (() => void) | null {
    const network = networkOf(address);
    const count = this.#counts.get(network) ?? 0;
    if (count >= this.#max) {
      this.#log.warn({ address, connections: count }, 'too many connections from one address');
      return null;
    }
    this.#counts.set(network, count + 1);
    return () => {
      const left = (this.#counts.get(network) ?? 1) - 1;
      if (left === 0) this.#counts.delete(network);
      else this.#counts.set(network, left);
    };
  }
}
