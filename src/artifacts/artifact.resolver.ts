import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import type { BatchLookup } from '../api/graphql/batch-lookup.ts';
import type { Context } from '../api/graphql/context.ts';
import { Cost } from '../api/graphql/field-cost.ts';
import { type Connection, parsePage, toConnection } from '../api/graphql/pagination.ts';
import type { DownloadLinks } from '../api/http/download-links.ts';
import type { ForeignModelFormat } from '../ml/foreign/foreign-model.ts';
import { ForeignModelFormatEnum } from '../training/imports/imported-model.type.ts';
import { toRun } from '../training/runs/training-run.mapper.ts';
import { TrainingRunType } from '../training/runs/training-run.type.ts';
import type { ListedRun } from '../training/runs/training-run-list.store.ts';
import { ArtifactFilter } from './artifact.input.ts';
import { toArtifact } from './artifact.mapper.ts';
import type { ArtifactService } from './artifact.service.ts';
import type { ArtifactRow } from './artifact.store.ts';
import { ArtifactConnection, ArtifactType } from './artifact.type.ts';

@Resolver(() => ArtifactType)
export class ArtifactResolver {
  readonly #artifacts: ArtifactService;
  readonly #runs: BatchLookup<ListedRun>;
  readonly #links: DownloadLinks;

  constructor(artifacts: ArtifactService, runs: BatchLookup<ListedRun>, links: DownloadLinks) {
    this.#artifacts = artifacts;
    this.#runs = runs;
    this.#links = links;
  }

  @Query(() => ArtifactConnection, { nullable: true, description: 'The models of the workspace, newest first.' })
  async artifacts(
    @Arg('filter', () => ArtifactFilter, { defaultValue: {} }) filter: ArtifactFilter,
    @Arg('first', () => Int, { defaultValue: 20 }) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<ArtifactType>> {
    const viewer = context.caller.viewer;
    const query = {
      datasetName: filter.datasetName ?? null,
      task: filter.task ?? null,
      algorithm: filter.algorithm ?? null,
    };
    const page = parsePage(first, after);
    return toConnection(await this.#artifacts.list(viewer, query, page), page, toArtifact, () =>
      this.#artifacts.count(viewer, query),
    );
  }

  @Query(() => ArtifactType, {
    nullable: true,
    description: 'Null, without an error, if the workspace has no such artifact.',
  })
  async artifact(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<ArtifactType | null> {
    const row = await this.#artifacts.find(context.caller.viewer, id);
    return row && toArtifact(row);
  }

  @FieldResolver(() => TrainingRunType, { nullable: true })
  async run(@Root() { runId }: ArtifactType, @Ctx() context: Context): Promise<TrainingRunType | null> {
    const row = await this.#runs.load(context, runId);
    return row && toRun(row);
  }

  @FieldResolver(() => ForeignModelFormatEnum, {
    nullable: true,
    description: 'The format of the file that it was imported from, by importModel; null: it was trained here.',
  })
  async importedFrom(@Root() { runId }: ArtifactType, @Ctx() context: Context): Promise<ForeignModelFormat | null> {
    return (await this.#runs.load(context, runId))?.imported?.format ?? null;
  }

  @Cost({ weight: 20 })
  @FieldResolver(() => String, {
    nullable: true,
    deprecationReason: 'createDownload',
    description:
      'A download link of the model file, valid for 5 minutes without a header. Request it when the user clicks; do not store it.',
  })
  modelUrl(@Root() { id }: ArtifactType, @Ctx() context: Context): Promise<string> {
    return this.#links.artifact(context, id);
  }
}

/** The artifact of a run. */
@Resolver(() => TrainingRunType)
export class TrainingRunArtifactResolver {
  readonly #artifacts: BatchLookup<ArtifactRow>;

  constructor(artifactsOfRuns: BatchLookup<ArtifactRow>) {
    this.#artifacts = artifactsOfRuns;
  }

  @FieldResolver(() => ArtifactType, {
    nullable: true,
    description: 'Null until SUCCEEDED, and once it has been deleted; an imported model is there from the beginning.',
  })
  async artifact(@Root() { id }: TrainingRunType, @Ctx() context: Context): Promise<ArtifactType | null> {
    const row = await this.#artifacts.load(context, id);
    return row && toArtifact(row);
  }
}
