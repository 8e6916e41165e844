import type { UserType } from '../users/user.type.ts';
import type { MembershipRecord } from './membership.store.ts';
import type { Role } from './workspace.table.ts';
import type { MembershipType, WorkspaceType } from './workspace.type.ts';

/** One of the viewer's own memberships. */
export function toOwnMembership(record: MembershipRecord): MembershipType {
  return toMembership(record, record.membership.role);
}

/** A membership in a workspace in which the viewer has a role. */
export function toMembership({ membership, user, workspace }: MembershipRecord, viewerRole: Role): MembershipType {
  const { id, role, createdAt } = membership;
  return { id, user: toUser(user), workspace: toWorkspace(workspace, viewerRole), role, createdAt };
}

export function toWorkspace({ id, name }: MembershipRecord['workspace'], viewerRole: Role): WorkspaceType {
  return { id, name, viewerRole };
}

export function toUser({ id, email, name, createdAt }: MembershipRecord['user']): UserType {
  return { id, email, name, createdAt };
}
