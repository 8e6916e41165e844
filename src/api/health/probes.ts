import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Config } from '../../config.ts';
import type { FaultReason } from '../../platform/fault.ts';
import { bearerToken } from '../graphql/context.ts';
import type { CachedHealthCheck } from './cached-health-check.ts';

/** What probes and scrapers ask of a process. */
export interface ProbeSources {
  /** The parts without which the process can do nothing. */
  readonly looks: Readonly<Record<string, CachedHealthCheck>>;
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
  /** What /metrics asks for. Null where it is open, and CLOSED where nobody may see it. */
  readonly metricsToken: string | null | typeof CLOSED;
}

const CLOSED = Symbol('closed');

/** Open without a token is only what nobody else can reach: an address of the machine itself. */
export function metricsTokenOf({
  HOST,
  METRICS_TOKEN,
}: Pick<Config, 'HOST' | 'METRICS_TOKEN'>): ProbeSources['metricsToken'] {
  if (METRICS_TOKEN !== null) return METRICS_TOKEN;
  return HOST === 'localhost' || isLoopback(HOST) ? null : CLOSED;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

const PROXY_HEADER = /^(?:forwarded|via|x-real-ip|x-forwarded-.*)$/;

/**
 * True where the request seems to come from elsewhere, through a proxy on this machine: it says so, or it was sent to the name
 * of another machine. That is also how a browser here asks on behalf of a page whose name was made to lead here.
 */
function isPassedOn({ headers }: IncomingMessage): boolean {
  if (Object.keys(headers).some((name) => PROXY_HEADER.test(name))) return true;
  const name = URL.parse(`http://${headers.host}`)?.hostname.replace(/^\[|\]$/g, '') ?? '';
  return !(name === 'localhost' || isLoopback(name));
}

function isLoopback(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && LOOPBACK.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

/** The addresses of a process that are not for its users: /healthz, /readyz and /metrics. */
export class Probes {
  readonly #sources: ProbeSources;
  #isEnding = false;

  constructor(sources: ProbeSources) {
    this.#sources = sources;
  }

  /** From now on the process is not ready: whoever spreads the load sends no more of it. */
  markShuttingDown(): void {
    this.#isEnding = true;
  }

  /** Answers a request that is for one of the addresses; false, and nothing answered, for any other. */
  async serve(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<boolean> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    if (pathname === '/healthz') sendJson(response, 200, { status: 'UP' });
    else if (pathname === '/readyz') await this.#serveReadiness(response);
    else if (pathname === '/metrics') await this.#serveMetrics(request, response);
    else return false;
    return true;
  }

  async #serveReadiness(response: ServerResponse): Promise<void> {
    const looks = Object.entries(this.#sources.looks).map(async ([part, look]) => [part, await look.fault()] as const);
    const found = await Promise.all(looks);
    const faults = found.filter((each): each is [string, FaultReason] => each[1] !== null);
    const isReady = !this.#isEnding && faults.length === 0;
    const status = this.#isEnding ? 'ENDING' : isReady ? 'UP' : 'DOWN';
    const parts = Object.fromEntries(found.map(([part, fault]) => [part, fault === null ? 'UP' : 'DOWN']));
    const reasons = faults.length === 0 ? {} : { reasons: Object.fromEntries(faults) };
    sendJson(response, isReady ? 200 : 503, { status, ...parts, ...reasons });
  }

  async #serveMetrics(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { metrics, metricsToken } = this.#sources;
    if (metricsToken === CLOSED) {
      sendJson(response, 403, { status: 'Closed: set METRICS_TOKEN, or HOST to a loopback address.' });
      return;
    }
    if (metricsToken === null && isPassedOn(request)) {
      sendJson(response, 403, { status: 'Closed to what a proxy passes on: set METRICS_TOKEN.' });
      return;
    }
    if (metricsToken !== null && !isSame(bearerToken(request.headers.authorization) ?? '', metricsToken)) {
      response.setHeader('www-authenticate', 'Bearer');
      sendJson(response, 401, { status: 'METRICS_TOKEN is set: send it as "authorization: Bearer …".' });
      return;
    }
    const text = await metrics.metrics();
    response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text);
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
}

/** Compares in a time that tells nothing of how much is right. */
function isSame(given: string, expected: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}
