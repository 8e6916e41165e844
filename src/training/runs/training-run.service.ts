import type { Viewer } from '../../auth/viewer.ts';
import type { CandidateReport } from '../../ml/auto/candidate.ts';
import type { CurvePoint } from '../../ml/train-model.ts';
import { FairLimiter } from '../../platform/concurrency/fair-limiter.ts';
import { isUuid } from '../../platform/ids.ts';
import { byIds } from '../../platform/postgres/batch-query.ts';
import type { Database, Transaction } from '../../platform/postgres/database.ts';
import type { PageOf } from '../../platform/postgres/keyset.ts';
import { listCandidates } from '../candidates/training-candidate.store.ts';
import {
  type EvaluationRow,
  findEvaluations,
  findPredictions,
  findTestedRun,
  findTestRows,
} from '../evaluations/training-evaluation.store.ts';
import { type EventsRequest, listEvents, type TrainingEventRow } from '../events/training-event.store.ts';
import { downsampleCurve } from './downsample-curve.ts';
import { findRun, findRuns, markArtifactRemoved, type TrainingRunRow } from './training-run.store.ts';
import {
  countRuns,
  countRunsOfDatasets,
  findListedRuns,
  type LargeParts,
  type ListedRun,
  listRuns,
  listRunsOfDatasets,
  type RunsOfDatasetRequest,
} from './training-run-list.store.ts';
import {
  type CurveRequest,
  compareFeatures,
  type FeatureDifferences,
  type FirstItemsRequest,
  listCurves,
  listFeatures,
  listImportances,
} from './training-run-parts.store.ts';
import type { RunOrder, RunPosition, TrainingRunQuery } from './training-run-query.ts';

/** Downsampling curves is CPU work of the database: more connections would not speed it up. */
const CURVE_READS_AT_ONCE = 2;
/** Per workspace; further reads are refused with RATE_LIMITED. */
const MAX_WAITING_CURVE_READS = 200;

/** The test of a run, and what it was trained on. */
export type RunTestRow = Pick<EvaluationRow, 'predictions' | 'knownRows'> &
  Pick<TrainingRunRow, 'target' | 'datasetId' | 'refitted'>;

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

  /** What a batch prediction needs of the run that trained its model; null for an unknown run, and for one without a test. */
  async findTest({ workspaceId }: Pick<Viewer, 'workspaceId'>, id: string): Promise<RunTestRow | null> {
    return await this.#database.transaction({ workspaceId }, async (tx) => {
      const [run, test] = [await findRun(tx, id), await findTestedRun(tx, id)];
      return run && test && { ...test, target: run.target, datasetId: run.datasetId, refitted: run.refitted };
    });
  }

  /** The runs with these ids, in that order; null for an unknown one. */
  async findMany(viewer: Viewer, ids: readonly string[]): Promise<(TrainingRunRow | null)[]> {
    return byIds(await this.#database.transaction(viewer, (tx) => findRuns(tx, ids)), ids);
  }

  /** The same without their large parts, for pages of lists. */
  async findListed(viewer: Viewer, ids: readonly string[]): Promise<(ListedRun | null)[]> {
    return byIds(await this.#database.transaction(viewer, (tx) => findListedRuns(tx, ids)), ids);
  }

  /** The evaluations of these runs, in that order; null for a run without one. */
  async evaluations(
    viewer: Viewer,
    ids: readonly string[],
  ): Promise<(Pick<EvaluationRow, 'evaluation' | 'trainedBy'> | null)[]> {
    const rows = await this.#database.transaction(viewer, (tx) => findEvaluations(tx, ids));
    const byId = new Map(rows.map((row) => [row.runId, row]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  /** The hash of the test rows of each run, by run id; runs without stored predictions are left out. */
  async testRows(viewer: Viewer, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#database.transaction(viewer, (tx) => findTestRows(tx, ids));
    return new Map(rows.map(({ runId, testRowsSha256 }) => [runId, testRowsSha256]));
  }

  /** The packed predictions of two runs; null if those of either are missing. */
  async predictionsOfTwo(
    viewer: Viewer,
    ids: readonly [string, string],
  ): Promise<readonly [Uint8Array, Uint8Array] | null> {
    const rows = await this.#database.transaction(viewer, (tx) => findPredictions(tx, ids));
    const [first, second] = ids.map((id) => rows.find(({ runId }) => runId === id)?.predictions);
    return first === undefined || second === undefined ? null : [first, second];
  }

  list(viewer: Viewer, query: TrainingRunQuery, order: RunOrder, page: PageOf<RunPosition>): Promise<ListedRun[]> {
    return this.#database.transaction(viewer, (tx) => listRuns(tx, query, order, page));
  }

  count(viewer: Viewer, query: TrainingRunQuery): Promise<number> {
    return this.#database.transaction(viewer, (tx) => countRuns(tx, query));
  }

  /** A page of runs for each of these datasets. */
  listOfDatasets(viewer: Viewer, requests: readonly RunsOfDatasetRequest[]): Promise<ListedRun[][]> {
    return this.#database.transaction(viewer, (tx) => listRunsOfDatasets(tx, requests));
  }

  countOfDatasets(viewer: Viewer, datasetIds: readonly string[]): Promise<number[]> {
    return this.#database.transaction(viewer, (tx) => countRunsOfDatasets(tx, datasetIds));
  }

  /** The first features of each of these runs. */
  features(viewer: Viewer, requests: readonly FirstItemsRequest[]): Promise<LargeParts['features'][]> {
    return this.#database.transaction(viewer, (tx) => listFeatures(tx, requests));
  }

  /** The features that not all of these runs use; at most `maxNames` names. */
  featureDifferences(viewer: Viewer, ids: readonly string[], maxNames: number): Promise<FeatureDifferences> {
    return this.#database.transaction(viewer, (tx) => compareFeatures(tx, ids, maxNames));
  }

  /** The largest importances of each of these runs. */
  importances(viewer: Viewer, requests: readonly FirstItemsRequest[]): Promise<LargeParts['featureImportances'][]> {
    return this.#database.transaction(viewer, (tx) => listImportances(tx, requests));
  }

  /** The curve of each of these runs so far, downsampled. */
  async curves(viewer: Viewer, requests: readonly CurveRequest[]): Promise<(readonly CurvePoint[])[]> {
    const curves = await this.#curveReads.run(viewer.workspaceId, () =>
      this.#database.transaction(viewer, (tx) => listCurves(tx, requests)),
    );
    return requests.map(({ maxPoints }, ordinal) => downsampleCurve(curves[ordinal] ?? [], maxPoints));
  }

  /** What each of these runs tries, in order; empty for runs of other algorithms than AUTO. */
  async candidates(viewer: Viewer, runIds: readonly string[]): Promise<CandidateReport[][]> {
    const rows = await this.#database.transaction(viewer, (tx) => listCandidates(tx, runIds));
    const byRun = Map.groupBy(rows, ({ runId }) => runId);
    return runIds.map((id) => (byRun.get(id) ?? []).map(({ report }) => report));
  }

  /** The events of each of these runs after a sequence number, in order. */
  events(viewer: Viewer, requests: readonly EventsRequest[]): Promise<TrainingEventRow[][]> {
    return this.#database.transaction(viewer, (tx) => listEvents(tx, requests));
  }
}

/** Records, within the transaction that deletes the model of a run, that it was removed. */
export async function recordModelRemoval(tx: Transaction, runId: string): Promise<void> {
  await markArtifactRemoved(tx, runId, new Date());
}
