import type { Logger } from '../../../platform/monitoring/logger.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import type { NotificationHub } from '../../../platform/postgres/notifications.ts';
import { HOST_TOPIC, listRanksOfHost, type RankKey, type TrainingRankRow } from '../gangs/training-rank.store.ts';
import { HostHeartbeat } from './host-heartbeat.ts';
import type { TrainingHostState } from './training-host.store.ts';

/** Interval of the looks, for what no notification has told. */
const POLL_MILLISECONDS = 1_000;

/** A rank that runs on this host. */
export interface RunningRank {
  /** Never rejects. */
  run(leaving: AbortSignal): Promise<void>;
  /** Looks whether it is to stop, or to end. */
  look(): Promise<void>;
}

export interface TrainingHostOptions {
  readonly database: Database;
  readonly changes: Pick<NotificationHub, 'listen'>;
  readonly state: TrainingHostState;
  readonly createRank: (row: TrainingRankRow) => RunningRank;
  readonly logger: Logger;
}

/** This process as a host of trainings on several hosts: it says that it lives, and runs the ranks that it is given. */
export class TrainingHost {
  readonly #options: TrainingHostOptions;
  readonly #heartbeat: HostHeartbeat;
  readonly #leaving = new AbortController();
  readonly #running = new Map<string, { readonly rank: RunningRank; readonly ended: Promise<void> }>();
  readonly #stopListening: () => void;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: TrainingHostOptions) {
    const { database, changes, state, logger } = options;
    this.#options = options;
    this.#heartbeat = new HostHeartbeat(database, state, logger);
    this.#stopListening = changes.listen(state.id, (change) => {
      if (change === null || change.topic === HOST_TOPIC) this.#look();
    });
    this.#timer = setInterval(() => this.#look(), POLL_MILLISECONDS);
  }

  /** Ends the ranks that it runs, which tell their runs' workers, and takes the host off the list. */
  async close(): Promise<void> {
    this.#stopListening();
    clearInterval(this.#timer);
    await this.#looking;
    this.#leaving.abort();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
    await this.#heartbeat.close();
  }

  /** One look after the other: none begins a rank that another has begun. */
  #look(): void {
    const { logger } = this.#options;
    this.#looking = this.#looking
      .then(() => this.#lookOnce())
      .catch((error: unknown) => logger.debug({ err: error }, 'the ranks of this host could not be read'));
  }

  async #lookOnce(): Promise<void> {
    const { database, state, createRank, logger } = this.#options;
    const rows = await database.transaction({ maintenance: true }, (tx) => listRanksOfHost(tx, state.id));
    await Promise.all([...this.#running.values()].map(({ rank }) => rank.look()));
    if (this.#leaving.signal.aborted) return;
    for (const row of rows.filter((each) => !this.#running.has(nameOf(each)))) {
      const { runId, attempt, rank: number, order } = row;
      logger.info({ runId, attempt, rank: number, world: order.world }, 'this host takes part in a training');
      const rank = createRank(row);
      const ended = rank.run(this.#leaving.signal).finally(() => this.#running.delete(nameOf(row)));
      this.#running.set(nameOf(row), { rank, ended });
    }
  }
}

function nameOf({ runId, attempt, rank }: RankKey): string {
  return `${runId} ${attempt} ${rank}`;
}
