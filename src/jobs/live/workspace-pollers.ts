import { FairLimiter } from '../../platform/concurrency/fair-limiter.ts';
import type { Change, NotificationHub } from '../../platform/postgres/notifications.ts';
import { ChangePoller, type JobReader } from './change-poller.ts';
import type { JobTypes } from './followed-job.ts';

/** At most this many database connections are used for followers of one kind; the others stay free for requests. */
const MAX_ROUNDS_AT_ONCE = 3;

/** Tells a poller of a notification, if that is about jobs of its kind. */
type OnChange<Types extends JobTypes> = (poller: ChangePoller<Types>, change: Change) => void;

/** The pollers of one kind of jobs: one for each workspace in which somebody follows one. */
export class WorkspacePollers<Types extends JobTypes> {
  readonly #hub: Pick<NotificationHub, 'listen'>;
  readonly #onChange: OnChange<Types>;
  readonly #readerOf: (workspaceId: string) => JobReader<Types>;
  readonly #limiter = new FairLimiter(MAX_ROUNDS_AT_ONCE, Number.POSITIVE_INFINITY);
  readonly #opened = new Map<string, { poller: ChangePoller<Types>; stopListening: () => void }>();

  /** `onChange` is called with the notifications of the workspace. */
  constructor(
    hub: Pick<NotificationHub, 'listen'>,
    onChange: OnChange<Types>,
    readerOf: (workspaceId: string) => JobReader<Types>,
  ) {
    this.#hub = hub;
    this.#onChange = onChange;
    this.#readerOf = readerOf;
  }

  /** Number of workspaces with followers. */
  get count(): number {
    return this.#opened.size;
  }

  /** The poller of a workspace, which listens from now on. */
  open(workspaceId: string): ChangePoller<Types> {
    const known = this.#opened.get(workspaceId);
    if (known !== undefined) return known.poller;
    const poller = new ChangePoller(this.#readerOf(workspaceId), (round) => this.#limiter.run(workspaceId, round));
    const stopListening = this.#hub.listen(workspaceId, (change) => {
      if (change === null) poller.catchUp();
      else this.#onChange(poller, change);
    });
    this.#opened.set(workspaceId, { poller, stopListening });
    return poller;
  }

  /** Called when a follower has left: a poller without followers listens no more. */
  closeUnused(workspaceId: string): void {
    const opened = this.#opened.get(workspaceId);
    if (opened === undefined || !opened.poller.isEmpty) return;
    this.#opened.delete(workspaceId);
    opened.stopListening();
  }
}
