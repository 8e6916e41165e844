import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmdirSync } from 'node:fs';
import { open, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCodeOf } from '../../src/platform/error-code.ts';

/** A file system of its own that is soon full. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all the room that is left. */
  fill(): Promise<void>;
  /** Takes the space but for so many bytes. */
  leave(bytes: number): Promise<void>;
  /** Gives it back. */
  free(): Promise<void>;
  unmount(): void;
}

/** Mounts one of so many megabytes in memory; null, and a line that says so, where that is not allowed: only root may, on Linux. */
export function mountSmallDisk(megabytes: number): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), 'trainyard-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'pipe' });
  } catch (error) {
    rmdirSync(path);
    console.warn(`Skipped: no small disk can be mounted here (${error instanceof Error ? error.message.trim() : ''}).`);
    return null;
  }
  // As a folder for the user that PostgreSQL runs as for root.
  chmodSync(path, 0o755);
  const filler = join(path, 'filler');
  return {
    path,
    async fill() {
      const file = await open(filler, 'a');
      // Ever smaller pieces, down to the block that is the least that a file takes.
      for (const bytes of [1 << 20, 1 << 16, 1 << 12, 1]) {
        while (await file.write(Buffer.alloc(bytes, 1)).then(() => true, isFull));
      }
      await file.close();
    },
    async leave(bytes) {
      await rm(filler, { force: true });
      const { bavail, bsize } = await statfs(path);
      await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - bytes), 1));
    },
    free: () => rm(filler, { force: true }),
    unmount() {
      execFileSync('umount', [path]);
      rmdirSync(path);
    },
  };
}

function isFull(error: unknown): false {
  if (errorCodeOf(error) === 'ENOSPC') return false;
  throw error;
}
