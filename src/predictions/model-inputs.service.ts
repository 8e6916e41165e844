import type { ArtifactService } from '../artifacts/artifact.service.ts';
import type { Viewer } from '../auth/viewer.ts';
import type { TrainingRunService } from '../training/runs/training-run.service.ts';
import type { DescribedInput } from './loaded-model.ts';
import type { PredictionService } from './prediction.service.ts';

/** Importances that are looked up of a run; the models of more columns have forms that nobody fills in. */
const MAX_IMPORTANCES = 1_000;

/** A column that a model reads, and how important it is; null if that was not measured. */
export interface RankedInput extends DescribedInput {
  readonly importance: number | null;
}

export interface DescribedModel {
  readonly labels: readonly string[] | null;
  readonly inputs: readonly RankedInput[];
}

/** Describes what models ask for. */
export class ModelInputs {
  readonly #artifacts: Pick<ArtifactService, 'findMany'>;
  readonly #runs: Pick<TrainingRunService, 'importances'>;
  readonly #predictions: Pick<PredictionService, 'describe'>;

  constructor(
    artifacts: Pick<ArtifactService, 'findMany'>,
    runs: Pick<TrainingRunService, 'importances'>,
    predictions: Pick<PredictionService, 'describe'>,
  ) {
    this.#artifacts = artifacts;
    this.#runs = runs;
    this.#predictions = predictions;
  }

  /** The models of these artifacts, in that order; null for an unknown id. */
  async ofArtifacts(viewer: Viewer, ids: readonly string[]): Promise<(DescribedModel | null)[]> {
    const artifacts = await this.#artifacts.findMany(viewer, ids);
    const found = artifacts.filter((artifact) => artifact !== null);
    const importances = await this.#runs.importances(
      viewer,
      found.map(({ runId }) => ({ runId, limit: MAX_IMPORTANCES })),
    );
    const byRun = new Map(found.map(({ runId }, index) => [runId, importances[index] ?? []]));
    return await Promise.all(
      artifacts.map(async (artifact) => {
        if (artifact === null) return null;
        const { labels, inputs } = await this.#predictions.describe(artifact);
        const ofColumn = new Map((byRun.get(artifact.runId) ?? []).map((each) => [each.feature, each.importance]));
        return { labels, inputs: inputs.map((input) => ({ ...input, importance: ofColumn.get(input.name) ?? null })) };
      }),
    );
  }
}
