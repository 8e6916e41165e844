import { TrainyardError } from '../../errors.ts';
import { type Transaction, workspaceOf } from '../../platform/postgres/database.ts';
import { sumDatasetBytes } from '../dataset.store.ts';
import { countOpenUploads, lockUploadsOf } from './upload-session.store.ts';

/**
 * Throws QUOTA_EXCEEDED if the files of the workspace, with those of open uploads, are larger than the limit together. To be
 * called at the end of a transaction that has added to them: from here until it commits, others that add wait.
 */
export async function requireStorage(tx: Transaction, maxBytes: number): Promise<void> {
  await lockUploadsOf(tx, workspaceOf(tx));
  const stored = await sumDatasetBytes(tx);
  const { bytes: open } = await countOpenUploads(tx);
  if (stored + open <= maxBytes) return;
  throw new TrainyardError(
    'QUOTA_EXCEEDED',
    `The files of the workspace would have ${stored + open} bytes together; it may have ${maxBytes}.`,
    { hint: 'Delete datasets that are no longer needed, or abort open uploads.' },
  );
}
