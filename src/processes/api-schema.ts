import type { GraphQLSchema } from 'graphql';
import { BatchLoader } from '../api/graphql/batch-loader.ts';
import { BatchLookup } from '../api/graphql/batch-lookup.ts';
import { createSchema, type ResolverEntry } from '../api/graphql/schema.ts';
import { type HealthChecks, HealthResolver } from '../api/health/health.resolver.ts';
import type { QueueStats } from '../api/health/queue-stats.ts';
import type { DownloadLinks } from '../api/http/download-links.ts';
import type { UploadLinks } from '../api/http/upload-links.ts';
import { LimitsResolver } from '../api/limits/limits.resolver.ts';
import { ModelAliasResolver } from '../artifacts/aliases/model-alias.resolver.ts';
import type { ModelAliases } from '../artifacts/aliases/model-alias.service.ts';
import { ArtifactResolver, TrainingRunArtifactResolver } from '../artifacts/artifact.resolver.ts';
import type { ArtifactService } from '../artifacts/artifact.service.ts';
import { DownloadResolver } from '../artifacts/downloads/download.resolver.ts';
import { DownloadRequests } from '../artifacts/downloads/download.service.ts';
import { ImportModelResolver } from '../artifacts/imports/import-model.resolver.ts';
import type { ModelImports } from '../artifacts/imports/model-imports.service.ts';
import { ModelCardResolver } from '../artifacts/model-card.resolver.ts';
import { ModelCards } from '../artifacts/model-card.service.ts';
import { ApiKeyResolver } from '../auth/api-keys/api-key.resolver.ts';
import { WorkspaceAuditResolver } from '../auth/audit/audit.resolver.ts';
import type { People } from '../auth/people.ts';
import { WorkspaceQuotaResolver } from '../auth/quotas/quota.resolver.ts';
import { SessionResolver } from '../auth/sessions/session.resolver.ts';
import { AccountResolver } from '../auth/users/account.resolver.ts';
import { InvitationResolver } from '../auth/workspaces/invitation.resolver.ts';
import { MemberResolver } from '../auth/workspaces/member.resolver.ts';
import { WorkspaceResolver } from '../auth/workspaces/workspace.resolver.ts';
import { WorkspaceSelectionResolver } from '../auth/workspaces/workspace-selection.resolver.ts';
import type { Config } from '../config.ts';
import { ColumnResolver, DatasetReportResolver, DatasetResolver } from '../datasets/dataset.resolver.ts';
import type { DatasetService } from '../datasets/dataset.service.ts';
import { DatasetVersionsResolver } from '../datasets/dataset-versions.resolver.ts';
import { DatasetSubscriptions } from '../datasets/live/dataset.subscriptions.ts';
import type { UploadResults } from '../datasets/upload-sessions/upload-results.service.ts';
import { UploadSessionResolver } from '../datasets/upload-sessions/upload-session.resolver.ts';
import { UploadSessionSubscriptions } from '../datasets/upload-sessions/upload-session.subscriptions.ts';
import type { UploadSessions } from '../datasets/upload-sessions/upload-sessions.service.ts';
import type { UploadService } from '../datasets/uploads/upload.service.ts';
import type { QueueForecast } from '../jobs/queue/queue-forecast.ts';
import type { JobQueueForecaster } from '../jobs/queue/queue-forecaster.ts';
import { LatestChangeResolver } from '../metrics/comparison/latest-change.resolver.ts';
import { LatestChangeService } from '../metrics/comparison/latest-change.service.ts';
import type { PredictionComparer } from '../metrics/comparison/prediction-comparer.ts';
import { RunComparisonResolver } from '../metrics/comparison/run-comparison.resolver.ts';
import { RunComparisonService } from '../metrics/comparison/run-comparison.service.ts';
import { HistoryResolver } from '../metrics/history/history.resolver.ts';
import type { HistoryService } from '../metrics/history/history.service.ts';
import { WorkspaceUsageResolver } from '../metrics/usage/usage.resolver.ts';
import type { UsageService } from '../metrics/usage/usage.service.ts';
import type { AskedModels } from '../predictions/asked-models.ts';
import { BatchPredictionResolver } from '../predictions/batch/batch-prediction.resolver.ts';
import type { BatchPredictions } from '../predictions/batch/batch-prediction.service.ts';
import { BatchPredictionSubscriptions } from '../predictions/batch/batch-prediction.subscriptions.ts';
import { ContributionsResolver } from '../predictions/contributions.resolver.ts';
import { ModelInputResolver, ModelInputsResolver } from '../predictions/model-inputs.resolver.ts';
import { ModelInputs } from '../predictions/model-inputs.service.ts';
import { NodeResolver } from '../predictions/node.resolver.ts';
import { PredictionResolver } from '../predictions/prediction.resolver.ts';
import type { ExplanationKey, PredictionService } from '../predictions/prediction.service.ts';
import { BatchDeletionResolver } from '../retention/batches/batch-deletion.resolver.ts';
import { BatchExpiryResolver } from '../retention/batches/batch-expiry.resolver.ts';
import { DatasetDeletionResolver } from '../retention/datasets/dataset-deletion.resolver.ts';
import { CleanupResolver } from '../retention/expiry/cleanup.resolver.ts';
import { ModelRemovalResolver } from '../retention/models/model-removal.resolver.ts';
import { PinResolver } from '../retention/pins/pin.resolver.ts';
import { RunDeletionResolver } from '../retention/runs/run-deletion.resolver.ts';
import { WorkspaceDeletionResolver } from '../retention/workspaces/workspace-deletion.resolver.ts';
import type { RowExplanation } from '../runtime/contributions/explain-row.ts';
import { AlgorithmResolver } from '../training/algorithms/algorithm.resolver.ts';
import { AlgorithmLimitsResolver } from '../training/algorithms/limits.resolver.ts';
import { LeaderboardResolver } from '../training/candidates/leaderboard.resolver.ts';
import type { LiveHosts } from '../training/distributed/hosts/live-hosts.ts';
import { AlgorithmEnginesResolver, HealthHostsResolver } from '../training/distributed/hosts/training-host.resolver.ts';
import { RunEvaluationResolver } from '../training/evaluations/run-evaluation.resolver.ts';
import { ThresholdCostResolver } from '../training/evaluations/threshold-cost.resolver.ts';
import { RunLabelsResolver } from '../training/labels/run-labels.resolver.ts';
import type { RunLabels } from '../training/labels/run-labels.service.ts';
import { TrainingRunSubscriptions } from '../training/live/training-run.subscriptions.ts';
import { RunRequestResolver } from '../training/requests/run-request.resolver.ts';
import type { RunRequests } from '../training/requests/run-requests.service.ts';
import { DatasetRunsResolver } from '../training/runs/dataset-runs.resolver.ts';
import { RunArchiveResolver } from '../training/runs/run-archive.resolver.ts';
import type { RunArchive } from '../training/runs/run-archive.service.ts';
import { TrainingRunResolver } from '../training/runs/training-run.resolver.ts';
import type { TrainingRunService } from '../training/runs/training-run.service.ts';

import type { RetentionServices } from './services/retention-services.ts';
import type { WorkspaceServices } from './services/workspace-services.ts';

/** What the resolvers are made with. */
export interface ApiServices extends WorkspaceServices {
  readonly people: People;
  readonly datasets: DatasetService;
  readonly uploads: UploadService;
  readonly uploadSessions: UploadSessions;
  readonly uploadResults: UploadResults;
  readonly uploadLinks: UploadLinks;
  readonly trainingRuns: TrainingRunService;
  readonly runRequests: RunRequests;
  readonly runArchive: RunArchive;
  readonly runLabels: RunLabels;
  readonly trainingHosts: Pick<LiveHosts, 'list'>;
  readonly forecaster: JobQueueForecaster;
  readonly artifacts: ArtifactService;
  readonly modelImports: ModelImports;
  /** What can be downloaded. */
  readonly files: ConstructorParameters<typeof DownloadRequests>[0];
  readonly comparer: PredictionComparer;
  readonly predictions: PredictionService;
  readonly batches: BatchPredictions;
  readonly batchForecaster: JobQueueForecaster;
  readonly aliases: ModelAliases;
  readonly models: AskedModels;
  readonly history: HistoryService;
  readonly usage: UsageService;
  readonly retention: RetentionServices;
  readonly links: DownloadLinks;
  readonly healthChecks: HealthChecks;
  readonly stats: QueueStats;
  readonly config: Config;
}

/** Every resolver class of the API, once, with how its instance is made. */
function resolversOf(services: ApiServices): readonly ResolverEntry[] {
  const { trainingRuns, datasets, uploads, artifacts, links, forecaster, retention } = services;
  const runLookup = new BatchLookup((viewer, ids) => trainingRuns.findListed(viewer, ids));
  return [
    [HealthResolver, () => new HealthResolver(services.healthChecks, services.stats)],
    [HealthHostsResolver, () => new HealthHostsResolver(services.trainingHosts)],
    [AlgorithmEnginesResolver, () => new AlgorithmEnginesResolver(services.trainingHosts)],
    ...workspaceResolversOf(services),
    [SessionResolver, () => new SessionResolver(services.people)],
    [AccountResolver, () => new AccountResolver(services.people)],
    [DatasetResolver, () => new DatasetResolver(datasets, uploads, links)],
    [DatasetSubscriptions, () => new DatasetSubscriptions()],
    [DatasetVersionsResolver, () => new DatasetVersionsResolver(datasets)],
    [
      UploadSessionResolver,
      () => new UploadSessionResolver(services.uploadSessions, services.uploadResults, services.uploadLinks),
    ],
    [UploadSessionSubscriptions, () => new UploadSessionSubscriptions()],
    [DatasetReportResolver, () => new DatasetReportResolver()],
    [ColumnResolver, () => new ColumnResolver()],
    [LimitsResolver, () => new LimitsResolver(services.config)],
    [AlgorithmLimitsResolver, () => new AlgorithmLimitsResolver(services.config.ENABLE_REAL_TRAINING)],
    [AlgorithmResolver, () => new AlgorithmResolver(services.config.ENABLE_REAL_TRAINING)],
    [
      TrainingRunResolver,
      () =>
        new TrainingRunResolver(
          trainingRuns,
          new BatchLookup((viewer, ids) => datasets.findListed(viewer, ids)),
          runLookup,
          new BatchLookup((_viewer, runIds) => forecastsOf(forecaster, runIds)),
        ),
    ],
    [ThresholdCostResolver, () => new ThresholdCostResolver()],
    ...runPartResolvers(services),
    [DatasetRunsResolver, () => new DatasetRunsResolver(trainingRuns)],
    [RunRequestResolver, () => new RunRequestResolver(services.runRequests)],
    [RunArchiveResolver, () => new RunArchiveResolver(services.runArchive)],
    [RunLabelsResolver, () => new RunLabelsResolver(services.runLabels)],
    [TrainingRunSubscriptions, () => new TrainingRunSubscriptions()],
    [DownloadResolver, () => new DownloadResolver(new DownloadRequests(services.files), links)],
    [NodeResolver, () => new NodeResolver(services)],
    [ArtifactResolver, () => new ArtifactResolver(artifacts, runLookup, links)],
    [ImportModelResolver, () => new ImportModelResolver(services.modelImports)],
    [
      TrainingRunArtifactResolver,
      () => new TrainingRunArtifactResolver(new BatchLookup((viewer, runIds) => artifacts.findOfRuns(viewer, runIds))),
    ],
    ...predictionResolvers(services),
    [LatestChangeResolver, () => new LatestChangeResolver(new LatestChangeService(trainingRuns, services.comparer))],
    [RunComparisonResolver, () => new RunComparisonResolver(new RunComparisonService(trainingRuns, services.comparer))],
    [HistoryResolver, () => new HistoryResolver(services.history)],
    [WorkspaceUsageResolver, () => new WorkspaceUsageResolver(services.usage)],
    [RunDeletionResolver, () => new RunDeletionResolver(retention.runDeletions)],
    [ModelRemovalResolver, () => new ModelRemovalResolver(retention.modelRemoval)],
    [CleanupResolver, () => new CleanupResolver(retention.expiry)],
    [WorkspaceDeletionResolver, () => new WorkspaceDeletionResolver(retention.workspaceDeletions)],
    [PinResolver, () => new PinResolver(retention.pins)],
    [DatasetDeletionResolver, () => new DatasetDeletionResolver(retention.deletions)],
    [ModelCardResolver, () => new ModelCardResolver(modelCardLookup(services))],
  ];
}

/** Fields of runs that are read apart from their rows. */
function runPartResolvers({ trainingRuns }: ApiServices): readonly ResolverEntry[] {
  return [
    [LeaderboardResolver, () => new LeaderboardResolver(trainingRuns)],
    [
      RunEvaluationResolver,
      () => new RunEvaluationResolver(new BatchLookup((viewer, ids) => trainingRuns.evaluations(viewer, ids))),
    ],
  ];
}

/** Those about workspaces themselves. */
function workspaceResolversOf(services: ApiServices): readonly ResolverEntry[] {
  return [
    [WorkspaceResolver, () => new WorkspaceResolver(services.workspaces)],
    [MemberResolver, () => new MemberResolver(services.members)],
    [
      WorkspaceSelectionResolver,
      () => new WorkspaceSelectionResolver(services.workspaceSelection, services.people.auth),
    ],
    [InvitationResolver, () => new InvitationResolver(services.invitations)],
    [WorkspaceQuotaResolver, () => new WorkspaceQuotaResolver(services.config)],
    [ApiKeyResolver, () => new ApiKeyResolver(services.apiKeys)],
    [WorkspaceAuditResolver, () => new WorkspaceAuditResolver(services.auditLog)],
  ];
}

function predictionResolvers(services: ApiServices): readonly ResolverEntry[] {
  const { predictions, artifacts, trainingRuns } = services;
  const models = new ModelInputs(artifacts, trainingRuns, predictions);
  const explanations = new BatchLoader<ExplanationKey, RowExplanation | null>((viewer, keys) =>
    predictions.explainEach(viewer, keys),
  );
  return [
    [PredictionResolver, () => new PredictionResolver(predictions, services.models)],
    [ModelAliasResolver, () => new ModelAliasResolver(services.aliases)],
    [ContributionsResolver, () => new ContributionsResolver(explanations)],
    [
      ModelInputsResolver,
      () => new ModelInputsResolver(new BatchLookup((viewer, ids) => models.ofArtifacts(viewer, ids))),
    ],
    [ModelInputResolver, () => new ModelInputResolver()],
    [
      BatchPredictionResolver,
      () =>
        new BatchPredictionResolver(
          services.batches,
          new BatchLookup((viewer, ids) => artifacts.findMany(viewer, ids)),
          new BatchLookup((viewer, ids) => services.datasets.findListed(viewer, ids)),
          new BatchLookup((_viewer, ids) => forecastsOf(services.batchForecaster, ids)),
        ),
    ],
    [BatchPredictionSubscriptions, () => new BatchPredictionSubscriptions()],
    [BatchDeletionResolver, () => new BatchDeletionResolver(services.retention.batchDeletions)],
    [BatchExpiryResolver, () => new BatchExpiryResolver(services.config)],
  ];
}

async function forecastsOf(
  forecaster: JobQueueForecaster,
  runIds: readonly string[],
): Promise<(QueueForecast | null)[]> {
  const forecasts = await forecaster.forecast(runIds);
  return runIds.map((id) => forecasts.get(id) ?? null);
}

function modelCardLookup({ trainingRuns, datasets, artifacts }: ApiServices): BatchLookup<string> {
  const cards = new ModelCards(trainingRuns, datasets, artifacts);
  return new BatchLookup((viewer, runIds) => cards.ofRuns(viewer, runIds));
}

/** The API's schema, executed with these services. */
export function createApiSchema(services: ApiServices): GraphQLSchema {
  return createSchema(resolversOf(services));
}

/** The schema to be read or printed. Whoever executes it finds no services. */
export function describeApiSchema(): GraphQLSchema {
  return createSchema(resolversOf({} as ApiServices));
}
