import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** The kernel cannot lock files here: a network file system without locks, or a platform without the library's binary. */
export class KernelLockError extends Error {
  override readonly name = 'KernelLockError';
}

/**
 * Opens the file, makes it where it is missing and wanted, and takes the kernel's exclusive lock on it. The lock is seen by
 * every process on the machine, whatever container it runs in, and is free again when the file is closed by all who have it
 * open: this process, and those children that were given it. A `kill -9` frees it too.
 *
 * @returns null where somebody else holds the lock; the file is then as it was.
 * @throws KernelLockError where no lock can be had, which must not be taken for a free one.
 */
export async function tryKernelLock(path: string, { create }: { create: boolean }): Promise<FileHandle | null> {
  const tryLock = await loadTryLock();
  const file = await open(path, constants.O_RDWR | (create ? constants.O_CREAT : 0), 0o644);
  try {
    if (tryLock(file.fd)) return file;
  } catch (error) {
    // What the library does not tell as a lock held by another, though POSIX allows it.
    if (!(error instanceof Error && 'code' in error && error.code === 'EACCES')) {
      await file.close();
      const reason = error instanceof Error ? error.message : String(error);
      throw new KernelLockError(`${path} cannot be locked (${reason})`, { cause: error });
    }
  }
  await file.close();
  return null;
}

/** Loaded when it is first needed: only the embedded database locks files. */
async function loadTryLock(): Promise<(fileDescriptor: number) => boolean> {
  try {
    return (await import('fs-native-extensions')).tryLock;
  } catch (error) {
    throw new KernelLockError(`the library that locks files does not load on ${process.platform} ${process.arch}`, {
      cause: error,
    });
  }
}
