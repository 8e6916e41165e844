import { toApiKey } from '../api-keys/api-key.mapper.ts';
import type { AuditEntryRecord } from './audit.store.ts';
import type { AuditEntryType } from './audit.type.ts';

export function toAuditEntry({
  id,
  createdAt,
  action,
  actor,
  apiKey,
  subject,
  details,
}: AuditEntryRecord): AuditEntryType {
  return { id, at: createdAt, action, actor, apiKey: apiKey && toApiKey(apiKey), subject, details };
}
