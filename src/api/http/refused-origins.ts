import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import { LimitedLog } from '../../platform/monitoring/limited-log.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';

/** More are taken for a flood, of which LimitedLog shows a few. */
const MAX_REMEMBERED = 100;
const SILENCE_MILLISECONDS = 60_000;
const MAX_ORIGIN_LENGTH = 200;

const shared = new WeakMap<Logger, RefusedOrigins>();

/**
 * Logs origins whose pages were refused, each once a minute: the operator has to add them to CORS_ORIGINS, or would not want
 * them, and a browser shows the reason only to the developer of the page.
 */
export class RefusedOrigins {
  readonly #log: LimitedLog;
  readonly #recent = new LRUCache<string, true>({ max: MAX_REMEMBERED, ttl: SILENCE_MILLISECONDS });

  /** The shared instance of a logger. */
  static of(logger: Logger): RefusedOrigins {
    const known = shared.get(logger) ?? new RefusedOrigins(LimitedLog.of(logger));
    shared.set(logger, known);
    return known;
  }

  constructor(log: LimitedLog) {
    this.#log = log;
  }

  /** `address`: the client's. */
  log({ headers }: IncomingMessage, address: string): void {
    const origin = headers.origin?.slice(0, MAX_ORIGIN_LENGTH) ?? '';
    if (this.#recent.has(origin)) return;
    this.#recent.set(origin, true);
    const host = headers.host?.slice(0, MAX_ORIGIN_LENGTH);
    this.#log.warn({ address, origin, host }, 'refused a page because of its origin, which CORS_ORIGINS does not list');
  }
}
