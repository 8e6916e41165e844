import { Ctx, Query, Resolver } from 'type-graphql';
import type { Viewer } from '../../auth/viewer.ts';
import type { FaultReason } from '../../platform/fault.ts';
import { VERSION } from '../../version.ts';
import type { Context } from '../graphql/context.ts';
import type { CachedHealthCheck } from './cached-health-check.ts';
import { type HealthStatus, HealthType } from './health.type.ts';
import type { QueueStats } from './queue-stats.ts';

/** The cached health checks of the parts that the API needs. */
export type HealthChecks = Readonly<Record<'database' | 'storage' | 'queue', CachedHealthCheck>>;

@Resolver()
export class HealthResolver {
  readonly #healthChecks: HealthChecks;
  readonly #stats: QueueStats;

  constructor(healthChecks: HealthChecks, stats: QueueStats) {
    this.#healthChecks = healthChecks;
    this.#stats = stats;
  }

  /** Without its database the server cannot serve anything else; without the other parts it can. */
  @Query(() => HealthType, {
    nullable: true,
    description: 'Whether the server and the parts that it needs work; at most a few seconds old. No sign-in needed.',
  })
  async health(@Ctx() context: Context): Promise<HealthType> {
    const [database, storage, queue] = await Promise.all([
      this.#healthChecks.database.fault(),
      this.#healthChecks.storage.fault(),
      this.#healthChecks.queue.fault(),
    ]);
    const viewer: Viewer | null = database === null ? (await context.caller.identify()).viewer : null;
    const stats = viewer && (await this.#stats.read());
    const faults = Object.entries({ database, storage, queue }).flatMap(([part, reason]) =>
      reason === null ? [] : { part, reason },
    );
    return {
      status: database !== null ? 'DOWN' : faults.length > 0 ? 'DEGRADED' : 'UP',
      uptimeSeconds: process.uptime(),
      database: statusOf(database),
      storage: statusOf(storage),
      queue: statusOf(queue),
      faults,
      version: viewer && VERSION,
      workers: stats?.workers.length ?? null,
      queuedRuns: stats?.depth.queued ?? null,
      runningRuns: stats?.depth.running ?? null,
    };
  }
}

function statusOf(fault: FaultReason | null): HealthStatus {
  return fault === null ? 'UP' : 'DOWN';
}
