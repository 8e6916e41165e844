import type { Database } from '../../platform/postgres/database.ts';
import type { NotificationHub } from '../../platform/postgres/notifications.ts';
import { findRunClaim, RUN_COMMAND_TOPIC, type TrainingRunRow } from '../runs/training-run.store.ts';

/** Polling interval, for commands whose notification was lost. */
const POLL_MILLISECONDS = 1_000;

/** Handlers of a worker for the commands of users. */
export interface ControlHandlers {
  /** Called when the run is to end with the best model so far. */
  readonly onStop: () => void;
  /** Called when the run was cancelled, or belongs to another attempt. */
  readonly onClaimLost: () => void;
}

/** Receives, for the worker of an attempt, the commands of users for its run. */
export class RunControl implements Disposable {
  readonly #database: Database;
  readonly #run: Pick<TrainingRunRow, 'id' | 'workspaceId' | 'attempt'>;
  readonly #handlers: ControlHandlers;
  readonly #stopListening: () => void;
  readonly #timer: NodeJS.Timeout;

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
      if (change?.topic === RUN_COMMAND_TOPIC && change.id === run.id) void this.#check();
    });
    this.#timer = setInterval(() => void this.#check(), POLL_MILLISECONDS);
  }

  [Symbol.dispose](): void {
    this.#stopListening();
    clearInterval(this.#timer);
  }

  async #check(): Promise<void> {
    const { id, workspaceId, attempt } = this.#run;
    try {
      const claim = await this.#database.transaction({ workspaceId }, (tx) => findRunClaim(tx, id));
      if (claim?.status !== 'RUNNING' || claim.attempt !== attempt) this.#handlers.onClaimLost();
      else if (claim.stopRequestedAt !== null) this.#handlers.onStop();
    } catch {
      // The database is unavailable: the next poll tries again.
    }
  }
}
