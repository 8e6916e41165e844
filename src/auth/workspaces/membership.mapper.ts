import type { UserType } from '../users/user.type.ts';
import type { MembershipRecord } from './membership.store.ts';
import type { MembershipType } from './workspace.type.ts';

export function toMembership({ membership, user, workspace }: MembershipRecord): MembershipType {
  return { id: membership.id, user: toUser(user), workspace, role: membership.role, createdAt: membership.createdAt };
}

function toUser({ id, email, name, createdAt }: MembershipRecord['user']): UserType {
  return { id, email, name, createdAt };
}
