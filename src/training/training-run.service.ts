import type { Viewer } from '../auth/viewer.ts';
import type { Database, Transaction } from '../platform/database.ts';
import { isUuid } from '../platform/ids.ts';
import type { PageOfRows } from '../platform/keyset.ts';
import { type EvaluationRow, findEvaluations, findPredictions, findTestRows } from './training-evaluation.store.ts';
import {
  countRuns,
  findRun,
  findRuns,
  listEvents,
  listRuns,
  markArtifactRemoved,
  type TrainingEventRow,
  type TrainingRunQuery,
  type TrainingRunRow,
} from './training-run.store.ts';

/** Reading runs. */
export class TrainingRunService {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
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

  /** What the tests of these runs showed, in their order; null for a run that has none. */
  async evaluations(
    viewer: Viewer,
    ids: readonly string[],
  ): Promise<(Pick<EvaluationRow, 'evaluation' | 'trainedBy'> | null)[]> {
    const rows = await this.#database.transaction(viewer, (tx) => findEvaluations(tx, ids));
    const byId = new Map(rows.map((row) => [row.runId, row]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  /** What these runs were tested on: the hash of their test rows by their ids; nothing of a run that keeps no predictions. */
  async testRows(viewer: Viewer, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#database.transaction(viewer, (tx) => findTestRows(tx, ids));
    return new Map(rows.map(({ runId, testRowsSha256 }) => [runId, testRowsSha256]));
  }

  /** What two runs said of their test rows, packed; null where those of either are not there. */
  async predictionsOfTwo(
    viewer: Viewer,
    ids: readonly [string, string],
  ): Promise<readonly [Uint8Array, Uint8Array] | null> {
    const rows = await this.#database.transaction(viewer, (tx) => findPredictions(tx, ids));
    const [first, second] = ids.map((id) => rows.find(({ runId }) => runId === id)?.predictions);
    return first === undefined || second === undefined ? null : [first, second];
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
}

/** Notes at a run, within the transaction that deletes its model, that the model is gone. */
export async function noteModelRemoved(tx: Transaction, runId: string): Promise<void> {
  await markArtifactRemoved(tx, runId, new Date());
}
