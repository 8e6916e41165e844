import { randomUUID } from 'node:crypto';
import type { Database } from '../../platform/postgres/database.ts';
import {
  type CheckpointRow,
  deleteOtherParts,
  findCheckpointPart,
  insertCheckpointPart,
  makeCheckpointCurrent,
} from './training-checkpoint.store.ts';

/**
 * Bytes per statement. The driver encodes them as text of twice the length, on the event loop and in a buffer that it never
 * frees: for this size that takes a millisecond or two.
 */
const PART_BYTES = 1024 * 1024;

/** A new checkpoint of an attempt. */
export interface NewCheckpoint
  extends Pick<CheckpointRow, 'runId' | 'workspaceId' | 'attempt' | 'progress' | 'trainedSeconds'> {
  readonly bytes: Uint8Array;
}

/**
 * Stores a checkpoint in place of the previous one. However slow the database is, the run is locked only for the one short
 * transaction that makes it current. False if the attempt is no longer the current one or the run has ended. Rejects with the
 * reason of the signal once that fires. All parts that are not current in the end are deleted.
 */
export async function saveCheckpoint(
  database: Database,
  { bytes, ...checkpoint }: NewCheckpoint,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return await writeCheckpoint(database, checkpoint, bytes, signal);
  } finally {
    await database.transaction({ workspaceId: checkpoint.workspaceId }, (tx) => deleteOtherParts(tx, checkpoint));
  }
}

async function writeCheckpoint(
  database: Database,
  checkpoint: Omit<NewCheckpoint, 'bytes'>,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<boolean> {
  const { runId, workspaceId, attempt } = checkpoint;
  const saveId = randomUUID();
  const partCount = Math.ceil(bytes.length / PART_BYTES);
  for (let part = 0; part < partCount; part++) {
    signal.throwIfAborted();
    const some = bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
    const row = { runId, workspaceId, attempt, saveId, part, bytes: some };
    if (!(await database.transaction({ workspaceId }, (tx) => insertCheckpointPart(tx, row)))) return false;
  }
  signal.throwIfAborted();
  return await database.transaction({ workspaceId }, (tx) =>
    makeCheckpointCurrent(tx, { ...checkpoint, saveId, partCount }),
  );
}

/** The bytes of a run's current checkpoint, for the one attempt that may replace it. */
export async function readCheckpoint(database: Database, checkpoint: CheckpointRow): Promise<Uint8Array<ArrayBuffer>> {
  const { workspaceId, runId, partCount } = checkpoint;
  const parts: Uint8Array[] = [];
  for (let part = 0; part < partCount; part++) {
    const bytes = await database.transaction({ workspaceId }, (tx) => findCheckpointPart(tx, checkpoint, part));
    if (bytes === null) throw new Error(`Part ${part} of the checkpoint of run ${runId} is missing.`);
    parts.push(bytes);
  }
  const whole = new Uint8Array(parts.reduce((length, { length: more }) => length + more, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
