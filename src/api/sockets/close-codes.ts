import type { WebSocket } from 'ws';

/** Timeout of the closing handshake. */
export const MAX_CLOSE_MILLISECONDS = 3_000;

/** All close codes of the server. A test compares them with docs/errors.md. */
export const CLOSE_CODES = {
  1001: 'The server, or this process, is shutting down.',
  1002: 'Not a WebSocket message.',
  1007: 'A message that is not UTF-8 text.',
  1008: 'A message in more than 16,384 fragments.',
  1009: 'A message larger than 2 MB, or larger than 20 kB before sign-in.',
  1013: 'The database, or the issuer of the token, is not available, or too many unauthenticated sockets are open.',
  4400: 'An invalid message.',
  4401: 'The session has ended, by signOut, with the membership or because it was not refreshed, even if its token has expired since. Also an operation before connection_init, and a token of an outside issuer that admits nobody here.',
  4403: 'The access token had expired when the socket was opened, or was not issued by this server; or its session has moved to another workspace; or the token of an outside issuer has expired.',
  4406: 'The client does not speak the subprotocol graphql-transport-ws.',
  4408: 'No connection_init within 3 s.',
  4409: 'An operation with an id that is in use.',
  4429: 'The user has too many open sockets. Also a second connection_init.',
  4500: 'Internal server error.',
} as const;

/** Closes a socket with a code of the table; terminates it if the peer does not respond. */
export function closeSocket(socket: WebSocket, code: keyof typeof CLOSE_CODES, reason: string): void {
  socket.close(code, reason);
  const cutOff = setTimeout(() => socket.terminate(), MAX_CLOSE_MILLISECONDS).unref();
  socket.once('close', () => clearTimeout(cutOff));
}
