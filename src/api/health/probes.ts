import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Config } from '../../config.ts';
import type { FaultReason } from '../../platform/fault.ts';
import { bearerToken } from '../graphql/context.ts';
import type { CachedHealthCheck } from './cached-health-check.ts';

/** The sources of probes and metrics. */
export interface ProbeSources {
  /** The parts that readiness depends on. */
  readonly healthChecks: Readonly<Record<string, CachedHealthCheck>>;
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
  /** The token that /metrics requires; null if it is open, CLOSED if it is forbidden. */
  readonly metricsToken: string | null | typeof CLOSED;
}

const CLOSED = Symbol('closed');

/** Without a token /metrics is open on loopback addresses only. */
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
 * True if the request seems to come through a proxy on this machine: it has a proxy header, or a Host that is not local. The
 * latter also prevents DNS rebinding by pages in a local browser.
 */
function isForwarded({ headers }: IncomingMessage): boolean {
  if (Object.keys(headers).some((name) => PROXY_HEADER.test(name))) return true;
  const name = URL.parse(`http://${headers.host}`)?.hostname.replace(/^\[|\]$/g, '') ?? '';
  return !(name === 'localhost' || isLoopback(name));
}

function isLoopback(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && LOOPBACK.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

/** The operational endpoints of a process: /healthz, /readyz and /metrics. */
export class Probes {
  readonly #sources: ProbeSources;
  #isEnding = false;

  constructor(sources: ProbeSources) {
    this.#sources = sources;
  }

  /** From now on the process is not ready, so that load balancers stop sending requests. */
  markShuttingDown(): void {
    this.#isEnding = true;
  }

  /** Handles a request for one of the endpoints; false for any other. */
  async serve(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<boolean> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    if (pathname === '/healthz') sendJson(response, 200, { status: 'UP' });
    else if (pathname === '/readyz') await this.#serveReadiness(response);
    else if (pathname === '/metrics') await this.#serveMetrics(request, response);
    else return false;
    return true;
  }

  async #serveReadiness(response: ServerResponse): Promise<void> {
    const healthChecks = Object.entries(this.#sources.healthChecks).map(
      async ([part, check]) => [part, await check.fault()] as const,
    );
    const found = await Promise.all(healthChecks);
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
      sendJson(response, 403, { status: 'Forbidden: set METRICS_TOKEN, or HOST to a loopback address.' });
      return;
    }
    if (metricsToken === null && isForwarded(request)) {
      sendJson(response, 403, { status: 'Forbidden for requests through a proxy: set METRICS_TOKEN.' });
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

/** Constant-time comparison. */
function isSame(given: string, expected: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}
