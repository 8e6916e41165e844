import type { IncomingMessage } from 'node:http';
import { TrainyardError } from '../../errors.ts';

/** Larger than any sensible GraphQL document with its variables; files come as multipart requests. */
export const MAX_JSON_BYTES = 1_000_000;

/** A JSON body of at most a megabyte that has not come in this time does not come. */
const MAX_JSON_MILLISECONDS = 30_000;

/** Reads and parses a JSON body, and counts its bytes. Throws PAYLOAD_TOO_LARGE and BAD_REQUEST. */
export async function readJson(request: IncomingMessage): Promise<{ value: unknown; bytes: number }> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_JSON_BYTES) throw tooLargeJson();
  const body = await readBytes(request);
  try {
    return { value: JSON.parse(body.toString('utf8')), bytes: body.length };
  } catch {
    throw new TrainyardError('BAD_REQUEST', 'The body of the request is not JSON.');
  }
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const tooSlow = setTimeout(() => request.destroy(), MAX_JSON_MILLISECONDS);
  try {
    // Leaving the loop must not end the connection: the answer still goes over it.
    const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
    for await (const chunk of body) {
      size += chunk.length;
      if (size > MAX_JSON_BYTES) throw tooLargeJson();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof TrainyardError) throw error;
    throw new TrainyardError('BAD_REQUEST', 'The request broke off before it was complete.');
  } finally {
    clearTimeout(tooSlow);
  }
  return Buffer.concat(chunks);
}

function tooLargeJson(): TrainyardError {
  return new TrainyardError('PAYLOAD_TOO_LARGE', `The request is larger than ${MAX_JSON_BYTES} bytes.`, {
    hint: 'Upload files as multipart/form-data.',
  });
}

/** The most that is read, and for how long, of a body that nobody wants any more. */
const DRAIN_BOUNDS = { bytes: 64_000_000, milliseconds: 5_000 };

/**
 * Reads and forgets the rest of a refused request: many clients look at the answer only after they have sent all of
 * it. Whoever sends too much or too slowly for that is cut off. Resolves when it is over.
 */
export async function drain(request: IncomingMessage, { bytes, milliseconds } = DRAIN_BOUNDS): Promise<void> {
  if (request.complete || request.destroyed) return;
  request.unpipe();
  let left = bytes;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    request.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) resolve();
    });
    request.once('end', resolve).once('close', resolve).once('error', resolve);
    request.resume();
    request.once('close', () => clearTimeout(timer));
  });
}
