import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { BatchLoader } from '../../api/graphql/batch-loader.ts';
import type { Context } from '../../api/graphql/context.ts';
import { type Connection, parsePage, toConnection } from '../../api/graphql/pagination.ts';
import { DatasetType } from '../../datasets/dataset.type.ts';
import { toRun } from './training-run.mapper.ts';
import type { TrainingRunService } from './training-run.service.ts';
import { TrainingRunConnection, type TrainingRunType } from './training-run.type.ts';
import type { ListedRun, RunsOfDatasetRequest } from './training-run-list.store.ts';

/** The field `trainingRuns` of a dataset. */
@Resolver(() => DatasetType)
export class DatasetRunsResolver {
  readonly #runs: BatchLoader<RunsOfDatasetRequest, readonly ListedRun[]>;
  readonly #counts: BatchLoader<string, number>;

  constructor(runs: TrainingRunService) {
    this.#runs = new BatchLoader((viewer, requests) => runs.listOfDatasets(viewer, requests));
    this.#counts = new BatchLoader((viewer, datasetIds) => runs.countOfDatasets(viewer, datasetIds));
  }

  @FieldResolver(() => TrainingRunConnection, {
    nullable: true,
    description: 'The runs on this version, newest first, without archived ones.',
  })
  async trainingRuns(
    @Root() { id }: DatasetType,
    @Arg('first', () => Int, { defaultValue: 20 }) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<TrainingRunType>> {
    const page = parsePage(first, after);
    const rows = await this.#runs.load(context, { datasetId: id, ...page });
    return toConnection(rows, page, toRun, () => this.#counts.load(context, id));
  }
}
