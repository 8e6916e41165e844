import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import type { BlobService } from '../../blobs/blob.service.ts';
import { notFound, TrainyardError } from '../../errors.ts';
import type { FullStorageLog } from '../../platform/monitoring/full-storage-log.ts';
import type { PartStore } from '../../platform/part-store/part-store.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { receiveLimitedFile } from '../uploads/receive-limited-file.ts';
import { diskErrorOf, storageFull } from '../uploads/storage-full.ts';
import type { UploadPart } from './part-sizes.ts';
import { changeUpload, findUpload, type UploadSessionRow } from './upload-session.store.ts';

/** A part as it arrives at its address. */
export interface ArrivingPart extends UploadPart {
  /** What the request says of its length; null where it says nothing. */
  readonly declaredBytes: number | null;
  readonly stream: Readable;
}

/** Receives the parts that are sent through the API. */
export class PartReceiver {
  readonly #database: Database;
  readonly #blobs: Pick<BlobService, 'temporaryPath' | 'hasFreeSpace'>;
  readonly #parts: PartStore;
  readonly #fullStorage: FullStorageLog;

  constructor(
    database: Database,
    blobs: Pick<BlobService, 'temporaryPath' | 'hasFreeSpace'>,
    parts: PartStore,
    fullStorage: FullStorageLog,
  ) {
    this.#database = database;
    this.#blobs = blobs;
    this.#parts = parts;
    this.#fullStorage = fullStorage;
  }

  /**
   * Stores a part of exactly the size that it must have, in the place of one that was sent before. Throws NOT_FOUND and CONFLICT
   * where the session takes no more parts, BAD_REQUEST for another size and for a body that breaks off; then nothing is kept.
   */
  async receive(part: ArrivingPart): Promise<{ sha256: string }> {
    const { workspaceId, id, sizeBytes, declaredBytes } = part;
    const session = await this.#database.transaction({ workspaceId }, (tx) => findUpload(tx, id));
    requireReceiving(session, id);
    if (declaredBytes !== null && declaredBytes !== sizeBytes) throw wrongSize(part);
    const path = this.#blobs.temporaryPath();
    try {
      if (!(await this.#blobs.hasFreeSpace())) throw storageFull();
      return await this.#store(session, part, path);
    } catch (error) {
      const diskError = diskErrorOf(error);
      if (diskError === null) throw error;
      this.#fullStorage.record(dirname(path), diskError);
      throw storageFull(diskError);
    } finally {
      await rm(path, { force: true });
    }
  }

  async #store(session: UploadSessionRow, part: ArrivingPart, path: string): Promise<{ sha256: string }> {
    const hasFreeSpace = () => this.#blobs.hasFreeSpace();
    const received = await receiveLimitedFile(part.stream, path, part.sizeBytes, hasFreeSpace).catch(
      (error: unknown) => {
        throw error instanceof TrainyardError && error.code === 'PAYLOAD_TOO_LARGE' ? wrongSize(part) : error;
      },
    );
    if (received.sizeBytes !== part.sizeBytes) throw wrongSize(part);
    await this.#parts.stage(session, part.number, path);
    await this.#database.transaction(session, async (tx) => {
      // Locks the row: whoever completes the upload comes before or after this part, never in between.
      requireReceiving(await changeUpload(tx, session.id, ['RECEIVING'], {}), session.id, session);
      await this.#parts.put(session, part.number, path);
    });
    return received;
  }
}

/** Throws where a session takes no more parts; `before` is how it was seen last. */
function requireReceiving(
  session: UploadSessionRow | null,
  id: string,
  before: UploadSessionRow | null = null,
): asserts session is UploadSessionRow {
  if (session === null && before === null) throw notFound('upload session', id);
  if (session?.status === 'RECEIVING') return;
  throw new TrainyardError('CONFLICT', 'The upload takes no more parts: it was completed or aborted.');
}

function wrongSize({ number, sizeBytes }: ArrivingPart): TrainyardError {
  return new TrainyardError('BAD_REQUEST', `Part ${number} must have exactly ${sizeBytes} bytes.`, {
    hint: 'Cut the file as UploadSession.partSizeBytes says; only the last part is shorter.',
  });
}
