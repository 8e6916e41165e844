import type { Database } from '../../platform/postgres/database.ts';
import type { NotificationHub } from '../../platform/postgres/notifications.ts';
import { findRunClaim, RUN_COMMAND_TOPIC, type TrainingRunRow } from '../runs/training-run.store.ts';

/** A command whose notification was lost is found by then. */
const LOOK_MILLISECONDS = 1_000;

/** What a worker does about the commands of its run's user. */
export interface ControlHandlers {
  /** The run is to end with the best model so far. */
  readonly onStop: () => void;
  /** The run was cancelled, or belongs to another attempt. */
  readonly onLost: () => void;
}

/** Listens, for the worker of an attempt, to what users ask of its run. */
export class RunControl implements Disposable {
  readonly #database: Database;
  readonly #run: Pick<TrainingRunRow, 'id' | 'workspaceId' | 'attempt'>;
  readonly #handlers: ControlHandlers;
  readonly #stopListening: () => void;
  readonly #looking: NodeJS.Timeout;

  constructor(
    database: Database,
    changes: NotificationHub,
    run: Pick<TrainingRunRow, 'id' | 'workspaceId' | 'attempt'>,
    handlers: ControlHandlers,
  ) {
    this.#database = database;
    this.#run = run;
    this.#handlers = handlers;
    this.#stopListening = changes.listen(run.workspaceId, (change) => {
      if (change?.topic === RUN_COMMAND_TOPIC && change.id === run.id) void this.#look();
    });
    this.#looking = setInterval(() => void this.#look(), LOOK_MILLISECONDS);
  }

  [Symbol.dispose](): void {
    this.#stopListening();
    clearInterval(this.#looking);
  }

  async #look(): Promise<void> {
    const { id, workspaceId, attempt } = this.#run;
    try {
      const claim = await this.#database.transaction({ workspaceId }, (tx) => findRunClaim(tx, id));
      if (claim?.status !== 'RUNNING' || claim.attempt !== attempt) this.#handlers.onLost();
      else if (claim.stopRequestedAt !== null) this.#handlers.onStop();
    } catch {
      // The database is away: nobody can ask for anything, and the next look comes.
    }
  }
}
