import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Config } from '../../config.ts';
import { LimitedLog } from '../../platform/monitoring/limited-log.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import { AddressLimit } from './address-limit.ts';
import type { ClientAddresses } from './client-address.ts';
import { CONNECTION_LIMITS, type ConnectionLimits, ConnectionWatch } from './connection-watch.ts';
import { IncomingRequest } from './incoming-request.ts';
import { RequestQueue } from './request-queue.ts';

export interface ConnectionOptions {
  readonly config: Pick<Config, 'MAX_CONNECTIONS_PER_ADDRESS' | 'KEEP_ALIVE_SECONDS'>;
  readonly addresses: ClientAddresses;
  readonly logger: Logger;
  /** Default: CONNECTION_LIMITS, and for idle connections KEEP_ALIVE_SECONDS. */
  readonly connectionLimits?: Partial<ConnectionLimits> | undefined;
  /** The clock by which peers are waited for, but for their heads, of which Node.js has its own. Default: the process's. */
  readonly now?: () => number;
}

/** While the process ends, connections that an earlier answer has kept open are noticed after this time. */
const END_IDLE_MILLISECONDS = 50;

const MAX_LISTENERS = 30;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * The HTTP connections of an API process: who may have how many, for how long a peer may leave one waiting, one request of
 * each at a time, and how all of them end in order.
 */
export class HttpConnections {
  readonly server: Server;
  readonly perAddress: AddressLimit;
  readonly #watch: ConnectionWatch;
  readonly #queue = new RequestQueue();
  readonly #inFlight = new Set<ServerResponse>();
  /** All of them, WebSockets among them. */
  readonly #sockets = new Set<Socket>();
  #isDraining = false;

  constructor(options: ConnectionOptions, answer: Answer) {
    const { config, addresses, logger, connectionLimits, now = () => performance.now() } = options;
    const log = LimitedLog.of(logger);
    const keepAliveMilliseconds = config.KEEP_ALIVE_SECONDS * 1_000;
    const idleMilliseconds = keepAliveMilliseconds + CONNECTION_LIMITS.headMilliseconds;
    const limits = { ...CONNECTION_LIMITS, idleMilliseconds, ...connectionLimits };
    this.perAddress = new AddressLimit(addresses, config.MAX_CONNECTIONS_PER_ADDRESS, log);
    this.#watch = new ConnectionWatch(limits, log, now);
    const serverOptions = {
      IncomingMessage: IncomingRequest,
      // Of a whole request: a large file over a slow line takes longer than any fixed time. The pace is watched instead.
      requestTimeout: 0,
      // Begins with the first byte of a head, or with the connection: it may be shorter than the time between two requests.
      headersTimeout: limits.headMilliseconds,
      keepAliveTimeout: keepAliveMilliseconds,
      connectionsCheckingInterval: limits.lookMilliseconds,
    };
    this.server = createServer(serverOptions, (request, response) => {
      this.#queue.take(request, response, () => this.#begin(request, response, answer));
    });
    this.server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.perAddress.watch(this.server);
    this.#watch.watch(this.server);
  }

  /** Listens, and gives the port. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    return (this.server.address() as AddressInfo).port;
  }

  /**
   * From now on each answer ends its connection, also of requests that are in flight: whoever keeps connections makes the
   * next one to another process. New ones are still taken: those who spread the load have not all noticed yet.
   */
  drain(): void {
    this.#isDraining = true;
    for (const response of this.#inFlight) response.shouldKeepAlive = false;
  }

  /**
   * Takes no new connection, and resolves when the requests in flight have been answered. Whatever is open after
   * `maxMilliseconds` is cut off.
   */
  async close(maxMilliseconds: number): Promise<void> {
    this.drain();
    // Not that of the HTTP server, which also ends connections whose last answer has not left the process yet.
    const closed = new Promise((resolve) => NetServer.prototype.close.call(this.server, resolve));
    const endIdle = setInterval(() => this.#watch.endIdle(), END_IDLE_MILLISECONDS);
    const cutOff = setTimeout(() => this.#cutOff(), maxMilliseconds);
    this.#watch.endIdle();
    await closed;
    clearInterval(endIdle);
    clearTimeout(cutOff);
    this.#watch.close();
    // It does not listen any more: this ends the timer by which it bounds the time of heads.
    this.server.close();
  }

  #cutOff(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #begin(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
    this.#watch.begin(request, response);
    // Whatever a request takes is given back when its answer is over: more than ten wait for that, and none leaks.
    response.setMaxListeners(MAX_LISTENERS);
    this.#inFlight.add(response);
    response.once('close', () => this.#inFlight.delete(response));
    if (this.#isDraining) response.shouldKeepAlive = false;
    answer(request, response);
  }
}
