import type { Viewer } from '../auth/viewer.ts';
import type { DatasetService } from '../datasets/dataset.service.ts';
import { yieldToEventLoop } from '../platform/concurrency/yielding-queue.ts';
import type { TrainingRunService } from '../training/runs/training-run.service.ts';
import type { TrainingRunRow } from '../training/runs/training-run.store.ts';
import { truncateLabels } from '../training/runs/truncate-labels.ts';
import type { ArtifactService } from './artifact.service.ts';
import { type CardRun, LISTED_FEATURES, LISTED_IMPORTANCES, modelCard } from './model-card.ts';

/** Writes the cards of trained models. */
export class ModelCards {
  readonly #runs: TrainingRunService;
  readonly #datasets: DatasetService;
  readonly #artifacts: ArtifactService;

  constructor(runs: TrainingRunService, datasets: DatasetService, artifacts: ArtifactService) {
    this.#runs = runs;
    this.#datasets = datasets;
    this.#artifacts = artifacts;
  }

  /** The cards of these runs, in that order; null for a run that has not succeeded. */
  async ofRuns(viewer: Viewer, runIds: readonly string[]): Promise<(string | null)[]> {
    const found = (await this.#runs.findMany(viewer, runIds)).map((run) => (run?.status === 'SUCCEEDED' ? run : null));
    const runs = await this.#withParts(viewer, found);
    const succeeded = runs.filter((run) => run !== null);
    const datasetIds = [...new Set(succeeded.map(({ datasetId }) => datasetId))];
    const wanted = succeeded.flatMap((run) => columnsOf(run).map((name) => ({ datasetId: run.datasetId, name })));
    const [datasets, named, evaluations, artifacts] = await Promise.all([
      this.#datasets.findMany(viewer, datasetIds),
      this.#datasets.columnsNamed(viewer, wanted),
      this.#runs.evaluations(viewer, runIds),
      this.#artifacts.findOfRuns(viewer, runIds),
    ]);
    const columns = Map.groupBy(named, ({ datasetId }) => datasetId);
    const cards: (string | null)[] = [];
    for (const [index, run] of runs.entries()) {
      // Other requests run between the cards of a page.
      await yieldToEventLoop();
      const { evaluation = null, trainedBy = null } = evaluations[index] ?? {};
      const used = new Set(run && columnsOf(run));
      const card = run && {
        run,
        dataset: datasets[datasetIds.indexOf(run.datasetId)] ?? null,
        columns: (columns.get(run.datasetId) ?? []).filter(({ name }) => used.has(name)),
        evaluation: evaluation && truncateLabels(evaluation),
        trainedBy,
        artifact: artifacts[index] ?? null,
      };
      cards.push(card && modelCard(card));
    }
    return cards;
  }

  /** The runs with as many features and importances as a card lists, or all of them if they are few. */
  async #withParts(viewer: Viewer, runs: readonly (TrainingRunRow | null)[]): Promise<(CardRun | null)[]> {
    const lacking = runs.filter((run) => run !== null && (run.features === null || run.featureImportances === null));
    const first = (limit: number) => lacking.map((run) => ({ runId: run?.id ?? '', limit }));
    const [features, importances] =
      lacking.length === 0
        ? [[], []]
        : await Promise.all([
            this.#runs.features(viewer, first(LISTED_FEATURES)),
            this.#runs.importances(viewer, first(LISTED_IMPORTANCES)),
          ]);
    return runs.map((run) => {
      if (run === null) return null;
      const at = lacking.indexOf(run);
      return {
        ...run,
        features: run.features ?? features[at] ?? [],
        featureImportances: run.featureImportances ?? importances[at] ?? [],
      };
    });
  }
}

/** The columns that the model is made from. */
function columnsOf({ features, target, weightColumn }: CardRun): string[] {
  return [...features, target, ...(weightColumn === null ? [] : [weightColumn])];
}
