import { Arg, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { type Connection, parsePage, toConnection } from '../../api/graphql/pagination.ts';
import { WorkspaceType } from '../workspaces/workspace.type.ts';
import { toAuditEntry } from './audit.mapper.ts';
import type { AuditLog } from './audit.service.ts';
import { AuditEntryConnection, type AuditEntryType } from './audit.type.ts';

@Resolver(() => WorkspaceType)
export class WorkspaceAuditResolver {
  readonly #log: AuditLog;

  constructor(log: AuditLog) {
    this.#log = log;
  }

  @FieldResolver(() => AuditEntryConnection, {
    nullable: true,
    description: 'What was done in the workspace, newest first. Null unless the viewer is an OWNER of it.',
  })
  async auditLog(
    @Root() { id: workspaceId, viewerRole: role }: WorkspaceType,
    @Arg('first', () => Int, { defaultValue: 50 }) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
  ): Promise<Connection<AuditEntryType> | null> {
    const page = parsePage(first, after);
    if (role !== 'OWNER') return null;
    const rows = await this.#log.list({ workspaceId, role }, page);
    return toConnection(rows, page, toAuditEntry, () => this.#log.count({ workspaceId, role }));
  }
}
