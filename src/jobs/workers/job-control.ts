import type { NotificationHub } from '../../platform/postgres/notifications.ts';

/** Polling interval, for commands whose notification was lost. */
const POLL_MILLISECONDS = 1_000;

/** A job that a worker has in hand. */
export interface ControlledJob {
  readonly id: string;
  readonly workspaceId: string;
}

/** Looks at a job whenever its users may have given its worker a command, such as to cancel it. */
export class JobControl implements Disposable {
  readonly #check: () => Promise<void>;
  readonly #stopListening: () => void;
  readonly #timer: NodeJS.Timeout;

  /** `topic` is that of the commands. A check that rejects is repeated by the next one. */
  constructor(
    hub: Pick<NotificationHub, 'listen'>,
    topic: string,
    { id, workspaceId }: ControlledJob,
    check: () => Promise<void>,
  ) {
    this.#check = check;
    this.#stopListening = hub.listen(workspaceId, (change) => {
      if (change?.topic === topic && change.id === id) this.#look();
    });
    this.#timer = setInterval(() => this.#look(), POLL_MILLISECONDS);
  }

  [Symbol.dispose](): void {
    this.#stopListening();
    clearInterval(this.#timer);
  }

  #look(): void {
    // The database is unavailable: the next poll tries again.
    this.#check().catch(() => undefined);
  }
}
