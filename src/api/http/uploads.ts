import type { IncomingMessage } from 'node:http';
import { requireViewer } from '../../auth/viewer.ts';
import { fileTooLarge, TrainyardError } from '../../errors.ts';
import type { Context } from '../graphql/context.ts';
import { readForm } from './form-reader.ts';
import { MAX_JSON_BYTES } from './request-body.ts';

/** Size of a multipart request without its file: boundaries, part headers and the operation. */
const MULTIPART_OVERHEAD_BYTES = MAX_JSON_BYTES + 100_000;

export function isMultipart(request: IncomingMessage): boolean {
  return request.headers['content-type']?.startsWith('multipart/form-data') ?? false;
}

/**
 * Reads a multipart request up to its file, which is then streamed as the resolver reads it. Session, size and the
 * header that a foreign page cannot send are checked before a byte of the body is read.
 */
export async function readMultipart(
  request: IncomingMessage,
  context: Context,
  maxFileBytes: number,
): Promise<unknown> {
  if (
    request.headers['apollo-require-preflight'] === undefined &&
    request.headers['x-apollo-operation-name'] === undefined
  ) {
    throw new TrainyardError('BAD_REQUEST', 'A multipart request needs the header "apollo-require-preflight: true".', {
      hint: 'The header protects against cross-site request forgery (CSRF).',
    });
  }
  requireViewer(await context.caller.identify());
  if (Number(request.headers['content-length'] ?? 0) > maxFileBytes + MULTIPART_OVERHEAD_BYTES) {
    throw fileTooLarge(maxFileBytes);
  }
  // The exact size of the file is checked while it is received (receive-file.ts).
  return await readForm(request, MAX_JSON_BYTES);
}
