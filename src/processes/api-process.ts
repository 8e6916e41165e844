import { ApiMetrics } from '../api/api-metrics.ts';
import { DownloadLinks } from '../api/download-links.ts';
import { Downloads } from '../api/downloads.ts';
import type { HealthLooks } from '../api/health.resolver.ts';
import { Probes, statusOf } from '../api/probes.ts';
import { QueueFigures } from '../api/queue-figures.ts';
import { RecentLook } from '../api/recent-look.ts';
import { createSchema } from '../api/schema.ts';
import { startApi } from '../api/server.ts';
import { AuthService } from '../auth/auth.service.ts';
import { Tokens } from '../auth/tokens.ts';
import type { Config } from '../config.ts';
import { CsvInspector } from '../datasets/csv-inspector.ts';
import { UploadService } from '../datasets/upload.service.ts';
import { HistoryService } from '../metrics/history.service.ts';
import { PredictionComparer } from '../metrics/prediction-comparer.ts';
import { UsageService } from '../metrics/usage.service.ts';
import type { BlobStore } from '../platform/blob-store/blob-store.ts';
import { openChangeHub } from '../platform/changes.ts';
import type { Database, DatabaseAccess } from '../platform/database.ts';
import { type JobClient, openJobClient } from '../platform/jobs.ts';
import type { Logger } from '../platform/logger.ts';
import { type ObserveRun, ProcessMetrics } from '../platform/process-metrics.ts';
import { LiveRuns } from '../training/live-runs.ts';
import { JobQueueForecaster } from '../training/queue-forecaster.ts';
import { RunArchive } from '../training/run-archive.service.ts';
import { RunRequests } from '../training/run-requests.service.ts';
import { trainModelJob } from '../training/train-model.job.ts';
import { TrainingPaces } from '../training/training-paces.ts';
import { TrainingRunService } from '../training/training-run.service.ts';
import { LiveWorkers } from '../workers/live-workers.ts';
import { createResolvers } from './resolvers.ts';
import { openSharedParts } from './shared.ts';
import { tokenSecret } from './token-secret.ts';

/** A running API process. */
export interface ApiProcess {
  /** Where clients reach it. */
  readonly url: string;
  /** Takes a run that ended in the worker beside this process into its metrics. */
  readonly observeRun: ObserveRun;
  close(): Promise<void>;
}

/** Starts an API on a database that has been migrated. */
export async function startApiProcess(config: Config, access: DatabaseAccess, logger: Logger): Promise<ApiProcess> {
  const [parts, tokens, jobs, changes] = await Promise.all([
    openSharedParts(config, access),
    tokenSecret(config).then((secret) => new Tokens(secret)),
    openJobClient(access, logger),
    openChangeHub(access, logger),
  ]);
  const { database, store, blobs, datasets, artifacts } = parts;
  const inspector = new CsvInspector();
  const uploads = new UploadService(database, blobs, inspector, config);
  const auth = new AuthService(database, tokens);
  const trainingRuns = new TrainingRunService(database);
  const runRequests = new RunRequests(database, datasets, jobs, new TrainingPaces(database), config);
  const comparer = new PredictionComparer();

  const workers = new LiveWorkers(database);
  const countWorkers = async () => (await workers.list()).length;
  const forecaster = new JobQueueForecaster(jobs, countWorkers, config.MAX_CONCURRENT_RUNS);
  const liveRuns = new LiveRuns(database, datasets, changes, forecaster, logger);
  const looks = looksAt(database, store, jobs);
  const figures = new QueueFigures(() => jobs.depth(trainModelJob), workers);
  const runArchive = new RunArchive(database);
  const [history, usage] = [new HistoryService(database), new UsageService(database)];
  const services = {
    auth,
    datasets,
    uploads,
    trainingRuns,
    runRequests,
    runArchive,
    forecaster,
    artifacts,
    comparer,
    history,
    usage,
  };
  const resolvers = createResolvers({ ...services, links: new DownloadLinks(tokens), looks, figures, config });

  const downloads = new Downloads(tokens, artifacts, datasets);
  const metrics = new ProcessMetrics();
  const api = await startApi({
    schema: createSchema(resolvers),
    contextServices: { auth, liveRuns, publicUrl: config.PUBLIC_URL },
    downloads,
    changes,
    metrics: new ApiMetrics(metrics.registry, figures),
    probes: new Probes({ parts: statusOf(looks), metrics: metrics.registry, metricsToken: config.METRICS_TOKEN }),
    config,
    logger,
  });
  const url = config.PUBLIC_URL ?? `http://${config.HOST}:${api.port}`;
  return {
    url,
    observeRun: metrics.observeRun,
    async close() {
      await api.close();
      metrics.close();
      await Promise.all([changes.close(), jobs.close(), inspector.close(), comparer.close()]);
      await parts.close();
    },
  };
}

/** The parts that the API needs, each with a look at whether it answers. */
function looksAt(database: Database, store: BlobStore, jobs: JobClient): HealthLooks {
  return {
    database: new RecentLook(() => database.ping()),
    storage: new RecentLook(() => store.ping()),
    queue: new RecentLook(() => jobs.ping()),
  };
}
