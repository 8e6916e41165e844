import { BatchedLookup } from '../api/batched-lookup.ts';
import type { DownloadLinks } from '../api/download-links.ts';
import { type HealthLooks, HealthResolver } from '../api/health.resolver.ts';
import type { QueueFigures } from '../api/queue-figures.ts';
import { ArtifactResolver, TrainingRunArtifactResolver } from '../artifacts/artifact.resolver.ts';
import type { ArtifactService } from '../artifacts/artifact.service.ts';
import { ModelCardResolver } from '../artifacts/model-card.resolver.ts';
import { ModelCards } from '../artifacts/model-card.service.ts';
import { AuthResolver } from '../auth/auth.resolver.ts';
import type { AuthService } from '../auth/auth.service.ts';
import type { Config } from '../config.ts';
import { ColumnResolver, DatasetReportResolver, DatasetResolver } from '../datasets/dataset.resolver.ts';
import type { DatasetService } from '../datasets/dataset.service.ts';
import { DatasetVersionsResolver } from '../datasets/dataset-versions.resolver.ts';
import type { UploadService } from '../datasets/upload.service.ts';
import { HistoryResolver } from '../metrics/history.resolver.ts';
import type { HistoryService } from '../metrics/history.service.ts';
import { LatestChangeResolver } from '../metrics/latest-change.resolver.ts';
import { LatestChangeService } from '../metrics/latest-change.service.ts';
import type { PredictionComparer } from '../metrics/prediction-comparer.ts';
import { RunComparisonResolver } from '../metrics/run-comparison.resolver.ts';
import { RunComparisonService } from '../metrics/run-comparison.service.ts';
import { WorkspaceUsageResolver } from '../metrics/usage.resolver.ts';
import type { UsageService } from '../metrics/usage.service.ts';
import { AlgorithmResolver } from '../training/algorithm.resolver.ts';
import { DatasetRunsResolver } from '../training/dataset-runs.resolver.ts';
import type { JobQueueForecaster } from '../training/queue-forecaster.ts';
import { RunArchiveResolver } from '../training/run-archive.resolver.ts';
import type { RunArchive } from '../training/run-archive.service.ts';
import { RunEvaluationResolver } from '../training/run-evaluation.resolver.ts';
import { RunRequestResolver } from '../training/run-request.resolver.ts';
import type { RunRequests } from '../training/run-requests.service.ts';
import { TrainingRunResolver } from '../training/training-run.resolver.ts';
import type { TrainingRunService } from '../training/training-run.service.ts';
import { TrainingRunSubscriptions } from '../training/training-run.subscriptions.ts';

/** What the resolvers are made with. */
export interface ApiServices {
  readonly auth: AuthService;
  readonly datasets: DatasetService;
  readonly uploads: UploadService;
  readonly trainingRuns: TrainingRunService;
  readonly runRequests: RunRequests;
  readonly runArchive: RunArchive;
  readonly forecaster: JobQueueForecaster;
  readonly artifacts: ArtifactService;
  readonly comparer: PredictionComparer;
  readonly history: HistoryService;
  readonly usage: UsageService;
  readonly links: DownloadLinks;
  readonly looks: HealthLooks;
  readonly figures: QueueFigures;
  readonly config: Config;
}

/** One instance of each resolver class of the schema. */
export function createResolvers(services: ApiServices): object[] {
  const { trainingRuns, datasets, uploads, artifacts, links, forecaster } = services;
  const cards = new ModelCards(trainingRuns, datasets, artifacts);
  const datasetLookup = new BatchedLookup((viewer, ids) => datasets.findListed(viewer, ids));
  const runLookup = new BatchedLookup((viewer, ids) => trainingRuns.findListed(viewer, ids));
  const artifactLookup = new BatchedLookup((viewer, runIds) => artifacts.findOfRuns(viewer, runIds));
  const forecastLookup = new BatchedLookup(async (_viewer, runIds) => {
    const forecasts = await forecaster.forecast(runIds);
    return runIds.map((id) => forecasts.get(id) ?? null);
  });
  return [
    new HealthResolver(services.looks, services.figures),
    new AuthResolver(services.auth),
    new DatasetResolver(datasets, uploads, links),
    new DatasetVersionsResolver(datasets),
    new DatasetReportResolver(),
    new ColumnResolver(),
    new AlgorithmResolver(services.config.ENABLE_REAL_TRAINING),
    new TrainingRunResolver(trainingRuns, datasetLookup, runLookup, forecastLookup),
    new RunEvaluationResolver(new BatchedLookup((viewer, ids) => trainingRuns.evaluations(viewer, ids))),
    new DatasetRunsResolver(trainingRuns),
    new RunRequestResolver(services.runRequests),
    new RunArchiveResolver(services.runArchive),
    new TrainingRunSubscriptions(),
    new ArtifactResolver(artifacts, runLookup, links),
    new TrainingRunArtifactResolver(artifactLookup),
    new LatestChangeResolver(new LatestChangeService(trainingRuns, services.comparer)),
    new RunComparisonResolver(new RunComparisonService(trainingRuns, services.comparer)),
    new HistoryResolver(services.history),
    new WorkspaceUsageResolver(services.usage),
    new ModelCardResolver(new BatchedLookup((viewer, runIds) => cards.ofRuns(viewer, runIds))),
  ];
}
