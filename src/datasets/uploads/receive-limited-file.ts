import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileTooLarge, TrainyardError } from '../../errors.ts';
import { errorCodeOf } from '../../platform/error-code.ts';
import { isDiskFull, storageFull } from './storage-full.ts';

/**
 * Chunks of a body, of 64 KiB, are written in batches of this size: a quarter less work than one by one. Larger batches delay
 * other responses.
 */
const WRITE_BUFFER_BYTES = 1 << 20;

/**
 * Yields to other requests after this many bytes. Otherwise a client on a fast connection has 2 MB read, parsed and hashed at
 * once, and a response that needs several turns of the event loop waits for that in each of them.
 */
const YIELD_BYTES = 1 << 18;

/** Checks the free disk space after this many bytes. */
const CHECK_BYTES = 1 << 24;

/** A completely received file. */
export interface ReceivedFile {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** How large a file may be. */
export interface FileLimit {
  readonly bytes: number;
  /** What is thrown for a larger one. */
  readonly tooLarge: (bytes: number) => TrainyardError;
}

/**
 * Streams an upload to `path`, hashing and counting it; `path` null: the bytes are not kept. Throws PAYLOAD_TOO_LARGE as soon
 * as the limit is exceeded, BAD_REQUEST if the connection breaks, and STORAGE_FULL if the disk is full or `hasFreeSpace` says
 * so; the caller removes what has been written.
 */
export async function receiveLimitedFile(
  stream: Readable,
  path: string | null,
  limit: number | FileLimit,
  hasFreeSpace: () => Promise<boolean>,
): Promise<ReceivedFile> {
  const { bytes: maxBytes, tooLarge } = typeof limit === 'number' ? { bytes: limit, tooLarge: fileTooLarge } : limit;
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let nextYield = YIELD_BYTES;
  let nextCheck = CHECK_BYTES;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) return done(tooLarge(maxBytes));
      hash.update(chunk);
      if (sizeBytes < nextYield) return done(null, chunk);
      nextYield = sizeBytes + YIELD_BYTES;
      if (path === null || sizeBytes < nextCheck) return void setImmediate(done, null, chunk);
      nextCheck = sizeBytes + CHECK_BYTES;
      void checkFreeSpace(hasFreeSpace).then((error) => setImmediate(done, error, chunk));
    },
  });
  const sink =
    path === null
      ? nowhere()
      : createWriteStream(path, { flags: 'wx', mode: 0o600, highWaterMark: WRITE_BUFFER_BYTES });
  try {
    await pipeline(stream, meter, sink);
  } catch (error) {
    throw toReceiveError(error);
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** Null if there is enough space. */
async function checkFreeSpace(hasFreeSpace: () => Promise<boolean>): Promise<Error | null> {
  try {
    return (await hasFreeSpace()) ? null : storageFull();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

function toReceiveError(error: unknown): unknown {
  if (error instanceof TrainyardError || !(error instanceof Error)) return error;
  if (isDiskFull(error)) return storageFull(error);
  const code = errorCodeOf(error);
  // Errors of the multipart parser have no code.
  const brokenOff = code === undefined || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET';
  if (brokenOff) {
    return new TrainyardError('BAD_REQUEST', 'The upload was interrupted.', {
      argument: 'file',
    });
  }
  return error;
}
