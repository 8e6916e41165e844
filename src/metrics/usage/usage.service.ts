import { badInput } from '../../errors.ts';
import { FairLimiter } from '../../platform/concurrency/fair-limiter.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { countRunsByDay, type Period, type RunCount, readUsage, type Usage } from './usage.store.ts';

/** Counting a million rows takes a while, and never occupies more of the process's ten connections than this. */
const COUNTS_AT_ONCE = 4;
/** Maximum number of waiting counts per workspace. */
const MAX_WAITING = 200;

const DAY = 86_400_000;
const DEFAULT_DAYS = 30;
/** A leap year. */
const MAX_DAYS = 366;

/** What a workspace holds and runs, compared with its limits. */
export interface WorkspaceUsage extends Usage {
  /** Unpinned models beyond the limit, which stay because each is the best of something, or the newest. */
  readonly artifactsBeyondLimit: number;
}

/** The runs of a period, by day, status and algorithm. */
export interface RunStatistics extends Period {
  readonly counts: readonly RunCount[];
}

/**
 * The usage of workspaces. The caller has been shown the workspace as one of its members, and each workspace is read in a
 * transaction of its own, which sees only that workspace's rows.
 */
export class UsageService {
  readonly #database: Database;
  readonly #limiter = new FairLimiter(COUNTS_AT_ONCE, MAX_WAITING);

  readonly #maxModels: number;

  /** `maxModels` is how many unpinned models a workspace keeps. */
  constructor(database: Database, maxModels: number) {
    this.#database = database;
    this.#maxModels = maxModels;
  }

  async usageOf(workspaceId: string): Promise<WorkspaceUsage> {
    const usage = await this.#limiter.run(workspaceId, () => this.#database.transaction({ workspaceId }, readUsage));
    return { ...usage, artifactsBeyondLimit: Math.max(0, usage.unpinnedArtifacts - this.#maxModels) };
  }

  /**
   * The runs created in a workspace from `from` to just before `to`. Default: the 30 days until now. Throws BAD_USER_INPUT
   * if the period is reversed or longer than 366 days.
   */
  async runStatistics(workspaceId: string, from: Date | null, to: Date | null): Promise<RunStatistics> {
    const period = parsePeriod(from, to);
    const counts = await this.#limiter.run(workspaceId, () =>
      this.#database.transaction({ workspaceId }, (tx) => countRunsByDay(tx, period)),
    );
    return { ...period, counts };
  }
}

function parsePeriod(givenFrom: Date | null, givenTo: Date | null): Period {
  const to = givenTo ?? new Date();
  const from = givenFrom ?? new Date(to.getTime() - DEFAULT_DAYS * DAY);
  if (from.getUTCFullYear() < 0) throw badInput('to', 'The period must not begin before the year 0.');
  if (from > to) throw badInput('from', 'from must not be after to.', 'Without to it must not be in the future.');
  if (to.getTime() - from.getTime() > MAX_DAYS * DAY) {
    throw badInput('from', `from and to must not be more than ${MAX_DAYS} days apart.`, 'Request one year at a time.');
  }
  return { from, to };
}
