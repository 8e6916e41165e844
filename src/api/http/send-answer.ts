import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { drain } from './request-body.ts';

/** An answer goes out in pieces of so many bytes: what has been taken of it can be seen, and others get their turn. */
const PIECE_BYTES = 65_536;

/** Sends an answer. Where the request's body was not read to its end, the connection ends with the answer. */
export async function sendAnswer(
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
  try {
    await pipeline(piecesOf(bytes), response, { end: false });
  } catch {
    // The client went away before it had all of it, which the log tells by the status.
    return;
  }
  // The answer is out before the rest is drained; ending the connection at once would reset it under the client.
  if (unread) await drain(request);
  response.end();
}

function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) yield bytes.subarray(start, start + PIECE_BYTES);
}
