import type { DeletionRow } from './dataset-deletion.store.ts';
import type { DatasetDeletionType } from './dataset-deletion.type.ts';

/** Counts are those of the whole deletion: while it goes on there are none. */
export function toDeletion(row: DeletionRow): DatasetDeletionType {
  const { id, status, restorableUntil, filesRemoved, filesMissing, bytesReclaimed, runsDeleted } = row;
  const counts = { filesRemoved, filesMissing, bytesReclaimed, runsDeleted };
  const none = { filesRemoved: null, filesMissing: null, bytesReclaimed: null, runsDeleted: null };
  return { id, status, restorableUntil, ...(status === 'DELETED' ? counts : none) };
}
