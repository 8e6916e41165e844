import { FieldResolver, Resolver } from 'type-graphql';
import type { Config } from '../../config.ts';
import { WorkspaceType } from '../workspaces/workspace.type.ts';
import { QuotaType } from './quota.type.ts';

/** The settings that quotas are. */
export type QuotaSettings = Pick<
  Config,
  | 'MAX_CSV_UPLOAD_BYTES'
  | 'MAX_TOTAL_DATASET_BYTES'
  | 'MAX_TOTAL_PREDICTION_BYTES'
  | 'MAX_MODEL_ARTIFACTS'
  | 'MAX_CONCURRENT_RUNS'
  | 'MAX_QUEUED_RUNS'
  | 'MAX_TRAINING_SECONDS_PER_DAY'
  | 'MAX_OPEN_UPLOADS'
>;

@Resolver(() => WorkspaceType)
export class WorkspaceQuotaResolver {
  readonly #settings: QuotaSettings;

  constructor(settings: QuotaSettings) {
    this.#settings = settings;
  }

  @FieldResolver(() => QuotaType)
  quota(): QuotaType {
    const settings = this.#settings;
    return {
      maxUploadBytes: settings.MAX_CSV_UPLOAD_BYTES,
      maxTotalDatasetBytes: settings.MAX_TOTAL_DATASET_BYTES,
      maxTotalPredictionBytes: settings.MAX_TOTAL_PREDICTION_BYTES,
      artifactRetention: settings.MAX_MODEL_ARTIFACTS,
      maxConcurrentRuns: settings.MAX_CONCURRENT_RUNS,
      maxQueuedRuns: settings.MAX_QUEUED_RUNS,
      maxTrainingSecondsPerDay: settings.MAX_TRAINING_SECONDS_PER_DAY,
      maxConcurrentUploads: settings.MAX_OPEN_UPLOADS,
    };
  }
}
