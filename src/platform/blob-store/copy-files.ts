import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { BlobStore, StoredFile } from './blob-store.ts';

/** Files that are copied at the same time. */
const FILES_AT_ONCE = 4;

/** What a copy of a store came to. */
export interface CopyReport {
  copiedFiles: number;
  copiedBytes: number;
  /** Files that the target had already, from an earlier copy that was cut short. */
  presentFiles: number;
  /** Keys of files whose bytes in the source are not those that they are named by. They are not copied. */
  readonly damagedKeys: string[];
}

/**
 * Copies all files of a store to another one. Each is compared with the hash in its key when it is read from the source, and again
 * as the target gives it back. It can be cut short at any point: the next copy goes on with what the target does not have.
 */
export async function copyFiles(
  source: BlobStore,
  target: BlobStore,
  onFile: (report: CopyReport) => void = () => undefined,
): Promise<CopyReport> {
  const report: CopyReport = { copiedFiles: 0, copiedBytes: 0, presentFiles: 0, damagedKeys: [] };
  const present = new Map<string, number>();
  for await (const { key, sizeBytes } of target.list()) present.set(key, sizeBytes);
  const files = source.list()[Symbol.asyncIterator]();
  const copyOneAfterTheOther = async () => {
    for (let next = await files.next(); next.done !== true; next = await files.next()) {
      const file = next.value;
      if (present.get(file.key) === file.sizeBytes) report.presentFiles += 1;
      else await copyFile(source, target, file, report);
      onFile(report);
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, copyOneAfterTheOther));
  return report;
}

async function copyFile(source: BlobStore, target: BlobStore, file: StoredFile, report: CopyReport): Promise<void> {
  const { key, sizeBytes } = file;
  const path = target.temporaryPath();
  try {
    if ((await writeHashed(await source.read(key), path)) !== hashOf(key)) {
      report.damagedKeys.push(key);
      return;
    }
    await target.stage(key, path);
    await target.put(key, path);
    if ((await hash(await target.read(key))) !== hashOf(key)) throw new Error(`${key} arrived with other bytes.`);
    report.copiedFiles += 1;
    report.copiedBytes += sizeBytes;
  } finally {
    await rm(path, { force: true });
  }
}

function hashOf(key: string): string {
  return key.split('/').at(-1) ?? '';
}

async function writeHashed(stream: Readable, path: string): Promise<string> {
  const file = await open(path, 'wx', 0o600);
  try {
    return await hash(stream, (chunk) => file.write(chunk));
  } finally {
    await file.close();
  }
}

async function hash(
  stream: Readable,
  each: (chunk: Buffer) => Promise<unknown> = async () => undefined,
): Promise<string> {
  const sha256 = createHash('sha256');
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    sha256.update(chunk);
    await each(chunk);
  }
  return sha256.digest('hex');
}
