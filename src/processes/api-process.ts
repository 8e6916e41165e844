import { isIPv6 } from 'node:net';
import { ClientAddresses } from '../api/connections/client-address.ts';
import type { ConnectionLimits } from '../api/connections/connection-monitor.ts';
import type { ContextServices } from '../api/graphql/context.ts';
import { ApiMetrics } from '../api/health/api-metrics.ts';
import { metricsTokenOf, Probes } from '../api/health/probes.ts';
import { type QueueSource, QueueStats } from '../api/health/queue-stats.ts';
import { DownloadLinks } from '../api/http/download-links.ts';
import { Downloads } from '../api/http/downloads.ts';
import { PartUploads } from '../api/http/part-uploads.ts';
import { startApi } from '../api/http/server.ts';
import { UploadLinks } from '../api/http/upload-links.ts';
import { CONSOLE_FOLDER, Pages } from '../api/pages/pages.ts';
import { RateLimits } from '../api/rate-limits/rate-limits.ts';
import { TrustedDocuments } from '../api/trusted-documents/trusted-documents.ts';
import { ModelAliases } from '../artifacts/aliases/model-alias.service.ts';
import type { ArtifactService } from '../artifacts/artifact.service.ts';
import { ModelConverter } from '../artifacts/imports/model-converter.ts';
import { Authentication } from '../auth/authentication.ts';
import type { People } from '../auth/people.ts';
import type { Config } from '../config.ts';
import type { LiveDatasetSources } from '../datasets/live/dataset.subscriptions.ts';
import { LiveDatasets } from '../datasets/live/live-datasets.ts';
import { LiveUploads } from '../datasets/upload-sessions/live-uploads.ts';
import { openUploadReading } from '../datasets/upload-sessions/reading/open-upload-reading.ts';
import { PartReceiver } from '../datasets/upload-sessions/receive-part.ts';
import { requireStorage } from '../datasets/upload-sessions/storage-quota.ts';
import { UploadResults } from '../datasets/upload-sessions/upload-results.service.ts';
import type { LiveUploadSources } from '../datasets/upload-sessions/upload-session.subscriptions.ts';
import { UploadSessions } from '../datasets/upload-sessions/upload-sessions.service.ts';
import { CsvInspector } from '../datasets/uploads/csv-inspector.ts';
import { FileIntake } from '../datasets/uploads/file-intake.ts';
import { UploadSlots } from '../datasets/uploads/slots/upload-slots.ts';
import { UploadService } from '../datasets/uploads/upload.service.ts';
import { LiveWorkers } from '../jobs/workers/live-workers.ts';
import { PredictionComparer } from '../metrics/comparison/prediction-comparer.ts';
import { HistoryService } from '../metrics/history/history.service.ts';
import { UsageService } from '../metrics/usage/usage.service.ts';
import { RecentMemory } from '../platform/concurrency/recent-values.ts';
import { type JobClient, type JobSender, type JobWorker, openJobWorker } from '../platform/jobs/jobs.ts';
import { FullStorageLog } from '../platform/monitoring/full-storage-log.ts';
import type { Logger } from '../platform/monitoring/logger.ts';
import { type ObserveRun, ProcessMetrics } from '../platform/monitoring/process-metrics.ts';
import type { DatabaseAccess } from '../platform/postgres/database.ts';
import { type NotificationHub, openNotificationHub } from '../platform/postgres/notifications.ts';
import { AskedModels } from '../predictions/asked-models.ts';
import { BatchPredictions } from '../predictions/batch/batch-prediction.service.ts';
import type { LiveBatchSources } from '../predictions/batch/batch-prediction.subscriptions.ts';
import { LiveBatches } from '../predictions/batch/live-batches.ts';
import { predictBatchJob } from '../predictions/batch/worker/predict-batch.job.ts';
import { ModelExports } from '../predictions/model-exports.ts';
import { PredictionService } from '../predictions/prediction.service.ts';
import { ServingRoutes } from '../predictions/serving/serving-routes.ts';
import { removeDatasetJob } from '../retention/datasets/remove-dataset.job.ts';
import { removeWorkspaceJob } from '../retention/workspaces/remove-workspace.job.ts';
import { LiveHosts } from '../training/distributed/hosts/live-hosts.ts';
import { PredictionFiles } from '../training/evaluations/prediction-files.service.ts';
import { TrainingDurations } from '../training/forecast/training-durations.ts';
import { RunLabels } from '../training/labels/run-labels.service.ts';
import { LiveRuns } from '../training/live/live-runs.ts';
import type { LiveRunSources } from '../training/live/training-run.subscriptions.ts';
import { RunRequests } from '../training/requests/run-requests.service.ts';
import { RunArchive } from '../training/runs/run-archive.service.ts';
import { TrainingRunService } from '../training/runs/training-run.service.ts';
import { trainModelJob } from '../training/worker/train-model.job.ts';
import { VERSION } from '../version.ts';
import { type ApiServices, createApiSchema } from './api-schema.ts';
import { openHealthChecks } from './health-checks.ts';
import { openSigning } from './secrets.ts';
import { type Forecasters, forecasters } from './services/forecasters.ts';
import { modelImports } from './services/model-imports.ts';
import { peopleServices } from './services/people-services.ts';
import { retentionServices } from './services/retention-services.ts';
import { openSharedServices, type SharedServices } from './services/shared-services.ts';
import { workspaceServices } from './services/workspace-services.ts';

/** Connections of the queue: requests send jobs, and those of uploads are fetched. */
const QUEUE_CONNECTIONS = 2;

/** What subscriptions read from. */
type LiveSources = LiveRunSources & LiveDatasetSources & LiveUploadSources & LiveBatchSources;

/** A running API process. */
export interface ApiProcess {
  /** Where clients reach it. */
  readonly url: string;
  /** Where it listens: the same, unless PUBLIC_URL says how clients come there. */
  readonly address: string;
  /** Takes what the worker beside this process tells of runs into its metrics. */
  readonly observeRun: ObserveRun;
  /** Serves all requests until `grace` is over; then accepts no new connections, and resolves when the requests in flight are done. */
  close(grace?: Promise<unknown>): Promise<void>;
}

/** Starts an API on a database that has been migrated. */
export async function startApiProcess(
  config: Config,
  access: DatabaseAccess,
  logger: Logger,
  connectionLimits?: Partial<ConnectionLimits>,
): Promise<ApiProcess> {
  const metrics = new ProcessMetrics(VERSION);
  // Files before connections, so that errors of the setup are reported before anything is open.
  const signing = await openSigning(config);
  const trustedDocuments = await TrustedDocuments.open(config);
  const links = new DownloadLinks(signing.links);
  const uploadLinks = new UploadLinks(signing.links);
  const shared = await openSharedServices(config, access, metrics);
  const [jobs, changes] = await Promise.all([openQueue(access, logger), openNotificationHub(access, logger)]);
  const { database, store, parts, installation, datasets, artifacts } = shared;
  metrics.monitor(database, store);
  const workers = new LiveWorkers(database);
  const stats = new QueueStats(queueSource(jobs), workers);
  const apiMetrics = new ApiMetrics(metrics.registry, stats);
  const { memory, aliases, models } = askedModels(shared);
  const threads = startThreads(shared, models, config);
  const queues = forecasters(jobs, workers, config);
  const batches = new BatchPredictions({ ...shared, predictions: threads.predictions, jobs, settings: config });
  const healthChecks = openHealthChecks({ database, store, installation, queue: jobs }, logger);
  metrics.monitorParts(healthChecks);
  const tokens = { accessTokens: signing.accessTokens, deviceTokens: signing.links };
  const onFailedSignIn = () => apiMetrics.countFailedSignIn();
  const people = peopleServices(config, { ...tokens, database, logger, onFailedSignIn });
  const rateLimits = RateLimits.open(access, config, people.devices, logger);
  const retention = retentionServices(shared, jobs, metrics.observeRun, config, logger);
  const fullStorage = new FullStorageLog(logger);
  const intake = new FileIntake(database, shared.blobs, threads.inspector, config, fullStorage, (tx) =>
    requireStorage(tx, config.MAX_TOTAL_DATASET_BYTES),
  );
  const services: ApiServices = {
    ...{ people, datasets, artifacts, healthChecks, stats, config, retention, links, uploadLinks },
    ...{ batches, aliases, models, ...queues, ...threads },
    files: { ...threads.files, 'batch-prediction': batches },
    ...{ ...uploadServices(shared, jobs, intake, config), ...workspaceServices(shared, people, config, logger) },
    ...readServices(shared, config),
    modelImports: modelImports({ ...{ shared, jobs, intake, retention }, converter: threads.converter }, config),
    ...requestServices(shared, jobs, config, metrics.observeRun),
  };
  const sources = liveSources(shared, changes, queues, logger);
  const reading = await openUploadReading({
    ...{ config, access, database, parts, intake, jobs, changes, logger, version: VERSION },
    observeUpload: (status) => apiMetrics.countUpload(status),
  });
  const close = async () => {
    metrics.close();
    await retention.close();
    await reading.close();
    await Promise.all([changes.close(), threads.close(), rateLimits.close(), people.close()]);
    await shared.close();
  };
  const pages = await openPages(config, logger);
  const api = await startApi({
    schema: createApiSchema(services),
    contextServices: contextServicesOf(people, services, { sources, memory }, config),
    ...otherRoutes(services, shared, fullStorage),
    metrics: apiMetrics,
    probes: new Probes({ healthChecks, metrics: metrics.registry, metricsToken: metricsTokenOf(config) }),
    ...{ changes, config, logger, connectionLimits, rateLimits, trustedDocuments, pages },
  }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const closeAll = async (grace?: Promise<unknown>) => {
    await api.close(grace);
    await close();
  };
  const address = addressOf(config.HOST, api.port);
  return { url: config.PUBLIC_URL ?? address, address, observeRun: metrics.observeRun, close: closeAll };
}

async function openPages({ CONSOLE }: Config, logger: Logger): Promise<Pages | null> {
  if (!CONSOLE) return null;
  const pages = await Pages.open(CONSOLE_FOLDER);
  if (pages === null) logger.warn({ folder: CONSOLE_FOLDER }, 'the console is not built: "npm run build" builds it');
  return pages;
}

function contextServicesOf(
  people: People,
  { apiKeys, outsideIdentities }: ApiServices,
  { sources, memory }: { readonly sources: LiveSources; readonly memory: RecentMemory },
  config: Config,
): ContextServices {
  const readers = { sessions: people.auth, keys: apiKeys, outside: outsideIdentities };
  return {
    ...{ auth: new Authentication(readers, memory), sources, memory },
    publicUrl: config.PUBLIC_URL,
    allowsInsecure: config.ALLOW_INSECURE_COOKIES,
    addresses: new ClientAddresses(config.TRUSTED_PROXIES),
  };
}

/** What is beside GraphQL: files behind signed links, and models as serving tools offer them. */
function otherRoutes(services: ApiServices, { database, blobs, parts }: SharedServices, fullStorage: FullStorageLog) {
  const { links, uploadLinks, linkHolders, files, healthChecks } = services;
  const receiver = new PartReceiver(database, blobs, parts, fullStorage);
  const isReady = async () => {
    const faults = await Promise.all(Object.values(healthChecks).map((check) => check.fault()));
    return faults.every((fault) => fault === null);
  };
  return {
    downloads: new Downloads(links, linkHolders, files),
    partUploads: new PartUploads(uploadLinks, linkHolders, receiver),
    models: new ServingRoutes({ ...services, isReady, version: VERSION }),
  };
}

/** What predictions find their models by. */
function askedModels({ database, artifacts }: SharedServices) {
  const memory = new RecentMemory();
  const aliases = new ModelAliases(database, artifacts);
  return { memory, aliases, models: new AskedModels(artifacts, aliases, memory) };
}

/** Models in the forms of other libraries. */
function modelExports(artifacts: ArtifactService, predictions: PredictionService) {
  return {
    'ml-cart': new ModelExports(artifacts, predictions, 'ML_CART_JSON'),
    'ml-logistic-regression': new ModelExports(artifacts, predictions, 'ML_LOGISTIC_REGRESSION_JSON'),
    onnx: new ModelExports(artifacts, predictions, 'ONNX'),
  };
}

/** What works in threads, and is ended with the process. */
function startThreads({ database, datasets, artifacts }: SharedServices, models: AskedModels, config: Config) {
  const inspector = new CsvInspector(config.MAX_READING_MEMORY_BYTES ?? undefined);
  const comparer = new PredictionComparer();
  const converter = new ModelConverter(config.MAX_MODEL_IMPORT_BYTES);
  const predictions = new PredictionService(artifacts, models, config.MAX_PREDICTION_CACHE_BYTES);
  const predictionFiles = new PredictionFiles(database);
  const files = {
    artifact: artifacts,
    dataset: datasets,
    predictions: predictionFiles,
    'out-of-fold': predictionFiles.outOfFold,
    ...modelExports(artifacts, predictions),
  };
  const all = [inspector, comparer, converter, predictions, predictionFiles];
  const close = async () => {
    await Promise.all(all.map((each) => each.close()));
  };
  return { inspector, comparer, converter, predictions, files, close };
}

/** The services that need little but the database. */
function readServices({ database }: SharedServices, { MAX_MODEL_ARTIFACTS }: Config) {
  return {
    trainingRuns: new TrainingRunService(database),
    runArchive: new RunArchive(database),
    runLabels: new RunLabels(database),
    history: new HistoryService(database),
    usage: new UsageService(database, MAX_MODEL_ARTIFACTS),
  };
}

/** What queues runs, and tells which hosts there are for them. */
function requestServices(
  { database, datasets }: SharedServices,
  jobs: JobSender,
  config: Config,
  observeRun: ObserveRun,
): Pick<ApiServices, 'trainingHosts' | 'runRequests'> {
  const trainingHosts = new LiveHosts(database);
  const durations = new TrainingDurations(database);
  const runRequests = new RunRequests(database, datasets, jobs, durations, trainingHosts, config, observeRun);
  return { trainingHosts, runRequests };
}

function liveSources(
  { database, datasets }: SharedServices,
  changes: NotificationHub,
  { forecaster, batchForecaster }: Forecasters,
  logger: Logger,
): LiveSources {
  return {
    liveRuns: new LiveRuns(database, datasets, changes, forecaster, logger),
    liveDatasets: new LiveDatasets(datasets, changes),
    liveUploads: new LiveUploads(database, changes),
    liveBatches: new LiveBatches(database, changes, batchForecaster, logger),
  };
}

/** What the metrics of the whole installation are read from. */
function queueSource(jobs: JobClient): QueueSource {
  return {
    depth: () => jobs.depth(trainModelJob),
    batchDepth: () => jobs.depth(predictBatchJob),
    schedules: () => jobs.schedules(),
    deletions: async () => {
      const [datasets, workspaces] = await Promise.all([
        jobs.undone(removeDatasetJob),
        jobs.undone(removeWorkspaceJob),
      ]);
      return { datasets, workspaces };
    },
  };
}

function openQueue(access: DatabaseAccess, logger: Logger): Promise<JobWorker> {
  return openJobWorker(access, logger, { maxConnections: QUEUE_CONNECTIONS, keepsSchedules: false });
}

function uploadServices(
  { database, parts, datasets }: SharedServices,
  jobs: JobSender,
  intake: FileIntake,
  config: Config,
): Pick<ApiServices, 'uploads' | 'uploadSessions' | 'uploadResults'> {
  return {
    uploads: new UploadService(intake, new UploadSlots(database, config.MAX_OPEN_UPLOADS), config),
    uploadSessions: new UploadSessions(database, parts, jobs, config),
    uploadResults: new UploadResults(database, datasets, intake),
  };
}

function addressOf(host: string, port: number): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
