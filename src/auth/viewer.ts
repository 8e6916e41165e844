import { TrainyardError } from '../errors.ts';
import type { Role } from './user.table.ts';

/** The signed-in caller of a request, in the workspace that the token names. */
export interface Viewer {
  readonly userId: string;
  readonly workspaceId: string;
  readonly membershipId: string;
  readonly role: Role;
  /** The sign-in that the token came of. */
  readonly sessionId: string;
}

/** The viewer, or the error UNAUTHENTICATED. */
export function requireViewer(viewer: Viewer | null): Viewer {
  if (viewer !== null) return viewer;
  throw new TrainyardError('UNAUTHENTICATED', 'Sign in first.', {
    hint: 'Send the header "authorization: Bearer <accessToken>"; signIn and signUp give the token. It may have expired.',
  });
}
