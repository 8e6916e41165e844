import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Config } from '../../config.ts';
import { LimitedLog } from '../../platform/monitoring/limited-log.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import { AddressLimit } from './address-limit.ts';
import type { ClientAddresses } from './client-address.ts';
import { CONNECTION_LIMITS, type ConnectionLimits, ConnectionMonitor } from './connection-monitor.ts';
import { IncomingRequest } from './incoming-request.ts';
import { RequestQueue } from './request-queue.ts';

export interface ConnectionOptions {
  readonly config: Pick<Config, 'MAX_CONNECTIONS_PER_ADDRESS' | 'KEEP_ALIVE_SECONDS'>;
  readonly addresses: ClientAddresses;
  readonly logger: Logger;
  /** Default: CONNECTION_LIMITS, and for idle connections KEEP_ALIVE_SECONDS. */
  readonly connectionLimits?: Partial<ConnectionLimits> | undefined;
  /** The clock for all timeouts but that of headers, for which Node.js has its own. Default: the process's. */
  readonly now?: () => number;
}

/** Interval of closing idle connections during shutdown. */
const END_IDLE_MILLISECONDS = 50;

const MAX_LISTENERS = 30;

type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * The HTTP connections of an API process: limits per address, timeouts, one request at a time per connection, and graceful
 * shutdown.
 */
export class HttpConnections {
  readonly server: Server;
  readonly perAddress: AddressLimit;
  readonly #monitor: ConnectionMonitor;
  readonly #queue = new RequestQueue();
  readonly #inFlight = new Set<ServerResponse>();
  /** All of them, WebSockets among them. */
  readonly #sockets = new Set<Socket>();
  #isDraining = false;

  constructor(options: ConnectionOptions, handle: RequestHandler) {
    const { config, addresses, logger, connectionLimits, now = () => performance.now() } = options;
    const log = LimitedLog.of(logger);
    const keepAliveMilliseconds = config.KEEP_ALIVE_SECONDS * 1_000;
    const idleMilliseconds = keepAliveMilliseconds + CONNECTION_LIMITS.headMilliseconds;
    const limits = { ...CONNECTION_LIMITS, idleMilliseconds, ...connectionLimits };
    this.perAddress = new AddressLimit(addresses, config.MAX_CONNECTIONS_PER_ADDRESS, log);
    this.#monitor = new ConnectionMonitor(limits, log, now);
    const serverOptions = {
      IncomingMessage: IncomingRequest,
      // A large file over a slow connection takes longer than any fixed time. ConnectionMonitor limits the rate instead.
      requestTimeout: 0,
      // Starts with the first byte of the headers, or with the connection: it may be shorter than the keep-alive timeout.
      headersTimeout: limits.headMilliseconds,
      keepAliveTimeout: keepAliveMilliseconds,
      connectionsCheckingInterval: limits.checkMilliseconds,
    };
    this.server = createServer(serverOptions, (request, response) => {
      this.#queue.take(request, response, () => this.#begin(request, response, handle));
    });
    this.server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.perAddress.attach(this.server);
    this.#monitor.attach(this.server);
  }

  /** Listens, and returns the port. */
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
   * From now on each response closes its connection, also those of requests in flight, so that clients reconnect to another
   * process. New connections are still accepted: load balancers may not have noticed yet.
   */
  drain(): void {
    this.#isDraining = true;
    for (const response of this.#inFlight) response.shouldKeepAlive = false;
  }

  /**
   * Accepts no new connections, and resolves when the requests in flight have been answered. Connections that are still open
   * after `maxMilliseconds` are destroyed.
   */
  async close(maxMilliseconds: number): Promise<void> {
    this.drain();
    // Not http.Server.close(), which also closes connections whose last response has not been sent completely.
    const closed = new Promise((resolve) => NetServer.prototype.close.call(this.server, resolve));
    const endIdle = setInterval(() => this.#monitor.endIdle(), END_IDLE_MILLISECONDS);
    const cutOff = setTimeout(() => this.#cutOff(), maxMilliseconds);
    this.#monitor.endIdle();
    await closed;
    clearInterval(endIdle);
    clearTimeout(cutOff);
    this.#monitor.close();
    // It does not listen any more: this stops the timer of the header timeout.
    this.server.close();
  }

  #cutOff(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #begin(request: IncomingMessage, response: ServerResponse, handle: RequestHandler): void {
    this.#monitor.begin(request, response);
    // More than ten listeners release resources on 'close', which is not a leak.
    response.setMaxListeners(MAX_LISTENERS);
    this.#inFlight.add(response);
    response.once('close', () => this.#inFlight.delete(response));
    if (this.#isDraining) response.shouldKeepAlive = false;
    handle(request, response);
  }
}
