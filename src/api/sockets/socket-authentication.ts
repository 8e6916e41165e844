import type { IncomingMessage } from 'node:http';
import type { Context as Connection } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import type { WebSocket } from 'ws';
import type { AccessClaims, VerifiedAccess } from '../../auth/sessions/access-tokens.ts';
import type { Credentials } from '../../auth/sessions/session.service.ts';
import { nobody } from '../../auth/viewer.ts';
import { isUnavailable, TrainyardError } from '../../errors.ts';
import { bearerToken, type CallerCredentials, type ContextServices } from '../graphql/context.ts';
import { SessionCookies } from '../http/session-cookies.ts';
import { closeSocket } from './close-codes.ts';
import type { OpenSockets } from './open-sockets.ts';
import type { SessionMonitor } from './session-monitor.ts';

/** Whose socket it is; without claims nobody's. */
export type Introduction = {
  claims?: AccessClaims;
};

/** What graphql-ws knows of a socket. */
export type SocketConnection = Connection<Record<string, unknown>, Extra & Introduction>;

/** What a socket is authenticated with. */
interface Authentication {
  readonly contextServices: ContextServices;
  readonly open: OpenSockets;
  readonly sessions: Pick<SessionMonitor, 'monitor'>;
}

/**
 * Lets a socket in that carries no token, or one that is good; every other is closed. From then on it lives as long as its
 * session, or, of an outside issuer, its token. 4403: the client comes back, with a fresh token if it has one; 4401 and 4429 it takes as final; 1013: it tries
 * again later.
 */
export async function authenticateSocket(connection: SocketConnection, parts: Authentication): Promise<boolean> {
  const { contextServices, open, sessions } = parts;
  const { connectionParams, extra } = connection;
  const { socket, request } = extra;
  const shown = shownBy(connectionParams, request, contextServices);
  // Other parameters would be kept in memory as long as the socket is open.
  Object.assign(connection, { connectionParams: undefined });
  if (socket.readyState !== socket.OPEN) return false;
  if (shown.bearer === null && shown.cookie === null) return true;
  const verified = await verifiedOrClosed(socket, shown, contextServices);
  // False is 4403; where the socket is closing already, nothing.
  if (verified === null || socket.readyState !== socket.OPEN) return false;
  const { claims, isExpired } = verified;
  // If the session has ended too, the client must not reconnect.
  if (isExpired) {
    await isActiveOrClose(socket, claims, contextServices);
    return false;
  }
  if (!open.assign(socket, claims.userId)) return closeWith(socket, 4429, 'Too many sockets of this user');
  extra.claims = claims;
  // Watched before the look: a session that ends in between is not missed.
  const stopMonitoring = sessions.monitor(claims, (end) => {
    if (end === 'SESSION_MOVED') closeSocket(socket, 4403, 'Workspace changed');
    else if (end === 'TOKEN_EXPIRED') closeSocket(socket, 4403, 'Token expired');
    else closeSocket(socket, 4401, 'Session ended');
  });
  socket.once('close', stopMonitoring);
  return await isActiveOrClose(socket, claims, contextServices);
}

/** What the operations of a socket are identified by: its session, whether or not the token that opened it has expired since. */
export function credentialsOf(claims: AccessClaims | null, { auth }: ContextServices): CallerCredentials {
  const identify = async () => (claims === null ? nobody('NO_TOKEN') : await auth.identifyClaims(claims));
  return {
    identify,
    identifyRecently: identify,
    verify: async () => claims && { claims, isExpired: false },
  };
}

/** False, and the socket is closed, if its session is not active in its workspace, or cannot be checked. */
async function isActiveOrClose(socket: WebSocket, claims: AccessClaims, { auth }: ContextServices): Promise<boolean> {
  try {
    // Of a token of old it is checked, too, that its session is as old.
    const { viewer, reason } = await auth.identifyClaims(claims);
    if (reason === 'TOKEN_EXPIRED') return closeWith(socket, 4403, 'Token expired');
    if (viewer === null) return closeWith(socket, 4401, 'Session ended');
    const [state] = await auth.states(claims.userId, [claims]);
    return state !== 'MOVED' || closeWith(socket, 4403, 'Workspace changed');
  } catch (error) {
    return closeBecauseOf(socket, error);
  }
}

/** Null for a forged token, and where its issuer refuses it or cannot be asked: then the socket is closed. */
async function verifiedOrClosed(
  socket: WebSocket,
  shown: Credentials,
  { auth }: ContextServices,
): Promise<VerifiedAccess | null> {
  try {
    return await auth.verify(shown);
  } catch (error) {
    closeBecauseOf(socket, error);
    return null;
  }
}

/** A client comes back for what may be there again in a moment, and not for what it may not do. */
function closeBecauseOf(socket: WebSocket, error: unknown): false {
  if (isUnavailable(error)) return closeWith(socket, 1013, 'Try again later');
  if (error instanceof TrainyardError) return closeWith(socket, 4401, 'Not admitted');
  throw error;
}

function closeWith(socket: WebSocket, code: Parameters<typeof closeSocket>[1], reason: string): false {
  closeSocket(socket, code, reason);
  return false;
}

/**
 * The token of the connection's parameters, or of the header of a client that is no browser; else the cookie, if the browser
 * has named the page's origin, which the upgrade has checked.
 */
function shownBy(
  connectionParams: Record<string, unknown> | undefined,
  request: IncomingMessage,
  services: ContextServices,
): Credentials {
  const parameter = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
  const bearer = bearerToken(parameter ?? request.headers.authorization);
  if (bearer !== null || request.headers.origin === undefined) return { bearer, cookie: null };
  const { accessToken } = SessionCookies.of(request, services.addresses.forwarded(request), services);
  return { bearer: null, cookie: accessToken };
}
