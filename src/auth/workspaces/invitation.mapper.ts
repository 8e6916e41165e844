import type { InvitationRow } from './invitation.store.ts';
import type { InvitationType } from './invitation.type.ts';

/** `url` is known only when the invitation is made: its token is not stored. */
export function toInvitation(
  { id, email, role, createdAt, expiresAt }: InvitationRow,
  url: string | null = null,
): InvitationType {
  return { id, email, role, url, createdAt, expiresAt };
}
