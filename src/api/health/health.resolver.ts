import { Ctx, Query, Resolver } from 'type-graphql';
import type { Viewer } from '../../auth/viewer.ts';
import type { FaultReason } from '../../platform/fault.ts';
import { VERSION } from '../../version.ts';
import type { Context } from '../graphql/context.ts';
import type { CachedHealthCheck } from './cached-health-check.ts';
import { type HealthStatus, HealthType } from './health.type.ts';
import type { QueueStats } from './queue-stats.ts';

/** The parts that the API needs, as they were seen lately. */
export type HealthChecks = Readonly<Record<'database' | 'storage' | 'queue', CachedHealthCheck>>;

@Resolver()
export class HealthResolver {
  readonly #looks: HealthChecks;
  readonly #figures: QueueStats;

  constructor(looks: HealthChecks, figures: QueueStats) {
    this.#looks = looks;
    this.#figures = figures;
  }

  /** Without its database the server can answer nothing else; without the others it still can. */
  @Query(() => HealthType, {
    nullable: true,
    description:
      'Whether the server and what it needs can do their work, as seen some seconds ago at the most. No sign-in needed.',
  })
  async health(@Ctx() context: Context): Promise<HealthType> {
    const [database, storage, queue] = await Promise.all([
      this.#looks.database.fault(),
      this.#looks.storage.fault(),
      this.#looks.queue.fault(),
    ]);
    const viewer: Viewer | null = database === null ? (await context.caller.identify()).viewer : null;
    const figures = viewer && (await this.#figures.read());
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
      workers: figures?.workers.length ?? null,
      queuedRuns: figures?.depth.queued ?? null,
      runningRuns: figures?.depth.running ?? null,
    };
  }
}

function statusOf(fault: FaultReason | null): HealthStatus {
  return fault === null ? 'UP' : 'DOWN';
}
