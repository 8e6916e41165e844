import type { Config } from '../../config.ts';
import { JobQueueForecaster } from '../../jobs/queue/queue-forecaster.ts';
import type { LiveWorkers } from '../../jobs/workers/live-workers.ts';
import type { JobClient } from '../../platform/jobs/jobs.ts';
import { predictBatchJob } from '../../predictions/batch/worker/predict-batch.job.ts';
import { trainModelJob } from '../../training/worker/train-model.job.ts';

/** The forecasts of the queues of an API process. */
export interface Forecasters {
  /** Of trainings. */
  readonly forecaster: JobQueueForecaster;
  readonly batchForecaster: JobQueueForecaster;
}

/** Each worker process takes one job of either queue at a time. */
export function forecasters(
  jobs: JobClient,
  workers: Pick<LiveWorkers, 'list'>,
  { MAX_CONCURRENT_RUNS: maxOfGroup }: Pick<Config, 'MAX_CONCURRENT_RUNS'>,
): Forecasters {
  const countWorkers = async () => (await workers.list()).length;
  const ofTrainings = { job: trainModelJob, idField: 'runId' };
  const ofBatches = { job: predictBatchJob, idField: 'batchId' };
  return {
    forecaster: new JobQueueForecaster(ofTrainings, jobs, countWorkers, maxOfGroup),
    batchForecaster: new JobQueueForecaster(ofBatches, jobs, countWorkers, maxOfGroup),
  };
}
