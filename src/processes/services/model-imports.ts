import type { ModelConverter } from '../../artifacts/imports/model-converter.ts';
import { ModelImports } from '../../artifacts/imports/model-imports.service.ts';
import type { Config } from '../../config.ts';
import type { FileIntake } from '../../datasets/uploads/file-intake.ts';
import { UploadSlots } from '../../datasets/uploads/slots/upload-slots.ts';
import type { JobSender } from '../../platform/jobs/jobs.ts';
import { LimitedModelWriter } from '../../retention/models/model-removal.service.ts';
import type { RetentionServices } from './retention-services.ts';
import type { SharedServices } from './shared-services.ts';

/** What of the process imports are made with. */
export interface ImportParts {
  readonly shared: SharedServices;
  readonly jobs: JobSender;
  readonly intake: FileIntake;
  readonly converter: ModelConverter;
  readonly retention: RetentionServices;
}

/** Imports of models; as trainings do, they keep the workspace within its number of models. */
export function modelImports({ shared, retention, ...parts }: ImportParts, config: Config): ModelImports {
  const { database, blobs, datasets, artifacts } = shared;
  return new ModelImports({
    ...{ database, blobs, datasets, artifacts, ...parts },
    models: new LimitedModelWriter(artifacts, retention.modelRemoval, config.MAX_MODEL_ARTIFACTS),
    slots: new UploadSlots(database, config.MAX_OPEN_UPLOADS),
    settings: config,
  });
}
