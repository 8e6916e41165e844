import type { Viewer } from '../../auth/viewer.ts';
import type { DatasetService } from '../../datasets/dataset.service.ts';
import { notFound } from '../../errors.ts';
import { FairLimiter } from '../../platform/concurrency/fair-limiter.ts';
import { isUuid } from '../../platform/ids.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Change, NotificationHub } from '../../platform/postgres/notifications.ts';
import type { QueueForecaster } from '../forecast/queue-forecaster.ts';
import { QueueMonitor } from '../forecast/queue-monitor.ts';
import { RUN_TOPIC, type TrainingEventRow, type TrainingRunRow } from '../runs/training-run.store.ts';
import { parseDeletedRun, RUN_DELETED_TOPIC, RUN_RESTORED_TOPIC } from './announce-runs.ts';
import { ChangePoller, type RunReader } from './change-poller.ts';
import { ChangesFollower } from './changes-follower.ts';
import { findHeadsOfLiveRuns, findRunHeads, findRunsChangedAfter, listEventsAfterEach } from './live-run.store.ts';
import { RunChanges, type TrainingRunChange } from './run-changes.ts';
import { EventFollower, type FollowedRun, ProgressFollower } from './run-followers.ts';

/** At most this many database connections are used for followers; the others stay free for requests. */
const MAX_ROUNDS_AT_ONCE = 3;

/** How many events of a run are read at a time. */
const EVENT_PAGE = 100;

/** More than the live runs of any workspace; changes of further runs are only found by notifications. */
const MAX_LIVE_RUNS = 5_000;

/** The poller of a workspace, while somebody follows one of its runs. */
interface WorkspacePoller {
  readonly poller: ChangePoller;
  changes: RunChanges | null;
  readonly stopListening: () => void;
}

/** Follows runs live. All followers of a process share one LISTEN connection, and their reads. */
export class LiveRuns {
  readonly #database: Database;
  readonly #datasets: Pick<DatasetService, 'find'>;
  readonly #hub: Pick<NotificationHub, 'listen'>;
  readonly #queue: QueueMonitor;
  readonly #limiter = new FairLimiter(MAX_ROUNDS_AT_ONCE, Number.POSITIVE_INFINITY);
  readonly #pollers = new Map<string, WorkspacePoller>();

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
    this.#queue = new QueueMonitor(forecaster, logger);
  }

  /** The run as it is now, then on every change; completes when the run has ended. Throws NOT_FOUND. */
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
    const follower = new ProgressFollower(this.#open(workspaceId).poller, id, onRow, onRelease);
    return await follower.start();
  }

  /** Every event after `afterSeq`, each once, in order; completes after the last one. Throws NOT_FOUND. */
  async followEvents(
    { workspaceId }: Viewer,
    runId: string,
    afterSeq: number,
  ): Promise<AsyncIterableIterator<TrainingEventRow>> {
    const id = storedId(runId);
    const { poller } = this.#open(workspaceId);
    return await new EventFollower(poller, id, afterSeq, () => this.#closeUnused(workspaceId)).start();
  }

  /**
   * Changes of the workspace's runs, or of one dataset's, for lists: at most one per second and run. Never completes by
   * itself. Throws NOT_FOUND for an unknown dataset.
   */
  async followChanges(viewer: Viewer, datasetId: string | null): Promise<AsyncIterableIterator<TrainingRunChange>> {
    const dataset = datasetId === null ? null : await this.#datasets.find(viewer, datasetId);
    if (datasetId !== null && dataset === null) throw notFound('dataset', datasetId);
    const { workspaceId } = viewer;
    const opened = this.#open(workspaceId);
    const { poller } = opened;
    const changes = this.#changesOf(opened);
    const onRelease = (released: ChangesFollower) => {
      poller.forget(released);
      changes.remove(released);
      if (changes.listenerCount === 0 && opened.changes === changes) {
        opened.changes = null;
        poller.setWorkspaceFollower(null);
      }
      this.#closeUnused(workspaceId);
    };
    const follower = new ChangesFollower(
      { schedule: (pending) => poller.schedule(pending), onRelease },
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

  /** Number of workspaces with followers. */
  get pollerCount(): number {
    return this.#pollers.size;
  }

  #open(workspaceId: string): WorkspacePoller {
    const known = this.#pollers.get(workspaceId);
    if (known !== undefined) return known;
    const poller = new ChangePoller(this.#readerOf(workspaceId), (round) => this.#limiter.run(workspaceId, round));
    const stopListening = this.#hub.listen(workspaceId, (change) => {
      if (change === null) poller.catchUp();
      else onNotification(opened, change);
    });
    const opened: WorkspacePoller = { poller, changes: null, stopListening };
    this.#pollers.set(workspaceId, opened);
    return opened;
  }

  #closeUnused(workspaceId: string): void {
    const opened = this.#pollers.get(workspaceId);
    if (opened === undefined || !opened.poller.isEmpty) return;
    this.#pollers.delete(workspaceId);
    opened.stopListening();
  }

  #changesOf(opened: WorkspacePoller): RunChanges {
    if (opened.changes !== null) return opened.changes;
    const changes: RunChanges = new RunChanges(() => {
      if (opened.changes === changes) opened.poller.schedule(changes);
    });
    opened.changes = changes;
    opened.poller.setWorkspaceFollower(changes);
    return changes;
  }

  #readerOf(workspaceId: string): RunReader {
    const scope = { workspaceId };
    return {
      heads: (runIds) => this.#database.transaction(scope, (tx) => findRunHeads(tx, runIds)),
      liveHeads: (endedSince) =>
        this.#database.transaction(scope, (tx) => findHeadsOfLiveRuns(tx, endedSince, MAX_LIVE_RUNS)),
      read: ({ runIds, rows, events }) =>
        this.#database.transaction(scope, async (tx) => {
          // The heads are read first: if a head says that its run has ended, all of its events can be read after it.
          const [foundHeads, foundRows, foundEvents] = await Promise.all([
            findRunHeads(tx, runIds),
            rows.length === 0 ? [] : findRunsChangedAfter(tx, rows),
            events.length === 0 ? [] : listEventsAfterEach(tx, events, EVENT_PAGE),
          ]);
          return { heads: foundHeads, rows: foundRows, events: foundEvents };
        }),
    };
  }
}

function onNotification({ poller, changes }: WorkspacePoller, { topic, id }: Change): void {
  if (topic === RUN_DELETED_TOPIC) {
    const deleted = parseDeletedRun(id);
    if (deleted === null) return;
    changes?.expectDeletion(deleted);
    poller.notify(deleted.runId);
  } else if (isUuid(id) && (topic === RUN_TOPIC || topic === RUN_RESTORED_TOPIC)) {
    if (topic === RUN_RESTORED_TOPIC) changes?.expectRestoration(id);
    poller.notify(id);
  }
}

/** The id in the lower-case form in which it is stored, and used in notifications. */
function storedId(runId: string): string {
  if (!isUuid(runId)) throw notFound('training run', runId);
  return runId.toLowerCase();
}
