import { type StoreSettings, s3AccessOf } from '../blob-store/open-blob-store.ts';
import type { StoreObserver } from '../blob-store/store-observer.ts';
import { openLocalPartStore } from './local-part-store.ts';
import type { PartStore } from './part-store.ts';

/** Opens the store that keeps parts where files are kept. `observer`: of the requests to a bucket. */
export async function openPartStore(
  settings: StoreSettings,
  observer: StoreObserver | null = null,
): Promise<PartStore> {
  if (settings.STORAGE_BACKEND === 'local') return await openLocalPartStore(settings.DATA_DIRECTORY);
  const access = s3AccessOf(settings, observer);
  if (access === null) throw new Error('STORAGE_BACKEND is s3 and MINIO_BUCKET unset, which the settings refuse.');
  const { openS3PartStore } = await import('./s3-part-store.ts');
  return await openS3PartStore(access);
}
