import type { Viewer } from '../../auth/viewer.ts';
import type { CurvePoint } from '../../ml/train-model.ts';
import { FairLimiter } from '../../platform/concurrency/fair-limiter.ts';
import { isUuid } from '../../platform/ids.ts';
import { byIds } from '../../platform/postgres/batch-query.ts';
import type { Database, Transaction } from '../../platform/postgres/database.ts';
import type { PageOfRows } from '../../platform/postgres/keyset.ts';
import {
  type EvaluationRow,
  findEvaluations,
  findPredictions,
  findTestRows,
} from '../evaluations/training-evaluation.store.ts';
import { downsampleCurve } from './downsample-curve.ts';
import {
  findRun,
  findRuns,
  markArtifactRemoved,
  type TrainingEventRow,
  type TrainingRunRow,
} from './training-run.store.ts';
import {
  countRuns,
  countRunsOfDatasets,
  findListedRuns,
  type LargeParts,
  type ListedRun,
  listRuns,
  listRunsOfDatasets,
  type RunsOfDatasetQuestion,
} from './training-run-list.store.ts';
import {
  type CurveQuestion,
  compareFeatures,
  type EventsQuestion,
  type FeatureDifferences,
  type FirstQuestion,
  listCurves,
  listEvents,
  listFeatures,
  listImportances,
} from './training-run-parts.store.ts';
import type { TrainingRunQuery } from './training-run-query.ts';

/** Thinning the curves of a page is work for the database's processors: more connections would do it no sooner. */
const CURVE_READS_AT_ONCE = 2;
/** Of one workspace; one more is asked to come later. */
const MAX_WAITING_CURVE_READS = 200;

/** Reading runs. */
export class TrainingRunService {
  readonly #database: Database;
  readonly #curveReads = new FairLimiter(CURVE_READS_AT_ONCE, MAX_WAITING_CURVE_READS);

  constructor(database: Database) {
    this.#database = database;
  }

  async find(viewer: Pick<Viewer, 'workspaceId'>, id: string): Promise<TrainingRunRow | null> {
    if (!isUuid(id)) return null;
    return await this.#database.transaction({ workspaceId: viewer.workspaceId }, (tx) => findRun(tx, id));
  }

  /** The runs with these ids, in their order; null for an unknown one. */
  async findMany(viewer: Viewer, ids: readonly string[]): Promise<(TrainingRunRow | null)[]> {
    return byIds(await this.#database.transaction(viewer, (tx) => findRuns(tx, ids)), ids);
  }

  /** The same, without what can be large of them: for as many as a page shows. */
  async findListed(viewer: Viewer, ids: readonly string[]): Promise<(ListedRun | null)[]> {
    return byIds(await this.#database.transaction(viewer, (tx) => findListedRuns(tx, ids)), ids);
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

  list(viewer: Viewer, query: TrainingRunQuery, page: PageOfRows): Promise<ListedRun[]> {
    return this.#database.transaction(viewer, (tx) => listRuns(tx, query, page));
  }

  count(viewer: Viewer, query: TrainingRunQuery): Promise<number> {
    return this.#database.transaction(viewer, (tx) => countRuns(tx, query));
  }

  /** Of each of these datasets a page of its runs. */
  listOfDatasets(viewer: Viewer, questions: readonly RunsOfDatasetQuestion[]): Promise<ListedRun[][]> {
    return this.#database.transaction(viewer, (tx) => listRunsOfDatasets(tx, questions));
  }

  countOfDatasets(viewer: Viewer, datasetIds: readonly string[]): Promise<number[]> {
    return this.#database.transaction(viewer, (tx) => countRunsOfDatasets(tx, datasetIds));
  }

  /** Of each of these runs its first features. */
  features(viewer: Viewer, questions: readonly FirstQuestion[]): Promise<LargeParts['features'][]> {
    return this.#database.transaction(viewer, (tx) => listFeatures(tx, questions));
  }

  /** What features not all of these runs have; at most so many names. */
  featureDifferences(viewer: Viewer, ids: readonly string[], maxNames: number): Promise<FeatureDifferences> {
    return this.#database.transaction(viewer, (tx) => compareFeatures(tx, ids, maxNames));
  }

  /** Of each of these runs its largest importances. */
  importances(viewer: Viewer, questions: readonly FirstQuestion[]): Promise<LargeParts['featureImportances'][]> {
    return this.#database.transaction(viewer, (tx) => listImportances(tx, questions));
  }

  /** Of each of these runs its curve, or what there is of it by now, in at most so many points. */
  async curves(viewer: Viewer, questions: readonly CurveQuestion[]): Promise<(readonly CurvePoint[])[]> {
    const curves = await this.#curveReads.run(viewer.workspaceId, () =>
      this.#database.transaction(viewer, (tx) => listCurves(tx, questions)),
    );
    return questions.map(({ maxPoints }, place) => downsampleCurve(curves[place] ?? [], maxPoints));
  }

  /** Of each of these runs its events after a number, in order. */
  events(viewer: Viewer, questions: readonly EventsQuestion[]): Promise<TrainingEventRow[][]> {
    return this.#database.transaction(viewer, (tx) => listEvents(tx, questions));
  }
}

/** Notes at a run, within the transaction that deletes its model, that the model is gone. */
export async function noteModelRemoved(tx: Transaction, runId: string): Promise<void> {
  await markArtifactRemoved(tx, runId, new Date());
}
