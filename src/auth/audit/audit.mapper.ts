import type { AuditEntryRecord } from './audit.store.ts';
import type { AuditEntryType } from './audit.type.ts';

export function toAuditEntry({ id, createdAt, action, actor, subject, details }: AuditEntryRecord): AuditEntryType {
  return { id, at: createdAt, action, actor, subject, details };
}
