import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { drain } from './request-body.ts';

/** Responses are written in chunks of this size, so that progress is visible and other requests get their turn. */
const PIECE_BYTES = 65_536;

/** Sends a response. If the request body was not read completely, the connection is closed afterwards. */
export async function sendResponse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  text: string,
): Promise<void> {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const unread = !request.complete;
  const bytes = Buffer.from(text);
  response.writeHead(status, {
    ...headers,
    'content-length': bytes.length,
    'cache-control': 'no-store',
    ...(unread ? { connection: 'close' } : {}),
  });
  if (!unread && bytes.length <= PIECE_BYTES) {
    // Most responses: together with the head in one write. Writing to a client that has gone would be an error.
    if (!response.destroyed) response.end(bytes);
    return;
  }
  try {
    await pipeline(piecesOf(bytes), response, { end: false });
  } catch {
    // The client disconnected, which the log shows by the status.
    return;
  }
  // The response is sent before the rest is drained; closing the connection at once would reset it under the client.
  if (unread) await drain(request);
  response.end();
}

/** The bytes of a response, piece by piece. */
export function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) yield bytes.subarray(start, start + PIECE_BYTES);
}
