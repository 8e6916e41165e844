import { statfs } from 'node:fs/promises';
import { errorCodeOf } from '../error-code.ts';
import type { Logger } from './logger.ts';

/** While a disk stays full, it is logged only this often: every upload of every user may fail meanwhile. */
const AGAIN_MILLISECONDS = 60_000;

/** Logs that the disk is full: at once, and then at most once a minute, with the number of refused files. */
export class FullStorageLog {
  readonly #logger: Logger;
  #loggedAt = Number.NEGATIVE_INFINITY;
  #refused = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Records a file that was refused because its disk is full. */
  record(folder: string, error: Error): void {
    this.#refused += 1;
    if (performance.now() - this.#loggedAt < AGAIN_MILLISECONDS) return;
    this.#loggedAt = performance.now();
    const refused = this.#refused;
    this.#refused = 0;
    void this.#log(folder, error, refused);
  }

  async #log(path: string, error: Error, refused: number): Promise<void> {
    const code = errorCodeOf(error);
    const room = await statfs(path).catch(() => null);
    // The file system may reserve space for root.
    const freeBytes = room === null ? null : room.bavail * room.bsize;
    const freeFiles = room?.ffree ?? null;
    const message = 'no disk space left for files: uploads are refused with STORAGE_FULL';
    this.#logger.error({ path, freeBytes, freeFiles, code, refused }, message);
  }
}
