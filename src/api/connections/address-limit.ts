import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from '../../platform/client-network.ts';
import type { LimitedLog } from '../../platform/monitoring/limited-log.ts';
import type { ClientAddresses } from './client-address.ts';

/** Written by hand: the connection is ended before a request was read from it. */
const REFUSAL = 'HTTP/1.1 429 Too Many Requests\r\nconnection: close\r\ncontent-length: 0\r\nretry-after: 5\r\n\r\n';

/**
 * Bounds how many connections a client's address has open. Of a trusted proxy, whose connections bear many clients, the
 * requests in flight and the open WebSockets are counted instead, by the address that the proxy tells.
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

  /** Counts the connections of a server, and ends those that are too many. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      const address = socket.remoteAddress;
      if (address === undefined || this.#addresses.isTrusted(address)) return;
      const leave = this.#enter(address);
      if (leave !== null) socket.once('close', leave);
      else {
        socket.end(REFUSAL);
        socket.once('finish', () => socket.destroy());
      }
    });
  }

  /** Counts what a trusted proxy passes on, until the returned function is called; null where it is too much. */
  enterForwarded(request: IncomingMessage): (() => void) | null {
    if (!this.#addresses.isTrusted(request.socket.remoteAddress)) return () => undefined;
    return this.#enter(this.#addresses.of(request));
  }

  #enter(address: string): (() => void) | null {
    const network = networkOf(address);
    const count = this.#counts.get(network) ?? 0;
    if (count >= this.#max) {
      this.#log.warn({ address, connections: count }, 'too many connections of one address');
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
