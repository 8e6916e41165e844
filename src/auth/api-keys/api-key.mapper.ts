import type { ApiKeyRow } from './api-key.store.ts';
import type { ApiKeyType } from './api-key.type.ts';

export function toApiKey({ id, name, prefix, role, createdAt, lastUsedAt, expiresAt }: ApiKeyRow): ApiKeyType {
  return { id, name, prefix, role, createdAt, lastUsedAt, expiresAt };
}
