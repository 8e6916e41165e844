import { Ctx, Query, Resolver } from 'type-graphql';
import type { Viewer } from '../auth/viewer.ts';
import { VERSION } from '../version.ts';
import type { Context } from './context.ts';
import { type HealthStatus, HealthType } from './health.type.ts';
import type { QueueFigures } from './queue-figures.ts';
import type { RecentLook } from './recent-look.ts';

/** The parts that the API needs, as they were seen lately. */
export type HealthLooks = Readonly<Record<'database' | 'storage' | 'queue', RecentLook>>;

@Resolver()
export class HealthResolver {
  readonly #looks: HealthLooks;
  readonly #figures: QueueFigures;

  constructor(looks: HealthLooks, figures: QueueFigures) {
    this.#looks = looks;
    this.#figures = figures;
  }

  @Query(() => HealthType, {
    nullable: true,
    description: 'Whether the server and what it needs are up, as seen at most a second ago. No sign-in needed.',
  })
  async health(@Ctx() context: Context): Promise<HealthType> {
    const [database, storage, queue] = await Promise.all([
      this.#looks.database.status(),
      this.#looks.storage.status(),
      this.#looks.queue.status(),
    ]);
    const viewer: Viewer | null = database === 'UP' ? await context.caller.authenticate() : null;
    const figures = viewer && (await this.#figures.read());
    return {
      status: overall(database, storage, queue),
      uptimeSeconds: process.uptime(),
      database,
      storage,
      queue,
      version: viewer && VERSION,
      workers: figures?.workers.length ?? null,
      queuedRuns: figures?.depth.queued ?? null,
      runningRuns: figures?.depth.running ?? null,
    };
  }
}

/** Without its database the server can answer nothing else; without the others it still can. */
function overall(database: HealthStatus, ...others: HealthStatus[]): HealthStatus {
  if (database !== 'UP') return 'DOWN';
  return others.every((status) => status === 'UP') ? 'UP' : 'DEGRADED';
}
