import type { Viewer } from '../../auth/viewer.ts';
import { TrainyardError } from '../../errors.ts';
import { FairLimiter } from '../../platform/concurrency/fair-limiter.ts';
import { LiveIterator, type LiveSource } from '../../platform/concurrency/live-iterator.ts';
import { isUuid } from '../../platform/ids.ts';
import type { NotificationHub } from '../../platform/postgres/notifications.ts';
import type { DatasetService } from '../dataset.service.ts';
import { DATASET_CREATED_TOPIC, DATASET_TOPIC } from './announce-dataset.ts';
import { type DatasetChange, DatasetChanges, type DatasetListener } from './dataset-changes.ts';

/** At most this many database connections are used for followers; the others stay free for requests. */
const MAX_READS_AT_ONCE = 2;

/** Of a follower that is slower than the changes: its list is to be fetched again. */
const MAX_WAITING_CHANGES = 1_000;

/** The changes of a workspace, while somebody follows them. */
interface OpenChanges {
  readonly changes: DatasetChanges;
  readonly stopListening: () => void;
}

/** Follows the datasets of workspaces. All followers of a process share one LISTEN connection, and their reads. */
export class LiveDatasets {
  readonly #datasets: Pick<DatasetService, 'findListed' | 'heads'>;
  readonly #hub: Pick<NotificationHub, 'listen'>;
  readonly #limiter = new FairLimiter(MAX_READS_AT_ONCE, Number.POSITIVE_INFINITY);
  readonly #open = new Map<string, OpenChanges>();

  constructor(datasets: Pick<DatasetService, 'findListed' | 'heads'>, hub: Pick<NotificationHub, 'listen'>) {
    this.#datasets = datasets;
    this.#hub = hub;
  }

  /** Changes of the workspace's datasets, for lists. Never completes by itself. */
  async follow(viewer: Viewer): Promise<AsyncIterableIterator<DatasetChange>> {
    const { workspaceId } = viewer;
    const opened = this.#open.get(workspaceId) ?? this.#openFor(viewer);
    const follower = new DatasetFollower((released) => {
      opened.changes.remove(released);
      if (opened.changes.listenerCount > 0 || this.#open.get(workspaceId) !== opened) return;
      this.#open.delete(workspaceId);
      opened.stopListening();
    });
    opened.changes.add(follower);
    try {
      await opened.changes.opened;
    } catch (error) {
      void follower.iterator.return();
      throw error;
    }
    return follower.iterator;
  }

  /** Number of workspaces with followers. */
  get openCount(): number {
    return this.#open.size;
  }

  #openFor(viewer: Viewer): OpenChanges {
    const { workspaceId } = viewer;
    const changes = new DatasetChanges({
      rows: (ids) => this.#limiter.run(workspaceId, () => this.#datasets.findListed(viewer, ids)),
      heads: () => this.#limiter.run(workspaceId, () => this.#datasets.heads(viewer)),
    });
    const stopListening = this.#hub.listen(workspaceId, (change) => {
      if (change === null) changes.catchUp();
      else if (isUuid(change.id)) {
        if (change.topic === DATASET_CREATED_TOPIC) changes.notify(change.id, true);
        else if (change.topic === DATASET_TOPIC) changes.notify(change.id, false);
      }
    });
    const opened = { changes, stopListening };
    this.#open.set(workspaceId, opened);
    return opened;
  }
}

/** A slow consumer gets only the latest change of each dataset. */
class DatasetFollower implements DatasetListener, LiveSource<DatasetChange> {
  readonly iterator: LiveIterator<DatasetChange>;
  readonly #onRelease: (follower: DatasetFollower) => void;
  readonly #waiting = new Map<string, DatasetChange>();

  constructor(onRelease: (follower: DatasetFollower) => void) {
    this.#onRelease = onRelease;
    this.iterator = new LiveIterator(this);
  }

  onChange(change: DatasetChange): void {
    const before = this.#waiting.get(change.datasetId);
    // Its creation has not been delivered yet.
    const kind = change.kind === 'UPDATED' && before?.kind === 'CREATED' ? before.kind : change.kind;
    this.#waiting.set(change.datasetId, { ...change, kind });
    if (this.#waiting.size > MAX_WAITING_CHANGES) this.fail(tooSlow());
    else this.iterator.wake();
  }

  take(): DatasetChange | undefined {
    const [next] = this.#waiting.values();
    if (next !== undefined) this.#waiting.delete(next.datasetId);
    return next;
  }

  fail(error: unknown): void {
    this.#waiting.clear();
    this.iterator.fail(error);
  }

  release(): void {
    this.#onRelease(this);
  }
}

function tooSlow(): TrainyardError {
  return new TrainyardError('RATE_LIMITED', 'Datasets change faster than this subscription is read.', {
    hint: 'Fetch the list again, and then subscribe again.',
  });
}
