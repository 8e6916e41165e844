import { TrainyardError, type UnauthenticatedReason } from '../errors.ts';
import type { MembershipRow } from './workspaces/membership.store.ts';
import type { Role } from './workspaces/workspace.table.ts';

/** Whom an outside issuer has given a token to. */
export interface OutsideHolder {
  readonly issuer: string;
  readonly subject: string;
}

/** The caller of a request, in the workspace that the token names: a user with a session, an API key, or an outside issuer's. */
export interface Viewer {
  /** Null for an API key, and for a program of an outside issuer. */
  readonly userId: string | null;
  readonly workspaceId: string;
  /** Null for an API key. */
  readonly membershipId: string | null;
  readonly role: Role;
  /** The session that the token belongs to; null without one. */
  readonly sessionId: string | null;
  /** Null for anybody else than an API key. */
  readonly apiKeyId: string | null;
  /** Null for this server's own users and keys. */
  readonly outside: OutsideHolder | null;
}

/** A viewer who is a person with a session. */
export interface UserViewer extends Viewer {
  readonly userId: string;
  readonly membershipId: string;
  readonly sessionId: string;
  readonly apiKeyId: null;
  readonly outside: null;
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
export function toViewer({ id, userId, workspaceId, role }: MembershipRow, sessionId: string): UserViewer {
  return { userId, workspaceId, membershipId: id, role, sessionId, apiKeyId: null, outside: null };
}

/** An unauthenticated identity. */
export function nobody(reason: NobodyReason): Identity {
  return { viewer: null, reason };
}

/** The viewer as a user of this server. Throws FORBIDDEN for all others, whom PERMISSIONS keeps from what is for these alone. */
export function userOf(viewer: Viewer): UserViewer {
  const { userId, membershipId, sessionId } = viewer;
  if (userId !== null && membershipId !== null && sessionId !== null) {
    return { ...viewer, userId, membershipId, sessionId, apiKeyId: null, outside: null };
  }
  throw new TrainyardError('FORBIDDEN', 'Only a user of this server may do this.');
}

/** The id of the membership or of the API key. */
export function holderOf({ membershipId, apiKeyId }: Viewer): string {
  const holder = membershipId ?? apiKeyId;
  if (holder === null) throw new Error('A viewer is a member or has an API key.');
  return holder;
}
