import { setTimeout as delay } from 'node:timers/promises';
import { Ctx, Query, Resolver } from 'type-graphql';
import type { Viewer } from '../auth/viewer.ts';
import { VERSION } from '../version.ts';
import type { Context } from './context.ts';
import { type HealthStatus, HealthType } from './health.type.ts';

/** A part that does not answer within this time is called DOWN: an answer later than that helps no load balancer. */
const PATIENCE_MILLISECONDS = 2_000;

/** Each part that the API needs, with a look at whether it answers. */
export interface HealthChecks {
  readonly database: () => Promise<boolean>;
  readonly storage: () => Promise<boolean>;
  readonly queue: () => Promise<boolean>;
}

@Resolver()
export class HealthResolver {
  readonly #checks: HealthChecks;

  constructor(checks: HealthChecks) {
    this.#checks = checks;
  }

  @Query(() => HealthType, {
    nullable: true,
    description: 'Whether the server and what it needs are up. No sign-in needed.',
  })
  async health(@Ctx() context: Context): Promise<HealthType> {
    const [database, storage, queue] = await Promise.all([
      look(this.#checks.database),
      look(this.#checks.storage),
      look(this.#checks.queue),
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

async function look(check: () => Promise<boolean>): Promise<HealthStatus> {
  const isUp = await Promise.race([check(), delay(PATIENCE_MILLISECONDS, false, { ref: false })]);
  return isUp ? 'UP' : 'DOWN';
}

/** Without its database the server can answer nothing else; without the others it still can. */
function overall(database: HealthStatus, ...others: HealthStatus[]): HealthStatus {
  if (database !== 'UP') return 'DOWN';
  return others.every((status) => status === 'UP') ? 'UP' : 'DEGRADED';
}
