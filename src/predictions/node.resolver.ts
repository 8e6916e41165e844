import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { Context } from '../api/graphql/context.ts';
import { NodeType, type TypedNode } from '../api/graphql/node.ts';
import { toArtifact } from '../artifacts/artifact.mapper.ts';
import type { ArtifactService } from '../artifacts/artifact.service.ts';
import type { Viewer } from '../auth/viewer.ts';
import { toDataset } from '../datasets/dataset.mapper.ts';
import type { DatasetService } from '../datasets/dataset.service.ts';
import { toUploadSession } from '../datasets/upload-sessions/upload-session.mapper.ts';
import type { UploadSessions } from '../datasets/upload-sessions/upload-sessions.service.ts';
import { toRun } from '../training/runs/training-run.mapper.ts';
import type { TrainingRunService } from '../training/runs/training-run.service.ts';
import { toBatchPrediction } from './batch/batch-prediction.mapper.ts';
import type { BatchPredictions } from './batch/batch-prediction.service.ts';

/** The services of the things that have ids. */
export interface NodeServices {
  readonly datasets: DatasetService;
  readonly uploadSessions: UploadSessions;
  readonly trainingRuns: TrainingRunService;
  readonly artifacts: ArtifactService;
  readonly batches: BatchPredictions;
}

/** Anything by its id. It stands in the last noun whose things have one. */
@Resolver()
export class NodeResolver {
  readonly #services: NodeServices;

  constructor(services: NodeServices) {
    this.#services = services;
  }

  @Query(() => NodeType, {
    nullable: true,
    description:
      'A dataset, a run, a model, a batch prediction or an upload. Null, without an error, if the workspace has nothing with this id.',
  })
  async node(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<TypedNode | null> {
    const { viewer } = context.caller;
    return (
      (await this.#dataset(viewer, id)) ??
      (await this.#run(viewer, id)) ??
      (await this.#artifact(viewer, id)) ??
      (await this.#batch(viewer, id)) ??
      (await this.#upload(viewer, id))
    );
  }

  async #dataset(viewer: Viewer, id: string): Promise<TypedNode | null> {
    const row = await this.#services.datasets.find(viewer, id);
    return row && { ...toDataset(row), __typename: 'Dataset' };
  }

  async #run(viewer: Viewer, id: string): Promise<TypedNode | null> {
    const row = await this.#services.trainingRuns.find(viewer, id);
    return row && { ...toRun(row), __typename: 'TrainingRun' };
  }

  async #artifact(viewer: Viewer, id: string): Promise<TypedNode | null> {
    const row = await this.#services.artifacts.find(viewer, id);
    return row && { ...toArtifact(row), __typename: 'Artifact' };
  }

  async #batch(viewer: Viewer, id: string): Promise<TypedNode | null> {
    const row = await this.#services.batches.find(viewer, id);
    return row && { ...toBatchPrediction(row), __typename: 'BatchPrediction' };
  }

  async #upload(viewer: Viewer, id: string): Promise<TypedNode | null> {
    const row = await this.#services.uploadSessions.find(viewer, id);
    return row && { ...toUploadSession(row), __typename: 'UploadSession' };
  }
}
