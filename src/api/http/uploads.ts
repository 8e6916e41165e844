import type { IncomingMessage } from 'node:http';
import { requireViewer } from '../../auth/viewer.ts';
import { fileTooLarge } from '../../errors.ts';
import type { Context } from '../graphql/context.ts';
import { readForm } from './form-reader.ts';
import { MAX_JSON_BYTES } from './request-body.ts';

/** Size of a multipart request without its file: boundaries, part headers and the operation. */
const MULTIPART_OVERHEAD_BYTES = MAX_JSON_BYTES + 100_000;

export function isMultipart(request: IncomingMessage): boolean {
  return /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');
}

/**
 * Reads a multipart request up to its file, which is then streamed as the resolver reads it. Session and size are checked
 * before a byte of the body is read.
 */
export async function readMultipart(
  request: IncomingMessage,
  context: Context,
  maxFileBytes: number,
): Promise<unknown> {
  requireViewer(await context.caller.identify());
  if (Number(request.headers['content-length'] ?? 0) > maxFileBytes + MULTIPART_OVERHEAD_BYTES) {
    throw fileTooLarge(maxFileBytes);
  }
  // The exact size of the file is checked while it is received (receive-file.ts).
  return await readForm(request, MAX_JSON_BYTES);
}
