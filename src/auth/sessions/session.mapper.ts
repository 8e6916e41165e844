import { holderOf, type Viewer } from '../viewer.ts';
import { toOwnMembership, toWorkspace } from '../workspaces/membership.mapper.ts';
import type { MembershipRecord, WorkspaceRow } from '../workspaces/membership.store.ts';
import { DEVICE_SECONDS, type KnownDevices } from './known-devices.ts';
import type { TokenTransport } from './session.input.ts';
import type { SessionService } from './session.service.ts';
import type { SessionType, ViewerType } from './session.type.ts';
import type { OpenedSession } from './session-tokens.service.ts';

/** The cookies of a response. */
interface TokenCookies {
  /** False where the client may have no cookies. */
  set(tokens: { accessToken: string; refreshToken: string | null; maxAgeSeconds: number }): boolean;
}

/** The cookie by which a device is known. */
interface DeviceCookie {
  readonly deviceToken: string | null;
  setDevice(token: string, maxAgeSeconds: number): void;
}

/** Makes the device known that has just signed in to an account, if it takes cookies. */
export async function rememberDevice(
  email: string,
  transport: TokenTransport,
  cookies: DeviceCookie,
  devices: KnownDevices,
): Promise<void> {
  if (transport === 'BODY') return;
  cookies.setDevice(await devices.remember(email, cookies.deviceToken), DEVICE_SECONDS);
}

/** Keeps the device known that changes the password of an account, if it is known for that. */
export async function keepDevice(email: string, cookies: DeviceCookie, devices: KnownDevices): Promise<void> {
  if ((await devices.read(cookies.deviceToken, email)) !== null) {
    cookies.setDevice(await devices.remember(email, cookies.deviceToken), DEVICE_SECONDS);
  }
}

/** Gives a client the tokens of a session: as cookies, if it is to have them so, and in the response. */
export async function deliverSession(
  { accessToken, refreshToken, refreshSeconds, viewer }: OpenedSession,
  transport: TokenTransport,
  cookies: TokenCookies,
  auth: Pick<SessionService, 'memberships'>,
): Promise<SessionType> {
  const { token, expiresAt } = accessToken;
  if (transport === 'COOKIE') cookies.set({ accessToken: token, refreshToken, maxAgeSeconds: refreshSeconds });
  return {
    accessToken: token,
    accessTokenExpiresAt: expiresAt,
    // A client that asked for a cookie is not given what its scripts should not see, even where it may have none.
    refreshToken: transport === 'BODY' ? refreshToken : null,
    viewer: toViewerType(viewer, await auth.memberships(viewer.userId)),
  };
}

/** A viewer with all of their memberships. */
export function toViewerType(viewer: Viewer, records: readonly MembershipRecord[]): ViewerType {
  const memberships = records.map(toOwnMembership);
  const own = memberships.find(({ id }) => id === viewer.membershipId);
  if (own === undefined) throw new Error('The membership went away while it was being read.');
  return { id: own.id, user: own.user, workspace: own.workspace, role: own.role, memberships };
}

/** A person whom an outside issuer has admitted, in the one workspace that the token is for, with the role that it gives. */
export function toOutsideViewerType(viewer: Viewer, records: readonly MembershipRecord[]): ViewerType {
  const own = records.filter(({ membership }) => membership.id === viewer.membershipId);
  return toViewerType(
    viewer,
    own.map((record) => ({ ...record, membership: { ...record.membership, role: viewer.role } })),
  );
}

/** An API key, or a program that an outside issuer has admitted, in its workspace. */
export function toMachineViewerType(viewer: Viewer, workspace: WorkspaceRow): ViewerType {
  const { role } = viewer;
  return { id: holderOf(viewer), user: null, workspace: toWorkspace(workspace, role), role, memberships: [] };
}
