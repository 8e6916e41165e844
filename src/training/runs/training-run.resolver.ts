import { Arg, Ctx, FieldResolver, Float, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { BatchLoader } from '../../api/graphql/batch-loader.ts';
import type { BatchLookup } from '../../api/graphql/batch-lookup.ts';
import type { Context } from '../../api/graphql/context.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import {
  type Connection,
  type CursorFormat,
  parsePageOf,
  TIMESTAMP_CURSOR,
  toConnectionOf,
} from '../../api/graphql/pagination.ts';
import { toDataset } from '../../datasets/dataset.mapper.ts';
import { DatasetType } from '../../datasets/dataset.type.ts';
import type { ListedDataset } from '../../datasets/dataset-list.store.ts';
import { badInput, InputErrors } from '../../errors.ts';
import type { QueueForecast } from '../../jobs/queue/queue-forecast.ts';
import type { Position } from '../../platform/postgres/keyset.ts';
import { FeatureImportanceType } from '../evaluations/feature-importance.type.ts';
import type { EventsRequest, TrainingEventRow } from '../events/training-event.store.ts';
import { downsampleCurve } from './downsample-curve.ts';
import { toImportance } from './stored-importances.ts';
import { TrainingRunFilter } from './training-run.input.ts';
import { toEvent, toRun } from './training-run.mapper.ts';
import type { TrainingRunService } from './training-run.service.ts';
import {
  CurvePointType,
  RunOrderEnum,
  TrainingEventType,
  TrainingRunConnection,
  TrainingRunType,
} from './training-run.type.ts';
import type { LargeParts, ListedRun } from './training-run-list.store.ts';
import type { CurveRequest, FirstItemsRequest } from './training-run-parts.store.ts';
import type { RunOrder, RunPosition } from './training-run-query.ts';

const MAX_EVENT_PAGE = 1_000;

/** How the places of a list are written, by its order: a cursor of one order is none of the other. */
const RUN_CURSORS: Readonly<Record<RunOrder, CursorFormat<RunPosition>>> = {
  NEWEST: {
    format: (position) => TIMESTAMP_CURSOR.format(position),
    parse: (text) => withScore(TIMESTAMP_CURSOR.parse(text), Number.NEGATIVE_INFINITY),
  },
  BEST: {
    format: (position) => `${position.score} ${TIMESTAMP_CURSOR.format(position)}`,
    parse: (text) => {
      const [, score = '', rest = ''] = /^(-Infinity|-?\d+(?:\.\d+)?(?:e[+-]\d+)?) (.*)$/.exec(text) ?? [];
      return withScore(TIMESTAMP_CURSOR.parse(rest), Number(score));
    },
  },
};

function withScore(position: Position | null, score: number): RunPosition | null {
  // A number with too many digits before its exponent is infinite.
  return position === null || score === Number.POSITIVE_INFINITY ? null : { ...position, score };
}

@Resolver(() => TrainingRunType)
export class TrainingRunResolver {
  readonly #runs: TrainingRunService;
  readonly #datasets: BatchLookup<ListedDataset>;
  readonly #others: BatchLookup<ListedRun>;
  readonly #forecasts: BatchLookup<QueueForecast>;
  readonly #features: BatchLoader<FirstItemsRequest, LargeParts['features']>;
  readonly #importances: BatchLoader<FirstItemsRequest, LargeParts['featureImportances']>;
  readonly #curves: BatchLoader<CurveRequest, LargeParts['curve']>;
  readonly #events: BatchLoader<EventsRequest, readonly TrainingEventRow[]>;

  constructor(
    runs: TrainingRunService,
    datasets: BatchLookup<ListedDataset>,
    others: BatchLookup<ListedRun>,
    forecasts: BatchLookup<QueueForecast>,
  ) {
    this.#runs = runs;
    this.#datasets = datasets;
    this.#others = others;
    this.#forecasts = forecasts;
    this.#features = new BatchLoader((viewer, requests) => runs.features(viewer, requests));
    this.#importances = new BatchLoader((viewer, requests) => runs.importances(viewer, requests));
    this.#curves = new BatchLoader((viewer, requests) => runs.curves(viewer, requests));
    this.#events = new BatchLoader((viewer, requests) => runs.events(viewer, requests));
  }

  @Query(() => TrainingRunConnection, { nullable: true, description: 'The runs of the workspace.' })
  async trainingRuns(
    @Arg('filter', () => TrainingRunFilter, { defaultValue: {} }) filter: TrainingRunFilter,
    @Arg('orderBy', () => RunOrderEnum, { defaultValue: 'NEWEST' }) orderBy: RunOrder,
    @Arg('first', () => Int, { defaultValue: 20 }) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<TrainingRunType>> {
    const viewer = context.caller.viewer;
    const { statuses, datasetId, datasetName, task, algorithm, target, tag, archived } = filter;
    const query = {
      statuses: statuses ?? null,
      datasetId: datasetId ?? null,
      datasetName: datasetName ?? null,
      task: task ?? null,
      algorithm: algorithm ?? null,
      target: target ?? null,
      tag: tag ?? null,
      archived,
    } as const;
    const cursor = RUN_CURSORS[orderBy];
    const page = parsePageOf(cursor, first, after);
    const rows = await this.#runs.list(viewer, query, orderBy, page);
    return toConnectionOf(cursor, rows, page, toRun, () => this.#runs.count(viewer, query));
  }

  @Query(() => TrainingRunType, {
    nullable: true,
    description: 'Null, without an error, if the workspace has no such run.',
  })
  async trainingRun(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<TrainingRunType | null> {
    const row = await this.#runs.find(context.caller.viewer, id);
    return row && toRun(row);
  }

  @FieldResolver(() => DatasetType, { nullable: true, description: 'Null once it has been deleted.' })
  async dataset(@Root() { datasetId }: TrainingRunType, @Ctx() context: Context): Promise<DatasetType | null> {
    const row = await this.#datasets.load(context, datasetId);
    return row && toDataset(row);
  }

  @FieldResolver(() => TrainingRunType, { nullable: true, description: 'The run that this one retries.' })
  async retryOf(@Root() { retryOfId }: TrainingRunType, @Ctx() context: Context): Promise<TrainingRunType | null> {
    const row = retryOfId === null ? null : await this.#others.load(context, retryOfId);
    return row && toRun(row);
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: 'Position among all queued runs of the server, 1 is next; null unless QUEUED.',
  })
  async queuePosition(@Root() run: TrainingRunType, @Ctx() context: Context): Promise<number | null> {
    return (await this.#forecastOf(run, context))?.queuePosition ?? null;
  }

  @FieldResolver(() => Float, {
    nullable: true,
    description:
      'Estimated seconds until the run ends: for QUEUED from the queue ahead and from earlier trainings, then from its own progress; null when unknown.',
  })
  async etaSeconds(@Root() run: TrainingRunType, @Ctx() context: Context): Promise<number | null> {
    if (run.status !== 'QUEUED') return run.etaSeconds;
    return (await this.#forecastOf(run, context))?.etaSeconds ?? null;
  }

  @FieldResolver(() => [String])
  async features(
    @Root() { id, features }: TrainingRunType,
    @Arg('limit', () => Int, { defaultValue: 200 }) limit: number,
    @Ctx() context: Context,
  ): Promise<readonly string[]> {
    const request = { runId: id, limit: parseLimit(limit) };
    return features?.slice(0, limit) ?? (await this.#features.load(context, request));
  }

  @Cost({ weight: 500 })
  @FieldResolver(() => [CurvePointType], {
    description:
      'The loss by iteration, downsampled evenly to maxPoints; the first, last and best points are kept. Before SUCCEEDED, and if the run never succeeds, the points so far, at most ten per second.',
  })
  async curve(
    @Root() { id, status, attempt, curve }: TrainingRunType,
    @Arg('afterIteration', () => Int, { nullable: true }) afterIteration: number | null,
    @Arg('maxPoints', () => Int, { defaultValue: 500 }) maxPoints: number,
    @Ctx() context: Context,
  ): Promise<readonly CurvePointType[]> {
    if (maxPoints < 2) throw badInput('maxPoints', `maxPoints must be 2 or more; got ${maxPoints}.`);
    if (attempt === 0) return [];
    const request = { runId: id, afterIteration: afterIteration ?? 0, maxPoints };
    if (status !== 'SUCCEEDED' || !curve) return await this.#curves.load(context, request);
    return downsampleCurve(
      curve.filter(({ iteration }) => iteration > request.afterIteration),
      maxPoints,
    );
  }

  @FieldResolver(() => [FeatureImportanceType], { description: 'Largest first.' })
  async featureImportances(
    @Root() { id, featureImportances }: TrainingRunType,
    @Arg('limit', () => Int, { defaultValue: 50 }) limit: number,
    @Ctx() context: Context,
  ): Promise<readonly FeatureImportanceType[]> {
    const request = { runId: id, limit: parseLimit(limit) };
    const stored = featureImportances?.slice(0, limit) ?? (await this.#importances.load(context, request));
    return stored.map(toImportance);
  }

  @FieldResolver(() => [TrainingEventType], { nullable: true, description: 'The history of the run, in order.' })
  async events(
    @Root() { id }: TrainingRunType,
    @Arg('afterSeq', () => Int, { defaultValue: 0 }) afterSeq: number,
    @Arg('first', () => Int, { defaultValue: 100 }) first: number,
    @Ctx() context: Context,
  ): Promise<TrainingEventType[]> {
    checkEventPage(afterSeq, first);
    return (await this.#events.load(context, { runId: id, afterSeq, first })).map(toEvent);
  }

  async #forecastOf(run: TrainingRunType, context: Context): Promise<QueueForecast | null> {
    if (run.status !== 'QUEUED') return null;
    return run.forecast ?? (await this.#forecasts.load(context, run.id));
  }
}

function checkEventPage(afterSeq: number, first: number): void {
  const errors = new InputErrors();
  errors.collect(() => {
    if (afterSeq < 0) throw badInput('afterSeq', `afterSeq must not be negative; got ${afterSeq}.`);
  });
  errors.collect(() => {
    if (first < 1 || first > MAX_EVENT_PAGE) {
      throw badInput('first', `first must be from 1 to ${MAX_EVENT_PAGE}; got ${first}.`);
    }
  });
  errors.throwIfAny();
}

function parseLimit(limit: number): number {
  if (limit < 0) throw badInput('limit', `limit must not be negative; got ${limit}.`);
  return limit;
}
