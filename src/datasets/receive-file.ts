import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TrainyardError } from '../errors.ts';

/** A file that arrived whole. */
export interface ReceivedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/**
 * Streams an upload once to `path`, hashing and counting. Throws PAYLOAD_TOO_LARGE at the byte where the limit is
 * passed, BAD_REQUEST where the connection breaks off, STORAGE_FULL where the disk does; then nothing is left of the
 * file.
 */
export async function receiveFile(stream: Readable, path: string, maxBytes: number): Promise<ReceivedFile> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) return done(tooLarge(maxBytes));
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    await pipeline(stream, meter, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    await rm(path, { force: true });
    throw toReceiveError(error);
  }
  return { path, sizeBytes, sha256: hash.digest('hex') };
}

/** The error for a file beyond the limit of MAX_CSV_UPLOAD_BYTES. */
export function tooLarge(maxBytes: number): TrainyardError {
  return new TrainyardError(
    'PAYLOAD_TOO_LARGE',
    `The file is larger than ${maxBytes} bytes, the limit of this server.`,
    {
      argument: 'file',
      hint: 'Upload fewer rows or columns, or ask the operator to raise MAX_CSV_UPLOAD_BYTES.',
    },
  );
}

function toReceiveError(error: unknown): unknown {
  if (error instanceof TrainyardError || !(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : null;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new TrainyardError('STORAGE_FULL', 'The server has no room left for the file.', {
      hint: 'Tell the operator.',
    });
  }
  // Those of the multipart parser have no code.
  const brokenOff = code === null || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET';
  if (brokenOff)
    return new TrainyardError('BAD_REQUEST', 'The upload broke off before the file was complete.', {
      argument: 'file',
    });
  return error;
}
