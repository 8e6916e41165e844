import type { BlobStore } from './blob-store.ts';
import { openLocalBlobStore } from './local-blob-store.ts';
import type { StoreObserver } from './store-observer.ts';

/** The settings of a store, under their names. */
export interface StoreSettings {
  readonly STORAGE_BACKEND: 'local' | 's3' | 'minio';
  readonly DATA_DIRECTORY: string;
  readonly MIN_FREE_DISK_BYTES: number;
  readonly FILE_CACHE_BYTES: number;
  readonly MINIO_ENDPOINT: string | null;
  readonly MINIO_PUBLIC_ENDPOINT: string | null;
  readonly MINIO_ACCESS_KEY: string | null;
  readonly MINIO_SECRET_KEY: string | null;
  readonly MINIO_BUCKET: string | null;
  readonly S3_REGION: string;
  readonly S3_CA_FILE: string | null;
  /** The files that secrets were read from, by the name of their setting. */
  readonly secretFiles: Readonly<Record<string, string>>;
}

/** How the settings reach their bucket, whichever store is in use; null where they name none. */
export function s3AccessOf(settings: StoreSettings, observer: StoreObserver | null = null) {
  const { MINIO_BUCKET: bucket, MINIO_ACCESS_KEY: accessKeyId, MINIO_SECRET_KEY: secretAccessKey } = settings;
  if (bucket === null) return null;
  const { MINIO_ACCESS_KEY: accessKeyFile = null, MINIO_SECRET_KEY: secretKeyFile = null } = settings.secretFiles;
  const files = { accessKeyFile, secretKeyFile };
  return {
    bucket,
    endpoint: settings.MINIO_ENDPOINT,
    publicEndpoint: settings.MINIO_PUBLIC_ENDPOINT,
    region: settings.S3_REGION,
    caFile: settings.S3_CA_FILE,
    observer,
    credentials: accessKeyId === null || secretAccessKey === null ? null : { accessKeyId, secretAccessKey, ...files },
  };
}

/** Opens the store of the settings. Throws a FaultError where a bucket cannot be used. `observer`: of the requests to a bucket. */
export async function openBlobStore(
  settings: StoreSettings,
  observer: StoreObserver | null = null,
): Promise<BlobStore> {
  const { STORAGE_BACKEND, DATA_DIRECTORY: directory, MIN_FREE_DISK_BYTES: minFreeBytes } = settings;
  if (STORAGE_BACKEND === 'local') return await openLocalBlobStore(directory, minFreeBytes);
  const access = s3AccessOf(settings, observer);
  if (access === null) throw new Error('STORAGE_BACKEND is s3 and MINIO_BUCKET unset, which the settings refuse.');
  // The SDK takes its time to load, which a server without a bucket need not wait for.
  const { openS3BlobStore } = await import('./s3/s3-blob-store.ts');
  return await openS3BlobStore(access, { directory, minFreeBytes, maxCopiesBytes: settings.FILE_CACHE_BYTES });
}
