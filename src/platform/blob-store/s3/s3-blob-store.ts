import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { FaultError } from '../../fault.ts';
import { isUuid } from '../../ids.ts';
import { InstallationError } from '../../installation-id.ts';
import { BlobMissingError, type BlobStore, type StoreMarker } from '../blob-store.ts';
import { diskSpaceOf } from '../local-blob-store.ts';
import { openTemporaryFiles } from '../temporary-files.ts';
import { refusePublicBucket } from './bucket-exposure.ts';
import { LocalCopies } from './local-copies.ts';
import { S3Bucket } from './s3-bucket.ts';
import { createS3Client, type S3Access } from './s3-client.ts';
import { signDownload } from './signed-downloads.ts';

/** Objects of the program's own, beside those of the workspaces, whose names are UUIDs. */
const OWN_PREFIX = '.trainyard/';

/** The disk that an S3 store has beside its bucket. */
export interface LocalDisk {
  /** The folder for temporary files and copies. */
  readonly directory: string;
  /** With less free space than this the store counts as full. */
  readonly minFreeBytes: number;
  /** Most room for copies that nobody uses. */
  readonly maxCopiesBytes: number;
}

/**
 * Stores files in a bucket. Throws a FaultError where the bucket is missing, can be read by anybody, or this process may not
 * list it and read, write and remove its objects.
 */
export async function openS3BlobStore(access: S3Access, disk: LocalDisk): Promise<BlobStore> {
  const client = await createS3Client(access);
  const bucket = new S3Bucket(client, access.bucket, access.observer);
  try {
    await bucket.list(OWN_PREFIX).next();
    await withProbe(bucket, (key) => refusePublicBucket(client, access, key));
  } catch (error) {
    client.destroy();
    throw error;
  }
  const temporaryFiles = await openTemporaryFiles(join(disk.directory, 'temporary'));
  const copies = new LocalCopies(temporaryFiles.newPath(), disk.maxCopiesBytes, (key, range) =>
    bucket.read(key, range),
  );
  const { publicEndpoint } = access;
  // It sends nothing: it only signs.
  const publicAccess = { ...access, endpoint: publicEndpoint, observer: null };
  const publicClient = publicEndpoint === null ? null : await createS3Client(publicAccess);
  const diskSpace = () => diskSpaceOf(join(disk.directory, 'temporary'));
  const hasFreeSpace = async (bytes = 0) => (await diskSpace()).freeBytes - bytes >= disk.minFreeBytes;
  const ensure = async (key: string, temporaryPath: string) => {
    if (!(await bucket.has(key))) await bucket.upload(key, temporaryPath);
  };
  return {
    location: locationOf(access),
    marker: markerOf(bucket, access),
    temporaryPath: () => temporaryFiles.newPath(),
    stage: ensure,
    // Whoever removed the last reference to the same bytes may have removed the object since it was staged.
    put: ensure,
    read: (key, range) => bucket.read(key, range),
    async signedUrl(key, download) {
      if (!publicClient) return null;
      // The store itself would answer with a page that no browser shows.
      if (!(await bucket.has(key))) throw new BlobMissingError(key);
      return await signDownload(publicClient, bucket.name, key, download);
    },
    localFile: (key) => copies.borrow(key),
    async remove(key) {
      const isThere = await bucket.has(key);
      if (isThere) await bucket.remove(key);
      return isThere;
    },
    async *list(prefix = '') {
      for await (const file of bucket.list(prefix)) if (!file.key.startsWith(OWN_PREFIX)) yield file;
    },
    async *listOwners() {
      for await (const owner of bucket.listFolders()) if (`${owner}/` !== OWN_PREFIX) yield owner;
    },
    removeUnfinished: (before) => bucket.removeUnfinished(before, OWN_PREFIX),
    async check() {
      await withProbe(bucket);
      if (!(await hasFreeSpace())) throw new FaultError('FULL');
    },
    hasFreeSpace,
    diskSpace,
    async close() {
      temporaryFiles.close();
      await copies.close();
      client.destroy();
    },
  };
}

function locationOf({ bucket, endpoint, region }: S3Access): string {
  return `the bucket ${bucket} at ${endpoint ?? `AWS, ${region}`}`;
}

function markerOf(bucket: S3Bucket, access: S3Access): StoreMarker {
  const key = `${OWN_PREFIX}installation-id`;
  const location = `the object ${key} of ${locationOf(access)}`;
  const find = async () => {
    const id = (await bucket.readText(key))?.trim() ?? null;
    if (id === null || isUuid(id)) return id;
    throw new InstallationError(`${location} does not hold an installation's id; restore it from a backup.`);
  };
  return {
    location,
    find,
    async claim(id) {
      await bucket.writeText(key, `${id}\n`, { ifAbsent: true });
      return (await find()) ?? id;
    },
    remove: () => bucket.remove(key),
  };
}

/** As long as a small model. */
const PROBE_BYTES = 16_384;

/** Writes an object, reads it back and removes it, after `use`. Throws a FaultError. */
async function withProbe(bucket: S3Bucket, use: (key: string) => Promise<void> = async () => undefined): Promise<void> {
  const key = `${OWN_PREFIX}probes/${randomUUID()}`;
  const written = randomBytes(PROBE_BYTES / 2).toString('hex');
  await bucket.writeText(key, written);
  try {
    if ((await bucket.readText(key)) !== written) throw new FaultError('UNREADABLE');
    await use(key);
  } finally {
    await bucket.remove(key);
  }
}
