import { type Config, ConfigError, readConfig } from '../config.ts';
import type { BlobStore } from '../platform/blob-store/blob-store.ts';
import { type CopyReport, copyFiles } from '../platform/blob-store/copy-files.ts';
import { openBlobStore, s3AccessOf } from '../platform/blob-store/open-blob-store.ts';
import { InstallationError } from '../platform/installation-id.ts';
import type { Logger } from '../platform/monitoring/logger.ts';
import { StartError } from './start-error.ts';

const BACKENDS = ['local', 's3'] as const;

type Backend = (typeof BACKENDS)[number];

/** Files between two lines of the log. */
const FILES_PER_LINE = 1_000;

/** Makes the bucket of the settings ready: it is made, and its CORS and its lifecycle are set. */
export async function runPrepareBucket(config: Config, logger: Logger): Promise<void> {
  const access = s3AccessOf(config);
  if (access === null) throw new ConfigError(['MINIO_BUCKET must be set for this command']);
  const { prepareBucket } = await import('../platform/blob-store/s3/prepare-bucket.ts');
  const { bucket } = access;
  const { isNew, origins, corsError, lifecycleError } = await prepareBucket(access, originsOf(config));
  logger.info({ bucket, isNew, origins }, 'the bucket is ready');
  if (corsError !== null) logger.warn({ bucket, err: corsError }, 'this store does not let its CORS be set');
  if (lifecycleError !== null) {
    logger.warn({ bucket, err: lifecycleError }, 'this store does not remove unfinished uploads by a rule');
  }
}

/** Where pages come from that may use signed addresses of the bucket. */
function originsOf({ CORS_ORIGINS, PUBLIC_URL }: Config): string[] {
  return [...new Set([...CORS_ORIGINS, ...(PUBLIC_URL === null ? [] : [new URL(PUBLIC_URL).origin])])];
}

/**
 * Copies all files from one store to the other, and then makes that one the installation's, unless `--copy-only` is given: the
 * processes are to be stopped for that. Throws where a file is damaged, before anything changes hands.
 */
export async function runMigrateStorage(
  environment: Readonly<Record<string, string | undefined>>,
  options: readonly string[],
  logger: Logger,
): Promise<void> {
  const [from, to, ...flags] = options;
  const isCopyOnly = flags[0] === '--copy-only';
  if (!isBackend(from) || !isBackend(to) || from === to || flags.length > (isCopyOnly ? 1 : 0)) {
    throw new ConfigError(['migrate-storage takes "local s3" or "s3 local", and then --copy-only or nothing']);
  }
  const source = await openBackend(environment, from);
  try {
    const target = await openBackend(environment, to);
    try {
      const id = await commonId(source, target);
      await copy(source, target, logger);
      if (isCopyOnly) return;
      await target.marker.claim(id);
      await source.marker.remove();
      logger.info({ location: target.location }, `the files are there now: start with STORAGE_BACKEND=${to}`);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

function isBackend(name: string | undefined): name is Backend {
  return BACKENDS.some((backend) => backend === name);
}

async function openBackend(environment: Parameters<typeof readConfig>[0], backend: Backend): Promise<BlobStore> {
  return await openBlobStore(readConfig({ ...environment, STORAGE_BACKEND: backend }));
}

/** The id of the installation whose files the source has. Throws InstallationError where the target is another's. */
async function commonId(source: BlobStore, target: BlobStore): Promise<string> {
  const [id, inTarget] = await Promise.all([source.marker.find(), target.marker.find()]);
  if (id === null) {
    throw new InstallationError(
      `There are no files of an installation in ${source.location}: there is no ${source.marker.location}. ` +
        'Either they have been moved already, or the settings name another store.',
    );
  }
  if (inTarget !== null && inTarget !== id) {
    throw new InstallationError(`The files in ${target.location} belong to another installation: name an empty store.`);
  }
  return id;
}

async function copy(source: BlobStore, target: BlobStore, logger: Logger): Promise<void> {
  let files = 0;
  const { damagedKeys, ...report } = await copyFiles(source, target, ({ copiedFiles, copiedBytes }: CopyReport) => {
    files += 1;
    if (files % FILES_PER_LINE === 0) logger.info({ files, copiedFiles, copiedBytes }, 'copying');
  });
  if (damagedKeys.length > 0) {
    throw new StartError(
      'DAMAGED_FILES',
      `${damagedKeys.length} files in ${source.location} do not have the bytes that they are named by: restore them from a ` +
        `backup, or remove them, and begin again; what is copied stays. They are ${damagedKeys.slice(0, 10).join(', ')}.`,
    );
  }
  logger.info(report, `all files are copied from ${source.location} to ${target.location}`);
}
