import { writeSync } from 'node:fs';
import type { Viewer } from '../../src/auth/viewer.ts';
import { openLocalBlobStore } from '../../src/platform/blob-store/local-blob-store.ts';
import { openJobClient } from '../../src/platform/jobs/jobs.ts';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import type { DatabaseAccess } from '../../src/platform/postgres/database.ts';
import { deleteIn } from './crash-deletion.ts';
import { CrashingProcess } from './crashing-process.ts';

/** What such a process is told in the variable TRAINYARD_TEST_DELETION. */
export interface DeletionTask {
  readonly access: DatabaseAccess;
  readonly directory: string;
  readonly viewer: Viewer;
  readonly datasetId: string;
  readonly holdAt: number;
}

/** A program that deletes a dataset and stops at one of the points of that, until it is killed. */
const task = JSON.parse(process.env['TRAINYARD_TEST_DELETION'] ?? '') as DeletionTask;
const store = await openLocalBlobStore(task.directory, 0);
const jobs = await openJobClient(task.access, createLogger('silent', 'deletion'));
const deleting = new CrashingProcess(task.access, task.holdAt, hold);
await deleteIn(deleting, store, jobs, task.viewer, task.datasetId);
await deleting.close();
await jobs.close();
await store.close();
writeSync(1, 'not held\n');

/** Tells that the point is reached, and stops everything there. */
function hold(): never {
  writeSync(1, 'held\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new Error('Nobody wakes it.');
}
