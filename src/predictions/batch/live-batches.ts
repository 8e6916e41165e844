import type { Viewer } from '../../auth/viewer.ts';
import { notFound } from '../../errors.ts';
import { isEnded } from '../../jobs/job-status.ts';
import type { ChangePoller, JobReader } from '../../jobs/live/change-poller.ts';
import type { JobKind } from '../../jobs/live/followed-job.ts';
import { type FollowedJob, QueuedFollower } from '../../jobs/live/queued-follower.ts';
import { WorkspacePollers } from '../../jobs/live/workspace-pollers.ts';
import type { QueueForecaster } from '../../jobs/queue/queue-forecaster.ts';
import { QueueMonitor } from '../../jobs/queue/queue-monitor.ts';
import { isUuid } from '../../platform/ids.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Change, NotificationHub } from '../../platform/postgres/notifications.ts';
import {
  BATCH_TOPIC,
  type BatchHead,
  type BatchRow,
  findBatchesChangedAfter,
  findBatchHeads,
} from './batch-prediction.store.ts';

/** What followers read of batch predictions. */
interface BatchTypes {
  readonly head: BatchHead;
  readonly row: BatchRow;
  readonly event: never;
}

const BATCH_KIND: JobKind<BatchTypes> = {
  noun: 'batch prediction',
  isEnded: ({ status }) => isEnded(status),
};

/** Follows batch predictions live. */
export class LiveBatches {
  readonly #pollers: WorkspacePollers<BatchTypes>;
  readonly #queue: QueueMonitor;

  constructor(database: Database, hub: Pick<NotificationHub, 'listen'>, forecaster: QueueForecaster, logger: Logger) {
    const onChange = (poller: ChangePoller<BatchTypes>, { topic, id }: Change) => {
      if (topic === BATCH_TOPIC && isUuid(id)) poller.notify(id);
    };
    this.#pollers = new WorkspacePollers(hub, onChange, (workspaceId) => readerOf(database, workspaceId));
    this.#queue = new QueueMonitor(forecaster, logger);
  }

  /** As it is now, then on every change; completes when it has ended. Throws NOT_FOUND. */
  async follow({ workspaceId }: Viewer, id: string): Promise<AsyncIterableIterator<FollowedJob<BatchRow>>> {
    if (!isUuid(id)) throw notFound(BATCH_KIND.noun, id);
    const onRow = ({ status }: BatchRow) => {
      if (status === 'QUEUED') return this.#queue.add(follower);
      this.#queue.remove(follower);
      return null;
    };
    const options = {
      poller: this.#pollers.open(workspaceId),
      kind: BATCH_KIND,
      id: id.toLowerCase(),
      onRelease: () => {
        this.#queue.remove(follower);
        this.#pollers.closeUnused(workspaceId);
      },
    };
    const follower: QueuedFollower<BatchTypes> = new QueuedFollower(options, onRow);
    return await follower.start();
  }
}

function readerOf(database: Database, workspaceId: string): JobReader<BatchTypes> {
  const scope = { workspaceId };
  return {
    heads: (ids) => database.transaction(scope, (tx) => findBatchHeads(tx, ids)),
    // Nobody follows all of a workspace.
    liveHeads: () => Promise.resolve([]),
    read: ({ ids, rows }) =>
      database.transaction(scope, async (tx) => {
        const [heads, changed] = await Promise.all([findBatchHeads(tx, ids), findBatchesChangedAfter(tx, rows)]);
        return { heads, rows: changed, events: [] };
      }),
  };
}
