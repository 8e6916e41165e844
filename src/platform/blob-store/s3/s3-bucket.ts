import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type MultipartUpload,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { FaultError } from '../../fault.ts';
import { BlobMissingError, type ByteRange, type StoredFile } from '../blob-store.ts';
import type { StoreObserver } from '../store-observer.ts';
import { isNotFound, toFault } from './s3-errors.ts';
import { failsWhenStalled } from './stalled-stream.ts';

/**
 * The least that S3 allows. Hashing a part for its signature keeps the event loop for some milliseconds, and 10,000 parts are
 * far more than the largest upload has.
 */
const PART_BYTES = 5 * 1024 * 1024;

/** Parts that are sent at the same time, each of which is in memory. */
const PARTS_AT_ONCE = 2;

/**
 * Requests without a file end after this time, with all of their retries: transactions and probes wait for them, and PostgreSQL ends
 * a transaction that does nothing for 5 s.
 */
const QUICK_MILLISECONDS = 4_000;

/** The objects of a bucket. Everything rejects with a FaultError that says what is wrong with the store. */
export class S3Bucket {
  readonly name: string;
  readonly #client: S3Client;
  readonly #observer: Pick<StoreObserver, 'onReceived'> | null;

  /** `observer`: is told of the bytes that are read. */
  constructor(client: S3Client, name: string, observer: Pick<StoreObserver, 'onReceived'> | null = null) {
    this.#client = client;
    this.name = name;
    this.#observer = observer;
  }

  /** Uploads a file, a large one in parts. It is there once all of it is; of one that fails no parts stay. */
  async upload(key: string, path: string): Promise<void> {
    const file = createReadStream(path, { highWaterMark: 1024 * 1024 });
    const upload = new Upload({
      client: this.#client,
      params: { Bucket: this.name, Key: key, Body: file, ContentType: 'application/octet-stream' },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
      leavePartsOnError: false,
    });
    try {
      await upload.done();
    } catch (error) {
      // The answer to the last request of an upload was lost, and the request sent again.
      if (error instanceof Error && error.name === 'NoSuchUpload' && (await this.has(key))) return;
      throw isDiskError(error) ? error : toFault(error);
    } finally {
      file.destroy();
    }
  }

  /** Streams an object or a range of it. Throws BlobMissingError. */
  async read(key: string, range?: ByteRange): Promise<Readable> {
    // Of an empty object there is no range.
    const isWhole = range === undefined || (range.start === 0 && range.end === undefined);
    const wanted = isWhole ? {} : { Range: `bytes=${range.start}-${range.end ?? ''}` };
    const { Body } = await this.#retriedWithClock(() =>
      this.#client.send(new GetObjectCommand({ Bucket: this.name, Key: key, ...wanted }), {
        requestTimeout: QUICK_MILLISECONDS,
      }),
    ).catch((error: unknown) => {
      throw isNotFound(error) ? new BlobMissingError(key) : toFault(error);
    });
    if (!(Body instanceof Readable)) throw new FaultError('UNREADABLE');
    return failsWhenStalled(Body, (bytes) => this.#observer?.onReceived(bytes));
  }

  /** Whether there is an object of that key. */
  async has(key: string): Promise<boolean> {
    try {
      await this.#quick((abortSignal) =>
        this.#client.send(new HeadObjectCommand({ Bucket: this.name, Key: key }), { abortSignal }),
      );
      return true;
    } catch (error) {
      if (!isNotFound(error)) throw toFault(error);
    }
    // The answer to HEAD has no body that says whether it is the object or the bucket that is missing.
    await this.find();
    return false;
  }

  /** Removes an object. The store's answer does not say whether there was any. */
  async remove(key: string): Promise<void> {
    await this.#quick((abortSignal) =>
      this.#client.send(new DeleteObjectCommand({ Bucket: this.name, Key: key }), { abortSignal }),
    ).catch(rethrowFault);
  }

  /** The text of a small object; null for none. */
  async readText(key: string): Promise<string | null> {
    try {
      return await this.#quick(async (abortSignal) => {
        const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.name, Key: key }), {
          abortSignal,
        });
        const text = (await Body?.transformToString()) ?? '';
        this.#observer?.onReceived(Buffer.byteLength(text));
        return text;
      });
    } catch (error) {
      if (isNotFound(error)) return null;
      throw toFault(error);
    }
  }

  /** Writes a small object; with `ifAbsent` only where there is none, as far as the store knows of that condition. */
  async writeText(key: string, text: string, { ifAbsent = false } = {}): Promise<void> {
    const condition = ifAbsent ? { IfNoneMatch: '*' } : {};
    const command = new PutObjectCommand({ Bucket: this.name, Key: key, Body: text, ...condition });
    await this.#quick((abortSignal) => this.#client.send(command, { abortSignal })).catch((error: unknown) => {
      if (!(error instanceof Error && error.name === 'PreconditionFailed')) rethrowFault(error);
    });
  }

  /** Throws a FaultError, BUCKET_MISSING for one, where the bucket cannot be used. */
  async find(): Promise<void> {
    await this.#quick((abortSignal) =>
      this.#client.send(new HeadBucketCommand({ Bucket: this.name }), { abortSignal }),
    ).catch((error: unknown) => {
      throw isNotFound(error) ? new FaultError('BUCKET_MISSING', { cause: error }) : toFault(error);
    });
  }

  /** The objects whose key begins with the prefix, by their keys. */
  async *list(prefix: string): AsyncGenerator<StoredFile> {
    try {
      for await (const { Contents = [] } of paginateListObjectsV2(
        { client: this.#client },
        { Bucket: this.name, Prefix: prefix },
      )) {
        for (const { Key, Size = 0, LastModified = new Date(0) } of Contents) {
          if (Key !== undefined) yield { key: Key, sizeBytes: Size, storedAt: LastModified };
        }
      }
    } catch (error) {
      throw toFault(error);
    }
  }

  /** What keys have before their first slash, each once. */
  async *listFolders(): AsyncGenerator<string> {
    const request = { Bucket: this.name, Delimiter: '/' };
    try {
      for await (const { CommonPrefixes = [] } of paginateListObjectsV2({ client: this.#client }, request)) {
        for (const { Prefix } of CommonPrefixes) if (Prefix !== undefined) yield Prefix.slice(0, -1);
      }
    } catch (error) {
      throw toFault(error);
    }
  }

  /** Ends the uploads in parts that began before then, but those below a prefix; gives their number. */
  async removeUnfinished(before: Date, exceptPrefix: string): Promise<number> {
    let removed = 0;
    try {
      for await (const { Key, UploadId, Initiated } of this.uploads('')) {
        if (Initiated === undefined || Initiated >= before || Key?.startsWith(exceptPrefix)) continue;
        await this.#client.send(new AbortMultipartUploadCommand({ Bucket: this.name, Key, UploadId }));
        removed += 1;
      }
    } catch (error) {
      throw toFault(error);
    }
    return removed;
  }

  /** The uploads in parts that have not ended, of keys that begin with the prefix. Throws the error of the SDK. */
  async *uploads(prefix: string): AsyncGenerator<MultipartUpload> {
    let markers: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | null = {};
    while (markers !== null) {
      const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({
        Bucket: this.name,
        Prefix: prefix,
        ...markers,
      });
      const page = await this.#client.send(command);
      yield* page.Uploads ?? [];
      const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
      markers = page.IsTruncated === true ? { KeyMarker, UploadIdMarker } : null;
    }
  }

  /** A request that may hold nothing up: it ends in time, also where the store hangs. */
  async #quick<T>(send: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    const abortSignal = AbortSignal.timeout(QUICK_MILLISECONDS);
    return await this.#retriedWithClock(() => send(abortSignal));
  }

  /** The SDK learns from a refusal by how much the clocks differ, but does not send the request again. */
  async #retriedWithClock<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      if (toFault(error).reason !== 'CLOCK_SKEW') throw error;
      return await send();
    }
  }
}

function rethrowFault(error: unknown): never {
  throw toFault(error);
}

/** An error of the file that is read, and not of the store. */
function isDiskError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'path' in error;
}
