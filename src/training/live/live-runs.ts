import type { Viewer } from '../../auth/viewer.ts';
import type { DatasetService } from '../../datasets/dataset.service.ts';
import { notFound } from '../../errors.ts';
import { Limiter } from '../../platform/concurrency/limiter.ts';
import { isUuid } from '../../platform/ids.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { NotificationHub } from '../../platform/postgres/notifications.ts';
import type { QueueForecaster } from '../forecast/queue-forecaster.ts';
import { QueueWatch } from '../forecast/queue-watch.ts';
import { RUN_TOPIC, type TrainingEventRow, type TrainingRunRow } from '../runs/training-run.store.ts';
import { ChangePoller, type RunReader } from './change-poller.ts';
import { ChangesFollower } from './changes-follower.ts';
import { findHeadsOfLiveRuns, findRunHeads, findRunsChangedAfter, listEventsAfterEach } from './live-run.store.ts';
import { RunChanges, type TrainingRunChange } from './run-changes.ts';
import { EventFollower, type FollowedRun, ProgressFollower } from './run-followers.ts';

/** Of the connections to the database as many may read for followers at once; the others stay free for requests. */
const MAX_ROUNDS_AT_ONCE = 3;

/** How many events of a run are read at a time. */
const EVENT_PAGE = 100;

/** More runs than a workspace has live; those beyond it are only told of when a notification comes. */
const MAX_LIVE_RUNS = 5_000;

/** The feed of a workspace, while somebody follows anything of it. */
interface WorkspaceFeed {
  readonly feed: ChangePoller;
  changes: RunChanges | null;
  readonly stopListening: () => void;
}

/** Following runs live. All followers of a process share one connection for hints, and their reads. */
export class LiveRuns {
  readonly #database: Database;
  readonly #datasets: Pick<DatasetService, 'find'>;
  readonly #hub: Pick<NotificationHub, 'listen'>;
  readonly #queue: QueueWatch;
  readonly #limiter = new Limiter(MAX_ROUNDS_AT_ONCE, Number.POSITIVE_INFINITY);
  readonly #feeds = new Map<string, WorkspaceFeed>();

  constructor(
    database: Database,
    datasets: Pick<DatasetService, 'find'>,
    hub: Pick<NotificationHub, 'listen'>,
    forecaster: QueueForecaster,
    logger: Logger,
  ) {
    this.#database = database;
    this.#datasets = datasets;
    this.#hub = hub;
    this.#queue = new QueueWatch(forecaster, logger);
  }

  /** The run as it is now, then each time it has changed; ends after its end. Throws NOT_FOUND. */
  async followRun({ workspaceId }: Viewer, runId: string): Promise<AsyncIterableIterator<FollowedRun>> {
    const id = storedId(runId);
    const onRow = (run: TrainingRunRow) => {
      if (run.status === 'QUEUED') return this.#queue.add(follower);
      this.#queue.remove(follower);
      return null;
    };
    const onRelease = () => {
      this.#queue.remove(follower);
      this.#closeUnused(workspaceId);
    };
    const follower = new ProgressFollower(this.#open(workspaceId).feed, id, onRow, onRelease);
    return await follower.start();
  }

  /** Every event after `afterSeq`, each once, in order; ends after the last one. Throws NOT_FOUND. */
  async followEvents(
    { workspaceId }: Viewer,
    runId: string,
    afterSeq: number,
  ): Promise<AsyncIterableIterator<TrainingEventRow>> {
    const id = storedId(runId);
    const { feed } = this.#open(workspaceId);
    return await new EventFollower(feed, id, afterSeq, () => this.#closeUnused(workspaceId)).start();
  }

  /**
   * Changes of the workspace's runs, or of one dataset's, for lists: at most one a second per run. Never ends by
   * itself. Throws NOT_FOUND for an unknown dataset.
   */
  async followChanges(viewer: Viewer, datasetId: string | null): Promise<AsyncIterableIterator<TrainingRunChange>> {
    const dataset = datasetId === null ? null : await this.#datasets.find(viewer, datasetId);
    if (datasetId !== null && dataset === null) throw notFound('dataset', datasetId);
    const { workspaceId } = viewer;
    const opened = this.#open(workspaceId);
    const { feed } = opened;
    const changes = this.#changesOf(opened);
    const onRelease = (released: ChangesFollower) => {
      feed.forget(released);
      changes.remove(released);
      if (changes.listenerCount === 0 && opened.changes === changes) {
        opened.changes = null;
        feed.setWorkspaceFollower(null);
      }
      this.#closeUnused(workspaceId);
    };
    const follower = new ChangesFollower(
      { feed: (pending) => feed.feed(pending), onRelease },
      dataset === null ? null : dataset.id,
    );
    changes.add(follower);
    try {
      await changes.opened;
    } catch (error) {
      void follower.iterator.return();
      throw error;
    }
    return follower.iterator;
  }

  /** How many workspaces somebody follows something of. */
  get feedCount(): number {
    return this.#feeds.size;
  }

  #open(workspaceId: string): WorkspaceFeed {
    const known = this.#feeds.get(workspaceId);
    if (known !== undefined) return known;
    const feed = new ChangePoller(this.#readerOf(workspaceId), this.#limiter);
    const stopListening = this.#hub.listen(workspaceId, (change) => {
      if (change === null) feed.catchUp();
      else if (change.topic === RUN_TOPIC && isUuid(change.id)) feed.hint(change.id);
    });
    const opened = { feed, changes: null, stopListening };
    this.#feeds.set(workspaceId, opened);
    return opened;
  }

  #closeUnused(workspaceId: string): void {
    const opened = this.#feeds.get(workspaceId);
    if (opened === undefined || !opened.feed.isEmpty) return;
    this.#feeds.delete(workspaceId);
    opened.stopListening();
  }

  #changesOf(opened: WorkspaceFeed): RunChanges {
    if (opened.changes !== null) return opened.changes;
    const changes: RunChanges = new RunChanges(() => {
      if (opened.changes === changes) opened.feed.feed(changes);
    });
    opened.changes = changes;
    opened.feed.setWorkspaceFollower(changes);
    return changes;
  }

  #readerOf(workspaceId: string): RunReader {
    const scope = { workspaceId };
    return {
      marks: (runIds) => this.#database.transaction(scope, (tx) => findRunHeads(tx, runIds)),
      liveHeads: (endedSince) =>
        this.#database.transaction(scope, (tx) => findHeadsOfLiveRuns(tx, endedSince, MAX_LIVE_RUNS)),
      read: ({ runIds, rows, events }) =>
        this.#database.transaction(scope, async (tx) => {
          // The marks are read first: whatever they say of an end, what leads up to it is there to be read after them.
          const [foundHeads, foundRows, foundEvents] = await Promise.all([
            findRunHeads(tx, runIds),
            rows.length === 0 ? [] : findRunsChangedAfter(tx, rows),
            events.length === 0 ? [] : listEventsAfterEach(tx, events, EVENT_PAGE),
          ]);
          return { marks: foundHeads, rows: foundRows, events: foundEvents };
        }),
    };
  }
}

/** The id as it is stored: changes are announced under that, however the caller writes it. */
function storedId(runId: string): string {
  if (!isUuid(runId)) throw notFound('training run', runId);
  return runId.toLowerCase();
}
