import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  type ListPartsCommandOutput,
  type Part,
  paginateListObjectsV2,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { S3Bucket } from '../blob-store/s3/s3-bucket.ts';
import { createS3Client, type S3Access } from '../blob-store/s3/s3-client.ts';
import { isNotFound, toFault } from '../blob-store/s3/s3-errors.ts';
import { FaultError } from '../fault.ts';
import { isUuid } from '../ids.ts';
import type { AssembledFile, AssemblyWork, PartedUpload, PartStore } from './part-store.ts';

/** Beside the objects of the workspaces, under the prefix of the program's own. */
const UPLOADS_PREFIX = '.trainyard/uploads/';

/** How often the download of a file goes on where it was cut off. */
const MAX_DOWNLOADS = 4;

/** Keeps parts in a bucket: an upload is a multipart upload of S3, which is one object once it is sealed. */
export async function openS3PartStore(access: S3Access): Promise<PartStore> {
  const client = await createS3Client(access);
  const { publicEndpoint } = access;
  // It sends nothing: it only signs.
  const publicAccess = { ...access, endpoint: publicEndpoint, observer: null };
  const publicClient = publicEndpoint === null ? null : await createS3Client(publicAccess);
  return new S3PartStore(client, publicClient, new S3Bucket(client, access.bucket, access.observer));
}

class S3PartStore implements PartStore {
  readonly #client: S3Client;
  readonly #publicClient: S3Client | null;
  readonly #bucket: S3Bucket;

  constructor(client: S3Client, publicClient: S3Client | null, bucket: S3Bucket) {
    this.#client = client;
    this.#publicClient = publicClient;
    this.#bucket = bucket;
  }

  async begin(upload: Omit<PartedUpload, 'storeId'>): Promise<string | null> {
    const command = new CreateMultipartUploadCommand({ Bucket: this.#bucket.name, Key: keyOf(upload) });
    const { UploadId } = await this.#client.send(command).catch(rethrowFault);
    return UploadId ?? null;
  }

  async sign(upload: PartedUpload, number: number, sizeBytes: number, seconds: number): Promise<string | null> {
    if (this.#publicClient === null) return null;
    const command = new UploadPartCommand({ ...this.#partOf(upload, number), ContentLength: sizeBytes });
    // With its length signed, the store takes a part of exactly that size.
    const signableHeaders = new Set(['host', 'content-length']);
    const options = { expiresIn: seconds, signableHeaders };
    return await getSignedUrl(this.#publicClient, command, options).catch(rethrowFault);
  }

  async stage(upload: PartedUpload, number: number, temporaryPath: string): Promise<void> {
    const { size } = await stat(temporaryPath);
    const body = createReadStream(temporaryPath);
    const part = { ...this.#partOf(upload, number), Body: body, ContentLength: size };
    try {
      await this.#client.send(new UploadPartCommand(part)).catch(rethrowFault);
    } finally {
      body.destroy();
    }
  }

  async put(): Promise<void> {
    // The store has it since it was staged.
  }

  async list(upload: PartedUpload): Promise<readonly number[]> {
    const parts = await this.#parts(upload);
    return (parts ?? []).map(({ PartNumber = 0 }) => PartNumber);
  }

  async seal(upload: PartedUpload): Promise<void> {
    const parts = await this.#parts(upload);
    // It was sealed before, by this process or another.
    if (parts === null) return await this.#requireSealed(upload);
    const completed = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
    const command = { ...this.#uploadOf(upload), MultipartUpload: { Parts: completed } };
    await this.#client.send(new CompleteMultipartUploadCommand(command)).catch((error: unknown) => {
      if (isGone(error)) return this.#requireSealed(upload);
      throw toFault(error);
    });
  }

  async assemble(upload: PartedUpload, _count: number, path: string, work: AssemblyWork): Promise<AssembledFile> {
    const file = await open(path, 'wx', 0o600);
    try {
      return await this.#download(keyOf(upload), file, work);
    } finally {
      await file.close();
    }
  }

  async remove(upload: PartedUpload): Promise<void> {
    if (upload.storeId !== null) {
      const abort = new AbortMultipartUploadCommand(this.#uploadOf(upload));
      await this.#client.send(abort).catch((error: unknown) => {
        if (!isGone(error)) throw toFault(error);
      });
    }
    const remove = new DeleteObjectCommand({ Bucket: this.#bucket.name, Key: keyOf(upload) });
    await this.#client.send(remove).catch(rethrowFault);
  }

  async *uploads(): AsyncGenerator<PartedUpload & { readonly startedAt: Date }> {
    try {
      for await (const { Key, UploadId, Initiated } of this.#bucket.uploads(UPLOADS_PREFIX)) {
        const upload = parseKey(Key);
        if (upload !== null) yield { ...upload, storeId: UploadId ?? null, startedAt: Initiated ?? new Date(0) };
      }
      const objects = paginateListObjectsV2(
        { client: this.#client },
        { Bucket: this.#bucket.name, Prefix: UPLOADS_PREFIX },
      );
      for await (const { Contents = [] } of objects) {
        for (const { Key, LastModified } of Contents) {
          const upload = parseKey(Key);
          if (upload !== null) yield { ...upload, storeId: null, startedAt: LastModified ?? new Date(0) };
        }
      }
    } catch (error) {
      throw toFault(error);
    }
  }

  async close(): Promise<void> {
    this.#client.destroy();
    this.#publicClient?.destroy();
  }

  /** The parts that have arrived, ascending; null for an upload that is sealed or gone. */
  async #parts(upload: PartedUpload): Promise<Part[] | null> {
    const parts: Part[] = [];
    let marker: string | undefined;
    try {
      // Not by the SDK's pages: they go on for as long as the store names a next part, and some do so after the last one.
      for (let isLast = false; !isLast; ) {
        const request = { ...this.#uploadOf(upload), PartNumberMarker: marker };
        const page: ListPartsCommandOutput = await this.#client.send(new ListPartsCommand(request));
        parts.push(...(page.Parts ?? []));
        marker = page.NextPartNumberMarker;
        isLast = page.IsTruncated !== true;
      }
      return parts;
    } catch (error) {
      if (isGone(error)) return null;
      throw toFault(error);
    }
  }

  async #requireSealed(upload: PartedUpload): Promise<void> {
    const head = new HeadObjectCommand({ Bucket: this.#bucket.name, Key: keyOf(upload) });
    await this.#client.send(head).catch((error: unknown) => {
      throw isNotFound(error) ? new FaultError('UNREADABLE', { cause: error }) : toFault(error);
    });
  }

  /** Downloads an object, in several goes where the store cuts it off. */
  async #download(key: string, file: FileHandle, { signal, onBytes }: AssemblyWork): Promise<AssembledFile> {
    const hash = createHash('sha256');
    let start = 0;
    for (let download = 1, isWhole = false; !isWhole; download += 1) {
      try {
        for await (const chunk of (await this.#bucket.read(key, { start })) as AsyncIterable<Buffer>) {
          signal.throwIfAborted();
          await file.write(chunk);
          hash.update(chunk);
          start += chunk.length;
          onBytes(start);
        }
        isWhole = true;
      } catch (error) {
        const isCutOff = error instanceof FaultError && error.reason === 'NO_ANSWER' && start > 0;
        if (!isCutOff || download === MAX_DOWNLOADS) throw error;
      }
    }
    return { sizeBytes: start, sha256: hash.digest('hex') };
  }

  #uploadOf(upload: PartedUpload) {
    return { Bucket: this.#bucket.name, Key: keyOf(upload), UploadId: upload.storeId ?? '' };
  }

  #partOf(upload: PartedUpload, number: number) {
    return { ...this.#uploadOf(upload), PartNumber: number };
  }
}

function keyOf({ workspaceId, id }: Pick<PartedUpload, 'workspaceId' | 'id'>): string {
  return `${UPLOADS_PREFIX}${workspaceId}/${id}`;
}

function parseKey(key: string | undefined): Pick<PartedUpload, 'workspaceId' | 'id'> | null {
  const [workspaceId = '', id = ''] = key?.slice(UPLOADS_PREFIX.length).split('/') ?? [];
  return isUuid(workspaceId) && isUuid(id) ? { workspaceId, id } : null;
}

/** True for the answer that there is no such multipart upload; Ceph says that there is no such object. */
function isGone(error: unknown): boolean {
  return (error instanceof Error && error.name === 'NoSuchUpload') || isNotFound(error);
}

function rethrowFault(error: unknown): never {
  throw toFault(error);
}
