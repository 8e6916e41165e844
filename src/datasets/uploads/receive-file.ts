import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileTooLarge, TrainyardError } from '../../errors.ts';
import { isDiskFull, storageFull } from './storage-full.ts';

/**
 * Pieces of a body, which are of 64 KiB, go to the disk up to so many bytes at a time: a quarter less work than one by
 * one, and with more at a time the pauses between answers to others grow.
 */
const WRITE_BUFFER_BYTES = 1 << 20;

/**
 * After so many bytes it is the turn of other requests. Without it a client on a fast line has 2 MB read, parsed and
 * hashed at once, and an answer that needs several turns of the event loop waits for that in each.
 */
const YIELD_BYTES = 1 << 18;

/** After so many bytes it is looked whether there is still the room that is kept free. */
const CHECK_BYTES = 1 << 24;

/** What is known of a file that arrived whole. */
export interface ReceivedFile {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/**
 * Streams an upload once to `path`, hashing and counting; null where the bytes need not be kept. Throws
 * PAYLOAD_TOO_LARGE at the byte where the limit is passed, BAD_REQUEST where the connection breaks off, STORAGE_FULL
 * where the disk is full, or `hasFreeSpace` says so; what has been written then is the caller's to remove.
 */
export async function receiveFile(
  stream: Readable,
  path: string | null,
  maxBytes: number,
  hasFreeSpace: () => Promise<boolean>,
): Promise<ReceivedFile> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let nextYield = YIELD_BYTES;
  let nextCheck = CHECK_BYTES;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) return done(fileTooLarge(maxBytes));
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

/** Null where there is room. */
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
  const code = 'code' in error ? error.code : null;
  // Those of the multipart parser have no code.
  const brokenOff = code === null || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET';
  if (brokenOff)
    return new TrainyardError('BAD_REQUEST', 'The upload was interrupted.', {
      argument: 'file',
    });
  return error;
}
