import { BatchedLookup } from '../api/graphql/batched-lookup.ts';
import { type HealthChecks, HealthResolver } from '../api/health/health.resolver.ts';
import type { QueueStats } from '../api/health/queue-stats.ts';
import type { DownloadLinks } from '../api/http/download-links.ts';
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
import type { UploadService } from '../datasets/uploads/upload.service.ts';
import { LatestChangeResolver } from '../metrics/comparison/latest-change.resolver.ts';
import { LatestChangeService } from '../metrics/comparison/latest-change.service.ts';
import type { PredictionComparer } from '../metrics/comparison/prediction-comparer.ts';
import { RunComparisonResolver } from '../metrics/comparison/run-comparison.resolver.ts';
import { RunComparisonService } from '../metrics/comparison/run-comparison.service.ts';
import { HistoryResolver } from '../metrics/history/history.resolver.ts';
import type { HistoryService } from '../metrics/history/history.service.ts';
import { WorkspaceUsageResolver } from '../metrics/usage/usage.resolver.ts';
import type { UsageService } from '../metrics/usage/usage.service.ts';
import { AlgorithmResolver } from '../training/algorithms/algorithm.resolver.ts';
import { RunEvaluationResolver } from '../training/evaluations/run-evaluation.resolver.ts';
import type { JobQueueForecaster } from '../training/forecast/queue-forecaster.ts';
import { TrainingRunSubscriptions } from '../training/live/training-run.subscriptions.ts';
import { RunRequestResolver } from '../training/requests/run-request.resolver.ts';
import type { RunRequests } from '../training/requests/run-requests.service.ts';
import { DatasetRunsResolver } from '../training/runs/dataset-runs.resolver.ts';
import { RunArchiveResolver } from '../training/runs/run-archive.resolver.ts';
import type { RunArchive } from '../training/runs/run-archive.service.ts';
import { TrainingRunResolver } from '../training/runs/training-run.resolver.ts';
import type { TrainingRunService } from '../training/runs/training-run.service.ts';

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
  readonly looks: HealthChecks;
  readonly figures: QueueStats;
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
