import type { Readable } from 'node:stream';
import type { FileUpload } from 'graphql-upload-minimal';
import { TrainyardError } from '../errors.ts';

/** The first file that the operation names. Throws BAD_REQUEST where the rest of the request does not bring it. */
export async function openUpload(file: Promise<FileUpload>): Promise<{ filename: string; stream: Readable }> {
  try {
    const upload = await file;
    return { filename: upload.filename, stream: upload.createReadStream() };
  } catch (error) {
    throw unreadableUpload(error);
  }
}

/** What to tell the client: the multipart reader's own errors, but for the one that speaks of middleware (500). */
export function unreadableUpload(error: unknown): unknown {
  if (error instanceof Error && 'expose' in error && !('status' in error && error.status === 500)) return error;
  return new TrainyardError('BAD_REQUEST', 'The multipart request cannot be read.', {
    hint: 'It needs the parts operations, map and one file, in this order, and the operation may use the file once.',
  });
}
