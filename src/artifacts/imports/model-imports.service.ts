import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { recordAudit } from '../../auth/audit/record-audit.ts';
import type { Viewer } from '../../auth/viewer.ts';
import type { BlobService } from '../../blobs/blob.service.ts';
import type { Config } from '../../config.ts';
import type { DatasetService } from '../../datasets/dataset.service.ts';
import type { ColumnOutline, DatasetRow } from '../../datasets/dataset.store.ts';
import { cleanFilename } from '../../datasets/dataset-name.ts';
import type { FileIntake } from '../../datasets/uploads/file-intake.ts';
import { type ReceivedFile, receiveLimitedFile } from '../../datasets/uploads/receive-limited-file.ts';
import type { UploadSlots } from '../../datasets/uploads/slots/upload-slots.ts';
import type { IncomingFile } from '../../datasets/uploads/upload.service.ts';
import { badInput, notFound, TrainyardError } from '../../errors.ts';
import type { ForeignModelFormat } from '../../ml/foreign/foreign-model.ts';
import type { ImportIssue } from '../../ml/imported/import-issue.ts';
import type { ImportedFile } from '../../ml/imported/import-model.ts';
import type { Task } from '../../ml/task.ts';
import type { JobSender } from '../../platform/jobs/jobs.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { atStage } from '../../platform/test-pace.ts';
import type { ImportedModel } from '../../training/imports/imported-model.ts';
import { findImportOfKey, type NewImport, recordImport } from '../../training/imports/record-import.ts';
import type { TrainingRunRow } from '../../training/runs/training-run.store.ts';
import type { ModelWriter } from '../../training/worker/model-files.ts';
import type { ArtifactService } from '../artifact.service.ts';
import type { ArtifactRow } from '../artifact.store.ts';
import type { Conversion, DatasetFile } from './import-model.thread.ts';
import type { ModelConverter } from './model-converter.ts';

/** What a model that was trained elsewhere is to be here; validated by itself. */
export interface ImportParams {
  readonly format: ForeignModelFormat;
  readonly name: string;
  readonly datasetId: string | null;
  readonly target: string;
  readonly task: Task;
  readonly labels: readonly string[] | null;
  readonly features: readonly string[] | null;
  readonly idempotencyKey: string | null;
}

export interface ImportOutcome {
  /** Null if the file was refused; the report says why. */
  readonly artifact: ArtifactRow | null;
  readonly report: readonly ImportIssue[];
}

/** What imports need. */
export interface ImportDependencies {
  readonly database: Database;
  readonly blobs: Pick<BlobService, 'localFile'>;
  readonly datasets: DatasetService;
  readonly artifacts: Pick<ArtifactService, 'findOfRuns'>;
  readonly models: ModelWriter;
  readonly jobs: Pick<JobSender, 'send'>;
  readonly intake: Pick<FileIntake, 'inFolder' | 'hasFreeSpace'>;
  readonly slots: Pick<UploadSlots, 'hold'>;
  readonly converter: Pick<ModelConverter, 'convert'>;
  readonly settings: Pick<Config, 'MAX_MODEL_IMPORT_BYTES' | 'MAX_QUEUED_RUNS' | 'MAX_TRAINING_SECONDS_PER_DAY'>;
}

/** A file that has arrived, and what is known of it. */
interface Arrived {
  readonly received: ReceivedFile;
  readonly filename: string;
  readonly dataset: DatasetRow | null;
  readonly key: string | null;
  readonly fingerprint: string | null;
}

/** Makes models of those that were trained elsewhere. */
export class ModelImports {
  readonly #dependencies: ImportDependencies;

  constructor(dependencies: ImportDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Stores the model of a file with a run of its own, which a worker evaluates if a dataset is named; or refuses the file with a
   * report, and keeps nothing. Throws BAD_USER_INPUT for what does not fit the model, NOT_FOUND, QUOTA_EXCEEDED, PAYLOAD_TOO_LARGE,
   * STORAGE_FULL and IDEMPOTENCY_CONFLICT.
   */
  async import(viewer: Viewer, file: IncomingFile, params: ImportParams): Promise<ImportOutcome> {
    const { slots, intake } = this.#dependencies;
    return await slots.hold(viewer.workspaceId, () =>
      intake.inFolder((folder) => this.#import(viewer, file, params, join(folder, 'model'))),
    );
  }

  async #import(viewer: Viewer, file: IncomingFile, params: ImportParams, path: string): Promise<ImportOutcome> {
    const { datasets } = this.#dependencies;
    const { datasetId, idempotencyKey: key } = params;
    const [dataset, columns] = datasetId === null ? [null, []] : await datasets.findWhole(viewer, datasetId);
    const received = await this.#receive(file, path);
    const filename = cleanFilename(file.filename);
    const fingerprint = key === null ? null : fingerprintOf(params, received.sha256);
    const made = await this.#findEarlier(viewer, key, fingerprint);
    if (made !== null) return made;
    if (dataset === null && datasetId !== null) throw notFound('dataset', datasetId);
    const conversion = await this.#convert(path, params, dataset, columns, file.clientAborted);
    if ('refusal' in conversion) return { artifact: null, report: [conversion.refusal] };
    if ('wrong' in conversion) {
      const { argument, message, hint } = conversion.wrong;
      throw badInput(`input.${argument}`, message, hint ?? undefined);
    }
    const arrived = { received, filename, dataset, key, fingerprint };
    return await this.#store(viewer, params, arrived, conversion.file, file.clientAborted);
  }

  async #receive(file: IncomingFile, path: string): Promise<ReceivedFile> {
    const { settings, intake } = this.#dependencies;
    await atStage();
    const limit = { bytes: settings.MAX_MODEL_IMPORT_BYTES, tooLarge: modelTooLarge };
    return await receiveLimitedFile(file.stream, path, limit, () => intake.hasFreeSpace());
  }

  /** The dataset's table is on this machine meanwhile. */
  async #convert(
    path: string,
    { format, task, target, labels, features }: ImportParams,
    dataset: DatasetRow | null,
    columns: readonly ColumnOutline[],
    signal: AbortSignal,
  ): Promise<Conversion> {
    const { blobs, converter } = this.#dependencies;
    const file = { path, format, task, target, labels, features };
    if (dataset === null) {
      const request = { ...file, dataset: null, missingTokens: [], keepDefaultMissingTokens: true };
      return await converter.convert(request, signal);
    }
    const { workspaceId, tableSha256, missingTokens, keepDefaultMissingTokens } = dataset;
    using table = await blobs.localFile({ workspaceId, sha256: tableSha256 });
    const numberFormats: DatasetFile['numberFormats'] = new Map(
      columns.flatMap(({ name, numberFormat }) => (numberFormat === null ? [] : [[name, numberFormat] as const])),
    );
    const request = { ...file, dataset: { tablePath: table.path, numberFormats } };
    return await converter.convert({ ...request, missingTokens, keepDefaultMissingTokens }, signal);
  }

  async #store(
    viewer: Viewer,
    params: ImportParams,
    arrived: Arrived,
    file: ImportedFile,
    signal: AbortSignal,
  ): Promise<ImportOutcome> {
    const { database, models, jobs, settings } = this.#dependencies;
    const { key, fingerprint } = arrived;
    const imported = importedModelOf(params, arrived, file);
    const warnings = file.issues.filter(({ severity }) => severity === 'WARNING').map(({ message }) => message);
    const prepared = await models.prepare(viewer.workspaceId, file.modelBytes);
    let isSaved = false;
    try {
      const stored = await database.transaction(viewer, async (tx) => {
        // Of concurrent requests with the same key, the first one has stored the model by now.
        const made = await findImportOfKey(tx, viewer.workspaceId, key, fingerprint);
        if (made !== null) return { run: made, isNew: false };
        const request: NewImport = { viewer, params, features: file.features, imported, warnings, ...arrived };
        const run = await recordImport(tx, { jobs, settings }, request);
        await prepared.save(tx, run);
        const details = { format: imported.format, sha256: imported.sha256 };
        await recordAudit(tx, 'model.imported', { subject: run.id, details });
        // The last point at which the import can be undone.
        signal.throwIfAborted();
        return { run, isNew: true };
      });
      isSaved = stored.isNew;
      return { artifact: await this.#artifactOf(viewer, stored.run), report: file.issues };
    } finally {
      await prepared.finish(isSaved);
    }
  }

  async #findEarlier(viewer: Viewer, key: string | null, fingerprint: string | null): Promise<ImportOutcome | null> {
    const { database } = this.#dependencies;
    const run =
      key && (await database.transaction(viewer, (tx) => findImportOfKey(tx, viewer.workspaceId, key, fingerprint)));
    return run ? { artifact: await this.#artifactOf(viewer, run), report: [] } : null;
  }

  async #artifactOf(viewer: Viewer, run: TrainingRunRow): Promise<ArtifactRow | null> {
    const [artifact = null] = await this.#dependencies.artifacts.findOfRuns(viewer, [run.id]);
    return artifact;
  }
}

function importedModelOf({ format }: ImportParams, { received, filename }: Arrived, file: ImportedFile): ImportedModel {
  const { maker, objective } = file;
  return { format, maker, objective, filename, ...received };
}

/** A hash that is equal for equal requests. */
function fingerprintOf({ idempotencyKey: _key, ...params }: ImportParams, sha256: string): string {
  const sorted = Object.entries(params).sort(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(['importModel', sha256, sorted]))
    .digest('hex');
}

function modelTooLarge(maxBytes: number): TrainyardError {
  return new TrainyardError('PAYLOAD_TOO_LARGE', `The file is larger than ${maxBytes} bytes, the limit for models.`, {
    argument: 'file',
    hint: 'Save the model without statistics that nobody needs, or with fewer trees, or ask the operator to raise MAX_MODEL_IMPORT_BYTES.',
  });
}
