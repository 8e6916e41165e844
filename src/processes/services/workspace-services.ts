import { AuditLog } from '../../auth/audit/audit.service.ts';
import type { SharedServices } from './shared-services.ts';

/** The services of an API process about workspaces themselves. */
export interface WorkspaceServices {
  readonly auditLog: AuditLog;
}

export function workspaceServices({ database }: SharedServices): WorkspaceServices {
  return { auditLog: new AuditLog(database) };
}
