import { randomUUID } from 'node:crypto';
import type { Viewer } from '../../auth/viewer.ts';
import type { Config } from '../../config.ts';
import { badInput, fileTooLarge, InputErrors, notFound, TrainyardError } from '../../errors.ts';
import { isUuid } from '../../platform/ids.ts';
import type { JobSender } from '../../platform/jobs/jobs.ts';
import type { PartStore } from '../../platform/part-store/part-store.ts';
import type { Database, Transaction } from '../../platform/postgres/database.ts';
import { cleanFilename } from '../dataset-name.ts';
import { extensionIssue } from '../uploads/file-extension.ts';
import type { UploadOptions } from '../uploads/file-intake.ts';
import { idempotencyConflict } from '../uploads/idempotency-key.ts';
import { partCountOf, partSizeOf, rangesOf, sizeOfPart, type UploadPart } from './part-sizes.ts';
import { readUploadJob } from './reading/read-upload.job.ts';
import { requireStorage } from './storage-quota.ts';
import {
  changeUpload,
  countOpenUploads,
  countUnreadUploads,
  findOpenUploadByKey,
  findUpload,
  insertUpload,
  listUploads,
  lockUploadsOf,
  type UploadSessionRow,
} from './upload-session.store.ts';
import { OPEN_STATUSES } from './upload-session-status.ts';

const HOUR_MILLISECONDS = 60 * 60 * 1000;

/** Addresses of parts are valid for an hour, and no longer than the session. */
const MAX_ADDRESS_SECONDS = 60 * 60;

/** The initial state of a session. */
const RECEIVING = {
  status: 'RECEIVING',
  progress: 0,
  etaSeconds: null,
  attempt: 0,
  lostAttempts: 0,
  lastSeq: 1,
  jobId: null,
  datasetId: null,
  report: null,
  errorCode: null,
  errorMessage: null,
  errorHint: null,
  storeId: null,
  finishedAt: null,
} as const;

/** A file that is to arrive in parts, and what its owner says of it. */
export interface UploadRequest {
  readonly filename: string;
  readonly sizeBytes: number;
  readonly options: UploadOptions;
}

/** Where a part is to be sent. */
export interface PartAddress extends UploadPart {
  /** For how long an address may be valid. */
  readonly seconds: number;
  /** The address, where the store takes the part itself; null where the API takes it. */
  readonly url: string | null;
}

export type UploadSettings = Pick<
  Config,
  | 'ALLOWED_UPLOAD_EXTENSIONS'
  | 'MAX_CSV_UPLOAD_BYTES'
  | 'MAX_OPEN_UPLOADS'
  | 'MAX_OPEN_UPLOAD_BYTES'
  | 'MAX_TOTAL_DATASET_BYTES'
  | 'UPLOAD_PART_BYTES'
  | 'UPLOAD_EXPIRY_HOURS'
>;

/** Uploads of files that arrive in parts: begins, completes and aborts them. */
export class UploadSessions {
  readonly #database: Database;
  readonly #parts: PartStore;
  readonly #jobs: JobSender;
  readonly #settings: UploadSettings;

  constructor(database: Database, parts: PartStore, jobs: JobSender, settings: UploadSettings) {
    this.#database = database;
    this.#parts = parts;
    this.#jobs = jobs;
    this.#settings = settings;
  }

  /**
   * Begins an upload. With the idempotencyKey of one that is open gives that one, or throws IDEMPOTENCY_CONFLICT where the
   * request is another. Throws QUOTA_EXCEEDED.
   */
  async create(viewer: Viewer, request: UploadRequest): Promise<UploadSessionRow> {
    this.#check(request);
    const { workspaceId, userId } = viewer;
    const createdAt = new Date();
    const session: UploadSessionRow = {
      ...RECEIVING,
      id: randomUUID(),
      workspaceId,
      createdBy: userId,
      createdAt,
      filename: cleanFilename(request.filename),
      sizeBytes: request.sizeBytes,
      options: request.options,
      partSizeBytes: partSizeOf(request.sizeBytes, this.#settings.UPLOAD_PART_BYTES),
      idempotencyKey: request.options.idempotencyKey,
      expiresAt: new Date(createdAt.getTime() + this.#settings.UPLOAD_EXPIRY_HOURS * HOUR_MILLISECONDS),
    };
    const earlier = await this.#database.transaction(viewer, (tx) => findSame(tx, session));
    if (earlier !== null) return earlier;
    // Before the row, so that a session always has a store that takes its parts; the sweep removes what a crash leaves.
    const storeId = await this.#parts.begin(session);
    const begun = { ...session, storeId };
    const inserted = await this.#database
      .transaction(viewer, (tx) => this.#insert(tx, begun))
      .catch(async (error: unknown) => {
        await this.#parts.remove(begun).catch(() => undefined);
        throw error;
      });
    if (inserted.id !== begun.id) await this.#parts.remove(begun);
    return inserted;
  }

  async find({ workspaceId }: Pick<Viewer, 'workspaceId'>, id: string): Promise<UploadSessionRow | null> {
    if (!isUuid(id)) return null;
    return await this.#database.transaction({ workspaceId }, (tx) => findUpload(tx, id));
  }

  /** The sessions that have not ended, newest first. */
  list(viewer: Viewer): Promise<UploadSessionRow[]> {
    return this.#database.transaction(viewer, (tx) => listUploads(tx, this.#settings.MAX_OPEN_UPLOADS));
  }

  /** The numbers of the parts that have arrived. */
  async receivedParts(session: UploadSessionRow): Promise<readonly number[]> {
    if (session.status === 'RECEIVING') return await this.#parts.list(session);
    if (session.status === 'ABORTED') return [];
    // What was completed had all of them.
    return Array.from({ length: partCountOf(session) }, (_, index) => index + 1);
  }

  /** Where parts are to be sent, in the order of the numbers; none once the session takes no more. */
  async addresses(session: UploadSessionRow, numbers: readonly number[]): Promise<PartAddress[]> {
    const { id, workspaceId } = session;
    const requested = numbers.map((number) => {
      const sizeBytes = sizeOfPart(session, number);
      if (sizeBytes !== null) return { id, workspaceId, number, sizeBytes };
      throw badInput('numbers', `The file has the parts 1 to ${partCountOf(session)}; got ${number}.`);
    });
    const left = Math.floor((session.expiresAt.getTime() - Date.now()) / 1000);
    if (session.status !== 'RECEIVING' || left < 1) return [];
    const seconds = Math.min(MAX_ADDRESS_SECONDS, left);
    return await Promise.all(
      requested.map(async (part) => {
        const url = await this.#parts.sign(session, part.number, part.sizeBytes, seconds);
        return { ...part, seconds, url };
      }),
    );
  }

  /**
   * All parts have been sent: queues the file to be read. Of a session that was completed before gives it as it is. Throws
   * UPLOAD_INCOMPLETE, and CONFLICT for one that was aborted.
   */
  async complete(viewer: Viewer, id: string): Promise<UploadSessionRow> {
    const session = await this.#require(viewer, id);
    if (session.status === 'ABORTED') throw ended(session);
    if (session.status !== 'RECEIVING') return session;
    await this.#requireAllParts(session);
    await this.#parts.seal(session);
    const queued = await this.#database.transaction(viewer, async (tx) => {
      const { workspaceId } = session;
      const priority = -(await countUnreadUploads(tx));
      const payload = { workspaceId, sessionId: session.id };
      const { jobId } = await this.#jobs.send(tx, readUploadJob, payload, { priority, group: workspaceId });
      const changed = await changeUpload(tx, session.id, ['RECEIVING'], { status: 'QUEUED', jobId });
      // Somebody else was faster: their job is the one that the session names.
      if (changed === null) await this.#jobs.remove(tx, readUploadJob, jobId);
      return changed;
    });
    return queued ?? (await this.complete(viewer, id));
  }

  /** Ends a session, and removes its parts; of one that was aborted before gives it as it is. Throws CONFLICT. */
  async abort(viewer: Viewer, id: string): Promise<UploadSessionRow> {
    const session = await this.#require(viewer, id);
    const end = { status: 'ABORTED', etaSeconds: null, finishedAt: new Date() } as const;
    const aborted = await this.#database.transaction(viewer, async (tx) => {
      const changed = await changeUpload(tx, session.id, OPEN_STATUSES, end);
      if (changed?.jobId) await this.#jobs.remove(tx, readUploadJob, changed.jobId);
      return changed;
    });
    const now = aborted ?? (await this.#require(viewer, id));
    if (now.status !== 'ABORTED') throw ended(now);
    await this.#parts.remove(now);
    return now;
  }

  #check({ filename, sizeBytes }: UploadRequest): void {
    const { ALLOWED_UPLOAD_EXTENSIONS: allowed, MAX_CSV_UPLOAD_BYTES: maxBytes } = this.#settings;
    const errors = new InputErrors();
    errors.collect(() => {
      const wrong = extensionIssue(filename, allowed);
      if (wrong !== null) throw badInput('input.filename', wrong.message, wrong.hint ?? undefined);
    });
    errors.collect(() => {
      if (sizeBytes < 1) throw badInput('input.sizeBytes', `sizeBytes must be at least 1; got ${sizeBytes}.`);
    });
    errors.throwIfAny();
    if (sizeBytes > maxBytes) throw fileTooLarge(maxBytes, 'input.sizeBytes');
  }

  async #insert(tx: Transaction, session: UploadSessionRow): Promise<UploadSessionRow> {
    await lockUploadsOf(tx, session.workspaceId);
    // Of several requests at once with the same key, the first one has begun the session by now.
    const earlier = await findSame(tx, session);
    if (earlier !== null) return earlier;
    const { MAX_OPEN_UPLOADS: maxSessions, MAX_OPEN_UPLOAD_BYTES: maxBytes } = this.#settings;
    const { sessions, bytes } = await countOpenUploads(tx);
    if (sessions >= maxSessions) throw tooManyOpen(`The workspace already has ${sessions} open uploads, the limit.`);
    if (bytes + session.sizeBytes > maxBytes) {
      throw tooManyOpen(`The open uploads of the workspace would have more than ${maxBytes} bytes together.`);
    }
    await insertUpload(tx, session);
    await requireStorage(tx, this.#settings.MAX_TOTAL_DATASET_BYTES);
    return session;
  }

  async #require(viewer: Viewer, id: string): Promise<UploadSessionRow> {
    const session = await this.find(viewer, id);
    if (session === null) throw notFound('upload session', id);
    return session;
  }

  async #requireAllParts(session: UploadSessionRow): Promise<void> {
    const received = new Set(await this.#parts.list(session));
    const count = partCountOf(session);
    const missing = Array.from({ length: count }, (_, index) => index + 1).filter((number) => !received.has(number));
    if (missing.length === 0) return;
    const what = missing.length === 1 ? `Part ${rangesOf(missing)}` : `${missing.length} parts (${rangesOf(missing)})`;
    throw new TrainyardError(
      'UPLOAD_INCOMPLETE',
      `${what} of ${count} ${missing.length === 1 ? 'has' : 'have'} not arrived.`,
      {
        argument: 'id',
        hint: 'Send them to the addresses of UploadSession.parts, then complete the upload again.',
      },
    );
  }
}

/** The open session with the key of this one; null for none. Throws IDEMPOTENCY_CONFLICT where it is for something else. */
async function findSame(tx: Transaction, session: UploadSessionRow): Promise<UploadSessionRow | null> {
  if (session.idempotencyKey === null) return null;
  const earlier = await findOpenUploadByKey(tx, session.idempotencyKey);
  if (earlier !== null && requestOf(earlier) !== requestOf(session)) throw idempotencyConflict('input.dataset');
  return earlier;
}

/** What two requests have in common if they ask for the same. */
function requestOf({ filename, sizeBytes, options }: UploadSessionRow): string {
  const csv = Object.entries(options.csv).sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([filename, sizeBytes, options.name, options.pinned, csv]);
}

function ended({ status }: UploadSessionRow): TrainyardError {
  return new TrainyardError('CONFLICT', `The upload has ended: its status is ${status}.`, {
    argument: 'id',
    hint: 'Begin a new upload with createUpload.',
  });
}

function tooManyOpen(message: string): TrainyardError {
  return new TrainyardError('QUOTA_EXCEEDED', message, { hint: 'Complete or abort one of them first.' });
}
