import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  type RateLimiterRes,
} from 'rate-limiter-flexible';
import { withTimeout } from '../../platform/concurrency/with-timeout.ts';
import { LimitedLog } from '../../platform/monitoring/limited-log.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { textQuery } from '../../platform/postgres/text-query.ts';
import type { Consumption, PointLimiter } from './leased-counter.ts';

/** Longer, no operation waits to be counted. */
const MAX_WAIT_MILLISECONDS = 500;

/** Until then, a database that did not respond is not asked again. */
const RETRY_MILLISECONDS = 5_000;

interface LimiterOptions {
  /** Of all keys of this limiter. */
  readonly keyPrefix: string;
  readonly points: number;
  /** Of a window, in seconds. */
  readonly duration: number;
}

/** What the library asks of a client of PostgreSQL. */
interface TextQuery {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * A limiter whose counts all processes share, in PostgreSQL. While that does not respond, each process counts for itself: a
 * limit is no reason to be unavailable.
 */
export class SharedLimiter implements PointLimiter {
  readonly points: number;
  readonly #shared: RateLimiterPostgres;
  readonly #own: RateLimiterMemory;
  readonly #log: LimitedLog;
  #awayUntil = Number.NEGATIVE_INFINITY;

  constructor(database: Pick<Database, 'transaction'>, logger: Logger, options: LimiterOptions) {
    this.points = options.points;
    this.#log = LimitedLog.of(logger);
    this.#own = new RateLimiterMemory(options);
    this.#shared = new RateLimiterPostgres({
      ...options,
      storeClient: {
        query: async ({ text, values }: TextQuery) => ({
          rows: await database.transaction({ maintenance: true }, (tx) => tx.execute(textQuery(text, values))),
        }),
      },
      storeType: 'pool',
      tableName: 'rate_limits',
      tableCreated: true,
      clearExpiredByTimeout: false,
    });
  }

  async consume(key: string, points: number): Promise<Consumption> {
    if (performance.now() >= this.#awayUntil) {
      const late = new Error('timeout');
      const consumed = await withTimeout(consumptionOf(this.#shared, key, points), MAX_WAIT_MILLISECONDS, late);
      if (!(consumed instanceof Error)) return consumed;
      this.#awayUntil = performance.now() + RETRY_MILLISECONDS;
      this.#log.warn({ reason: consumed.message }, 'rate limits are counted by each process alone');
    }
    const consumed = await consumptionOf(this.#own, key, points);
    if (consumed instanceof Error) throw consumed;
    return consumed;
  }
}

/** The library rejects with its result, which is no error, where there are too few points. */
async function consumptionOf(
  limiter: Pick<RateLimiterAbstract, 'consume'>,
  key: string,
  points: number,
): Promise<Consumption | Error> {
  try {
    const { consumedPoints, msBeforeNext } = await limiter.consume(key, points);
    return { isGranted: true, consumedPoints, msBeforeNext };
  } catch (error) {
    if (error instanceof Error) return error;
    const { consumedPoints, msBeforeNext } = error as RateLimiterRes;
    return { isGranted: false, consumedPoints, msBeforeNext };
  }
}
