import type { IncomingMessage } from 'node:http';
import { TrainyardError } from '../../errors.ts';
import { nestsTooDeeply } from '../limits/nesting.ts';

/** Larger than any sensible GraphQL document with its variables; files come as multipart requests. */
export const MAX_JSON_BYTES = 2_000_000;

/** Timeout for a JSON body, of at most two megabytes. */
const MAX_JSON_MILLISECONDS = 60_000;

/** Reads and parses a JSON body, and counts its bytes. Throws PAYLOAD_TOO_LARGE and BAD_REQUEST. */
export async function readJson(request: IncomingMessage): Promise<{ value: unknown; bytes: number }> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_JSON_BYTES) throw tooLargeJson();
  const body = await readBytes(request);
  if (nestsTooDeeply(body)) throw new TrainyardError('BAD_REQUEST', 'The request nests values too deeply.');
  try {
    return { value: JSON.parse(body.toString('utf8')), bytes: body.length };
  } catch {
    throw new TrainyardError('BAD_REQUEST', 'The request body is not valid JSON.');
  }
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => request.destroy(), MAX_JSON_MILLISECONDS);
  try {
    // Leaving the loop must not close the connection: the response is still to be sent.
    const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
    for await (const chunk of body) {
      size += chunk.length;
      if (size > MAX_JSON_BYTES) throw tooLargeJson();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof TrainyardError) throw error;
    throw new TrainyardError('BAD_REQUEST', 'The request was interrupted.');
  } finally {
    clearTimeout(timer);
  }
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

function tooLargeJson(): TrainyardError {
  return new TrainyardError('PAYLOAD_TOO_LARGE', `The request is larger than ${MAX_JSON_BYTES} bytes.`, {
    hint: 'Upload files as multipart/form-data.',
  });
}

/** Limits of draining a body that is not needed any more. */
const DRAIN_BOUNDS = { bytes: 64_000_000, milliseconds: 5_000 };

/**
 * Reads and discards the rest of a refused request: many clients read the response only after they have sent the whole request.
 * Resolves when the body has ended, or exceeds the limits.
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
