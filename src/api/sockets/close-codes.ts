import type { WebSocket } from 'ws';

/** A peer that does not answer its being closed is cut off after this time. */
export const MAX_CLOSE_MILLISECONDS = 3_000;

/** Every code that the server closes a socket with. docs/errors.md lists the same, and a test compares the two. */
export const CLOSE_CODES = {
  1001: 'The server, or this process of it, ends.',
  1002: 'Something that is no WebSocket message.',
  1007: 'A message that is no text in UTF-8.',
  1008: 'A message in more than 16,384 pieces.',
  1009: 'A message of more than a megabyte; of more than 20 kB from who has not signed in.',
  1013: 'The database does not answer, or too many sockets are open of which nobody has said who they are.',
  4400: 'A message that the protocol does not know.',
  4401: 'The session has ended, by signOut or with the membership, also where its token has expired since. Also an operation before the introduction.',
  4403: 'The access token has expired, and its session has not ended; or it is none that this server has made.',
  4406: 'The client does not speak the subprotocol graphql-transport-ws.',
  4408: 'The client has not introduced itself in time (3 s).',
  4409: 'An operation under an id that is in use.',
  4429: 'The user has as many sockets open as one may have. Also a second introduction.',
  4500: 'Something went wrong on the server.',
} as const;

/** Closes a socket with a code of the table; cuts it off where its peer does not answer that. */
export function closeSocket(socket: WebSocket, code: keyof typeof CLOSE_CODES, reason: string): void {
  socket.close(code, reason);
  const cutOff = setTimeout(() => socket.terminate(), MAX_CLOSE_MILLISECONDS).unref();
  socket.once('close', () => clearTimeout(cutOff));
}
