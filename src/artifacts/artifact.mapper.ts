import type { ArtifactRow } from './artifact.store.ts';
import type { ArtifactType } from './artifact.type.ts';

/** The row as the API shows it. */
export function toArtifact({ id, runId, format, sizeBytes, sha256, pinned, createdAt }: ArtifactRow): ArtifactType {
  return { id, runId, format, sizeBytes, sha256, pinned, createdAt };
}
