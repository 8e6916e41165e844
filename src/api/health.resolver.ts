import { Ctx, Query, Resolver } from 'type-graphql';
import type { Viewer } from '../auth/viewer.ts';
import { VERSION } from '../version.ts';
import type { Context } from './context.ts';
import { type HealthStatus, HealthType } from './health.type.ts';
import { RecentLook } from './recent-look.ts';

/** Each part that the API needs, with a look at whether it answers. */
export interface HealthChecks {
  readonly database: () => Promise<boolean>;
  readonly storage: () => Promise<boolean>;
  readonly queue: () => Promise<boolean>;
}

@Resolver()
export class HealthResolver {
  readonly #database: RecentLook;
  readonly #storage: RecentLook;
  readonly #queue: RecentLook;

  constructor({ database, storage, queue }: HealthChecks) {
    this.#database = new RecentLook(database);
    this.#storage = new RecentLook(storage);
    this.#queue = new RecentLook(queue);
  }

  @Query(() => HealthType, {
    nullable: true,
    description: 'Whether the server and what it needs are up, as seen at most a second ago. No sign-in needed.',
  })
  async health(@Ctx() context: Context): Promise<HealthType> {
    const [database, storage, queue] = await Promise.all([
      this.#database.status(),
      this.#storage.status(),
      this.#queue.status(),
    ]);
    const viewer: Viewer | null = database === 'UP' ? await context.caller.authenticate() : null;
    return {
      status: overall(database, storage, queue),
      uptimeSeconds: process.uptime(),
      database,
      storage,
      queue,
      version: viewer && VERSION,
    };
  }
}

/** Without its database the server can answer nothing else; without the others it still can. */
function overall(database: HealthStatus, ...others: HealthStatus[]): HealthStatus {
  if (database !== 'UP') return 'DOWN';
  return others.every((status) => status === 'UP') ? 'UP' : 'DEGRADED';
}
