import type { Viewer } from '../auth/viewer.ts';
import type { DatasetService } from '../datasets/dataset.service.ts';
import { notFound, TrainyardError } from '../errors.ts';
import type { ChangeHub } from '../platform/changes.ts';
import type { Database, Transaction } from '../platform/database.ts';
import { isUuid } from '../platform/ids.ts';
import type { PageOfRows } from '../platform/keyset.ts';
import { LiveIterator, type Look } from '../platform/live-iterator.ts';
import { RunChanges, type TrainingRunChange } from './run-changes.ts';
import {
  countRuns,
  findRun,
  findRunMark,
  findRuns,
  listEvents,
  listRuns,
  listRunsChangedSince,
  markArtifactRemoved,
  RUN_TOPIC,
  type RunMark,
  type TrainingEventRow,
  type TrainingRunQuery,
  type TrainingRunRow,
} from './training-run.store.ts';
import { isEnded } from './training-run-status.ts';

/** How many events a follower reads at a time. */
const EVENT_PAGE = 100;

/** More runs than change in a workspace while notifications are missed; a list that lags by more refetches. */
const MAX_MISSED_RUNS = 1_000;

/** Reading runs, and following them live. */
export class TrainingRunService {
  readonly #database: Database;
  readonly #datasets: DatasetService;
  readonly #changes: ChangeHub;

  constructor(database: Database, datasets: DatasetService, changes: ChangeHub) {
    this.#database = database;
    this.#datasets = datasets;
    this.#changes = changes;
  }

  async find(viewer: Pick<Viewer, 'workspaceId'>, id: string): Promise<TrainingRunRow | null> {
    if (!isUuid(id)) return null;
    return await this.#database.transaction({ workspaceId: viewer.workspaceId }, (tx) => findRun(tx, id));
  }

  /** The runs with these ids, in their order; null for an unknown one. */
  async findMany(viewer: Viewer, ids: readonly string[]): Promise<(TrainingRunRow | null)[]> {
    const rows = await this.#database.transaction(viewer, (tx) => findRuns(tx, ids));
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  list(viewer: Viewer, query: TrainingRunQuery, page: PageOfRows): Promise<TrainingRunRow[]> {
    return this.#database.transaction(viewer, (tx) => listRuns(tx, query, page));
  }

  count(viewer: Viewer, query: TrainingRunQuery): Promise<number> {
    return this.#database.transaction(viewer, (tx) => countRuns(tx, query));
  }

  events(
    viewer: Pick<Viewer, 'workspaceId'>,
    runId: string,
    afterSeq: number,
    first: number,
  ): Promise<TrainingEventRow[]> {
    return this.#database.transaction({ workspaceId: viewer.workspaceId }, (tx) =>
      listEvents(tx, runId, afterSeq, first),
    );
  }

  /** The run as it is now, then each time it has changed; ends after its end. Throws NOT_FOUND. */
  async followRun(viewer: Viewer, runId: string): Promise<AsyncIterableIterator<TrainingRunRow>> {
    const { id } = await this.#require(viewer, runId);
    let seen = -1;
    const look = async () => {
      const mark = await this.#findMark(viewer, id);
      if (mark !== null && mark.lastSeq <= seen) return { items: [], ended: isEnded(mark.status) };
      const run = mark && (await this.find(viewer, id));
      if (run === null) return { items: [], ended: true };
      seen = run.lastSeq;
      return { items: [run], ended: isEnded(run.status) };
    };
    return new LiveIterator(this.#listenTo(viewer, id), () => lookPatiently(look));
  }

  /** Every event after `afterSeq`, each once, in order; ends after the last one. Throws NOT_FOUND. */
  async followEvents(
    viewer: Viewer,
    runId: string,
    afterSeq: number,
  ): Promise<AsyncIterableIterator<TrainingEventRow>> {
    const { id } = await this.#require(viewer, runId);
    let seen = afterSeq;
    let lookAgain: () => void = () => undefined;
    const listen = (hint: () => void) => {
      lookAgain = hint;
      return this.#listenTo(viewer, id)(hint);
    };
    const look = async () => {
      // The run is read first: whatever it says of its end, the events up to its lastSeq are there to be read after.
      const run = await this.#findMark(viewer, id);
      const items = await this.events(viewer, id, seen, EVENT_PAGE);
      seen = items.at(-1)?.seq ?? seen;
      const caughtUp = run === null || seen >= run.lastSeq;
      if (!caughtUp) lookAgain();
      return { items, ended: caughtUp && (run === null || isEnded(run.status)) };
    };
    return new LiveIterator(listen, () => lookPatiently(look));
  }

  /**
   * Changes of the workspace's runs, or of one dataset's, for lists: at most one a second per run. Never ends by
   * itself. Throws NOT_FOUND for an unknown dataset.
   */
  async followChanges(viewer: Viewer, datasetId: string | null): Promise<AsyncIterableIterator<TrainingRunChange>> {
    const dataset = datasetId === null ? null : await this.#datasets.find(viewer, datasetId);
    if (datasetId !== null && dataset === null) throw notFound('dataset', datasetId);
    const changes = new RunChanges({
      read: (ids) => this.findMany(viewer, ids),
      readSince: (since) =>
        this.#database.transaction(viewer, (tx) => listRunsChangedSince(tx, since, MAX_MISSED_RUNS)),
      isWanted: (run) => dataset === null || run.datasetId === dataset.id,
    });
    const listen = (hint: () => void) =>
      this.#changes.listen(viewer.workspaceId, (change) => {
        if (change === null) changes.noteGap(hint);
        else if (change.topic === RUN_TOPIC) changes.note(change.id, hint);
      });
    return new LiveIterator(listen, () => lookPatiently(() => changes.look()));
  }

  #listenTo(viewer: Viewer, runId: string) {
    return (hint: () => void) =>
      this.#changes.listen(viewer.workspaceId, (change) => {
        if (change === null || (change.topic === RUN_TOPIC && change.id === runId)) hint();
      });
  }

  /** The run under its id as it is stored: changes are announced under that, however the caller writes it. */
  async #require(viewer: Viewer, id: string): Promise<RunMark> {
    const mark = await this.#findMark(viewer, id);
    if (mark === null) throw notFound('training run', id);
    return mark;
  }

  async #findMark(viewer: Viewer, id: string): Promise<RunMark | null> {
    if (!isUuid(id)) return null;
    return await this.#database.transaction(viewer, (tx) => findRunMark(tx, id));
  }
}

/** While the database does not answer there is nothing new: a hint to look again comes when it is back, or in seconds. */
async function lookPatiently<T>(look: () => Promise<Look<T>>): Promise<Look<T>> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof TrainyardError && error.code === 'SERVICE_UNAVAILABLE') return { items: [], ended: false };
    throw error;
  }
}

/** Notes at a run, within the transaction that deletes its model, that the model is gone. */
export async function noteModelRemoved(tx: Transaction, runId: string): Promise<void> {
  await markArtifactRemoved(tx, runId, new Date());
}
