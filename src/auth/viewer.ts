import { TrainyardError, type UnauthenticatedReason } from '../errors.ts';
import type { MembershipRow } from './workspaces/membership.store.ts';
import type { Role } from './workspaces/workspace.table.ts';

/** The signed-in caller of a request, in the workspace that the token names. */
export interface Viewer {
  readonly userId: string;
  readonly workspaceId: string;
  readonly membershipId: string;
  readonly role: Role;
  /** The session that the token belongs to. */
  readonly sessionId: string;
}

/** Why a request is unauthenticated. */
export type NobodyReason = Exclude<UnauthenticatedReason, 'WRONG_CREDENTIALS'>;

/** The caller of a request, or the reason why it is unauthenticated. */
export type Identity =
  | { readonly viewer: Viewer; readonly reason: null }
  | { readonly viewer: null; readonly reason: NobodyReason };

const MESSAGES: Readonly<Record<NobodyReason, string>> = {
  NO_TOKEN: 'Sign in first.',
  TOKEN_EXPIRED: 'The access token has expired. Refresh the session.',
  SESSION_ENDED: 'The session has ended. Sign in again.',
};

/** Returns the viewer, or throws UNAUTHENTICATED with the reason. */
export function requireViewer({ viewer, reason }: Identity): Viewer {
  if (viewer !== null) return viewer;
  throw unauthenticated(reason);
}

/** The error for a request that nobody is signed in for. */
export function unauthenticated(reason: NobodyReason): TrainyardError {
  return new TrainyardError('UNAUTHENTICATED', MESSAGES[reason], {
    reason,
    hint: 'Send the header "authorization: Bearer <accessToken>", or the cookies of signIn; refreshSession gives the next token.',
  });
}

/** The viewer of a membership, in a session. */
export function toViewer({ id, userId, workspaceId, role }: MembershipRow, sessionId: string): Viewer {
  return { userId, workspaceId, membershipId: id, role, sessionId };
}

/** An unauthenticated identity. */
export function nobody(reason: NobodyReason): Identity {
  return { viewer: null, reason };
}
