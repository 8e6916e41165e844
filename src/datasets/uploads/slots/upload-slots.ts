import { randomUUID } from 'node:crypto';
import { isUnavailable, TrainyardError } from '../../../errors.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import { countSlots, deleteExpiredSlots, deleteSlot, insertSlot, lockSlots, renewSlot } from './upload-slot.store.ts';

/** Three times within the time after which a slot is taken for that of a process which has ended. */
const RENEW_MILLISECONDS = 20_000;

/** Limits how many files of a workspace are uploaded and inspected at the same time, over all processes. */
export class UploadSlots {
  readonly #database: Database;
  readonly #max: number;

  constructor(database: Database, max: number) {
    this.#database = database;
    this.#max = max;
  }

  /** Does the work in a slot of the workspace. Throws QUOTA_EXCEEDED, before the work begins, if all of them are held. */
  async hold<T>(workspaceId: string, work: () => Promise<T>): Promise<T> {
    const id = await this.#acquire(workspaceId);
    // Of the server itself: those who may only read inspect files, too.
    const scope = { workspaceId };
    const timer = setInterval(() => {
      // One that fails is followed by others before the slot ends.
      void this.#database.transaction(scope, (tx) => renewSlot(tx, id)).catch(() => undefined);
    }, RENEW_MILLISECONDS).unref();
    try {
      return await work();
    } finally {
      clearInterval(timer);
      // A slot that cannot be given back now ends by itself.
      await this.#database
        .transaction(scope, (tx) => deleteSlot(tx, id))
        .catch((error: unknown) => {
          if (!isUnavailable(error)) throw error;
        });
    }
  }

  async #acquire(workspaceId: string): Promise<string> {
    const id = randomUUID();
    await this.#database.transaction({ workspaceId }, async (tx) => {
      await lockSlots(tx);
      await deleteExpiredSlots(tx);
      const held = await countSlots(tx);
      if (held >= this.#max) throw tooMany(held);
      await insertSlot(tx, id);
    });
    return id;
  }
}

function tooMany(held: number): TrainyardError {
  return new TrainyardError(
    'QUOTA_EXCEEDED',
    `The workspace already uploads or inspects ${held} files at the same time, the limit.`,
    { hint: 'Send the next file when one of them is done.' },
  );
}
