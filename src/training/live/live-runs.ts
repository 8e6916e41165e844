import type { Viewer } from '../../auth/viewer.ts';
import type { DatasetService } from '../../datasets/dataset.service.ts';
import { notFound } from '../../errors.ts';
import type { ChangePoller, JobReader } from '../../jobs/live/change-poller.ts';
import type { FollowedJob } from '../../jobs/live/queued-follower.ts';
import { WorkspacePollers } from '../../jobs/live/workspace-pollers.ts';
import type { QueueForecaster } from '../../jobs/queue/queue-forecaster.ts';
import { QueueMonitor } from '../../jobs/queue/queue-monitor.ts';
import { isUuid } from '../../platform/ids.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Change, NotificationHub } from '../../platform/postgres/notifications.ts';
import { RUN_TOPIC, type TrainingEventRow } from '../events/training-event.store.ts';
import type { TrainingRunRow } from '../runs/training-run.store.ts';
import { parseDeletedRun, RUN_DELETED_TOPIC, RUN_RESTORED_TOPIC } from './announce-deleted-runs.ts';
import { ChangesFollower } from './changes-follower.ts';
import { findHeadsOfLiveRuns, findRunHeads, findRunsChangedAfter, listEventsAfterEach } from './live-run.store.ts';
import { RunChanges, type TrainingRunChange } from './run-changes.ts';
import { EventFollower, ProgressFollower, type RunTypes } from './run-followers.ts';

/** How many events of a run are read at a time. */
const EVENT_PAGE = 100;

/** More than the live runs of any workspace; changes of further runs are only found by notifications. */
const MAX_LIVE_RUNS = 5_000;

/** Follows runs live. All followers of a process share one LISTEN connection, and their reads. */
export class LiveRuns {
  readonly #database: Database;
  readonly #datasets: Pick<DatasetService, 'find'>;
  readonly #queue: QueueMonitor;
  readonly #pollers: WorkspacePollers<RunTypes>;
  /** By workspace, where somebody follows its list. */
  readonly #changes = new Map<string, RunChanges>();

  constructor(
    database: Database,
    datasets: Pick<DatasetService, 'find'>,
    hub: Pick<NotificationHub, 'listen'>,
    forecaster: QueueForecaster,
    logger: Logger,
  ) {
    this.#database = database;
    this.#datasets = datasets;
    this.#pollers = new WorkspacePollers(
      hub,
      (poller, change) => this.#onChange(poller, change),
      (workspaceId) => this.#readerOf(workspaceId),
    );
    this.#queue = new QueueMonitor(forecaster, logger);
  }

  /** The run as it is now, then on every change; completes when the run has ended. Throws NOT_FOUND. */
  async followRun({ workspaceId }: Viewer, runId: string): Promise<AsyncIterableIterator<FollowedJob<TrainingRunRow>>> {
    const id = storedId(runId);
    const onRow = (run: TrainingRunRow) => {
      if (run.status === 'QUEUED') return this.#queue.add(follower);
      this.#queue.remove(follower);
      return null;
    };
    const onRelease = () => {
      this.#queue.remove(follower);
      this.#pollers.closeUnused(workspaceId);
    };
    const follower = new ProgressFollower({ poller: this.#pollers.open(workspaceId), id, onRelease }, onRow);
    return await follower.start();
  }

  /** Every event after `afterSeq`, each once, in order; completes after the last one. Throws NOT_FOUND. */
  async followEvents(
    { workspaceId }: Viewer,
    runId: string,
    afterSeq: number,
  ): Promise<AsyncIterableIterator<TrainingEventRow>> {
    const id = storedId(runId);
    const onRelease = () => this.#pollers.closeUnused(workspaceId);
    return await new EventFollower({ poller: this.#pollers.open(workspaceId), id, onRelease }, afterSeq).start();
  }

  /**
   * Changes of the workspace's runs, or of one dataset's, for lists: at most one per second and run. Never completes by
   * itself. Throws NOT_FOUND for an unknown dataset.
   */
  async followChanges(viewer: Viewer, datasetId: string | null): Promise<AsyncIterableIterator<TrainingRunChange>> {
    const dataset = datasetId === null ? null : await this.#datasets.find(viewer, datasetId);
    if (datasetId !== null && dataset === null) throw notFound('dataset', datasetId);
    const { workspaceId } = viewer;
    const poller = this.#pollers.open(workspaceId);
    const changes = this.#changesOf(workspaceId, poller);
    const onRelease = (released: ChangesFollower) => {
      poller.forget(released);
      changes.remove(released);
      if (changes.listenerCount === 0 && this.#changes.get(workspaceId) === changes) {
        this.#changes.delete(workspaceId);
        poller.setWorkspaceFollower(null);
      }
      this.#pollers.closeUnused(workspaceId);
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
    return this.#pollers.count;
  }

  #changesOf(workspaceId: string, poller: ChangePoller<RunTypes>): RunChanges {
    const known = this.#changes.get(workspaceId);
    if (known !== undefined) return known;
    const changes: RunChanges = new RunChanges(() => {
      if (this.#changes.get(workspaceId) === changes) poller.schedule(changes);
    });
    this.#changes.set(workspaceId, changes);
    poller.setWorkspaceFollower(changes);
    return changes;
  }

  #onChange(poller: ChangePoller<RunTypes>, { scope, topic, id }: Change): void {
    const changes = this.#changes.get(scope);
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

  #readerOf(workspaceId: string): JobReader<RunTypes> {
    const scope = { workspaceId };
    return {
      heads: (ids) => this.#database.transaction(scope, (tx) => findRunHeads(tx, ids)),
      liveHeads: (endedSince) =>
        this.#database.transaction(scope, (tx) => findHeadsOfLiveRuns(tx, endedSince, MAX_LIVE_RUNS)),
      read: ({ ids, rows, events }) =>
        this.#database.transaction(scope, async (tx) => {
          // The heads are read first: if a head says that its run has ended, all of its events can be read after it.
          const [foundHeads, foundRows, foundEvents] = await Promise.all([
            findRunHeads(tx, ids),
            rows.length === 0 ? [] : findRunsChangedAfter(tx, rows),
            events.length === 0 ? [] : listEventsAfterEach(tx, events, EVENT_PAGE),
          ]);
          const withCursors = foundEvents.map((event) => ({ id: event.runId, afterSeq: event.afterSeq, event }));
          return { heads: foundHeads, rows: foundRows, events: withCursors };
        }),
    };
  }
}

/** The id in the lower-case form in which it is stored, and used in notifications. */
function storedId(runId: string): string {
  if (!isUuid(runId)) throw notFound('training run', runId);
  return runId.toLowerCase();
}
