import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errorCodeOf } from '../error-code.ts';

/** The kernel cannot lock files here: a network file system without locks, or a platform without a binary of the library. */
export class KernelLockError extends Error {
  override readonly name = 'KernelLockError';
}

/**
 * Opens the file, creating it if requested, and takes the kernel's exclusive lock on it. The lock is visible to every process
 * on the machine, in whatever container, and is released when all processes that have the file open have closed it: this
 * process, and children that inherited it. A `kill -9` releases it too.
 *
 * @returns null if another process holds the lock; the file is then unchanged.
 * @throws KernelLockError if locking is not possible, which must not be taken for a free lock.
 */
export async function tryKernelLock(path: string, { create }: { create: boolean }): Promise<FileHandle | null> {
  const tryLock = await loadTryLock();
  const file = await open(path, constants.O_RDWR | (create ? constants.O_CREAT : 0), 0o644);
  try {
    if (tryLock(file.fd)) return file;
  } catch (error) {
    // The library does not report this code as a lock held by another, though POSIX allows it.
    if (errorCodeOf(error) !== 'EACCES') {
      await file.close();
      const reason = error instanceof Error ? error.message : String(error);
      throw new KernelLockError(`${path} cannot be locked (${reason})`, { cause: error });
    }
  }
  await file.close();
  return null;
}

/** Loaded on first use: only the embedded database locks files. */
async function loadTryLock(): Promise<(fileDescriptor: number) => boolean> {
  try {
    return (await import('fs-native-extensions')).tryLock;
  } catch (error) {
    throw new KernelLockError(`the library that locks files does not load on ${process.platform} ${process.arch}`, {
      cause: error,
    });
  }
}
