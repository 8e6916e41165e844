import { Arg, Ctx, FieldResolver, Float, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { BatchLookup } from '../../api/graphql/batch-lookup.ts';
import type { Context } from '../../api/graphql/context.ts';
import { type Connection, parsePage, toConnection } from '../../api/graphql/pagination.ts';
import { toArtifact } from '../../artifacts/artifact.mapper.ts';
import type { ArtifactRow } from '../../artifacts/artifact.store.ts';
import { ArtifactType } from '../../artifacts/artifact.type.ts';
import { toDataset } from '../../datasets/dataset.mapper.ts';
import { DatasetType } from '../../datasets/dataset.type.ts';
import type { ListedDataset } from '../../datasets/dataset-list.store.ts';
import type { QueueForecast } from '../../jobs/queue/queue-forecast.ts';
import { BatchPredictionFilter, StartBatchPredictionInput } from './batch-prediction.input.ts';
import { toBatchPrediction } from './batch-prediction.mapper.ts';
import type { BatchPredictions } from './batch-prediction.service.ts';
import { BatchPredictionConnection, BatchPredictionType } from './batch-prediction.type.ts';

@Resolver(() => BatchPredictionType)
export class BatchPredictionResolver {
  readonly #batches: BatchPredictions;
  readonly #artifacts: BatchLookup<ArtifactRow>;
  readonly #datasets: BatchLookup<ListedDataset>;
  readonly #forecasts: BatchLookup<QueueForecast>;

  constructor(
    batches: BatchPredictions,
    artifacts: BatchLookup<ArtifactRow>,
    datasets: BatchLookup<ListedDataset>,
    forecasts: BatchLookup<QueueForecast>,
  ) {
    this.#batches = batches;
    this.#artifacts = artifacts;
    this.#datasets = datasets;
    this.#forecasts = forecasts;
  }

  @Query(() => BatchPredictionConnection, {
    nullable: true,
    description: 'The batch predictions of the workspace, newest first.',
  })
  async batchPredictions(
    @Arg('filter', () => BatchPredictionFilter, { defaultValue: {} }) filter: BatchPredictionFilter,
    @Arg('first', () => Int, { defaultValue: 20 }) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<BatchPredictionType>> {
    const { viewer } = context.caller;
    const { artifactId = null, datasetId = null, statuses = null } = filter;
    const wanted = { artifactId, datasetId, statuses };
    const page = parsePage(first, after);
    const rows = await this.#batches.list(viewer, wanted, page);
    return toConnection(rows, page, toBatchPrediction, () => this.#batches.count(viewer, wanted));
  }

  @Query(() => BatchPredictionType, {
    nullable: true,
    description: 'Null, without an error, if the workspace has no such batch prediction.',
  })
  async batchPrediction(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<BatchPredictionType | null> {
    const row = await this.#batches.find(context.caller.viewer, id);
    return row && toBatchPrediction(row);
  }

  @Mutation(() => BatchPredictionType, {
    nullable: true,
    description: 'Queues the prediction of all rows of a dataset, which a worker then makes.',
  })
  async startBatchPrediction(
    @Arg('input', () => StartBatchPredictionInput) input: StartBatchPredictionInput,
    @Ctx() context: Context,
  ): Promise<BatchPredictionType> {
    const { artifactId, datasetId, contributions, idempotencyKey = null } = input;
    const params = { artifactId, datasetId, contributions: contributions ?? 0 };
    return toBatchPrediction(await this.#batches.start(context.caller.viewer, params, idempotencyKey));
  }

  @Mutation(() => BatchPredictionType, {
    nullable: true,
    description:
      'Cancels the batch prediction within a second; nothing is kept. Idempotent; RUN_ALREADY_ENDED if it ended in another way.',
  })
  async cancelBatchPrediction(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<BatchPredictionType> {
    return toBatchPrediction(await this.#batches.cancel(context.caller.viewer, id));
  }

  @FieldResolver(() => ArtifactType, { nullable: true, description: 'Null once it has been deleted.' })
  async artifact(@Root() { artifactId }: BatchPredictionType, @Ctx() context: Context): Promise<ArtifactType | null> {
    const row = artifactId === null ? null : await this.#artifacts.load(context, artifactId);
    return row && toArtifact(row);
  }

  @FieldResolver(() => DatasetType, { nullable: true, description: 'Null once it has been deleted.' })
  async dataset(@Root() { datasetId }: BatchPredictionType, @Ctx() context: Context): Promise<DatasetType | null> {
    const row = datasetId === null ? null : await this.#datasets.load(context, datasetId);
    return row && toDataset(row);
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: 'Position among all queued batch predictions of the server, 1 is next; null unless QUEUED.',
  })
  async queuePosition(@Root() batch: BatchPredictionType, @Ctx() context: Context): Promise<number | null> {
    return (await this.#forecastOf(batch, context))?.queuePosition ?? null;
  }

  @FieldResolver(() => Float, {
    nullable: true,
    description: 'Estimated seconds until it ends, by its own progress; null when unknown.',
  })
  async etaSeconds(@Root() batch: BatchPredictionType, @Ctx() context: Context): Promise<number | null> {
    if (batch.status !== 'QUEUED') return batch.etaSeconds;
    return (await this.#forecastOf(batch, context))?.etaSeconds ?? null;
  }

  async #forecastOf(batch: BatchPredictionType, context: Context): Promise<QueueForecast | null> {
    if (batch.status !== 'QUEUED') return null;
    return batch.forecast ?? (await this.#forecasts.load(context, batch.id));
  }
}
