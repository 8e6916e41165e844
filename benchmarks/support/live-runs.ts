import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Database, openDatabase } from '../../src/platform/postgres/database.ts';
import { changeRun, claimRun, findPlannedRun, insertRun } from '../../src/training/runs/training-run.store.ts';
import { Client } from './client.ts';
import type { BenchmarkDatabase } from './database.ts';

const TABLE = Array.from({ length: 60 }, (_, index) => `${index},${index % 7},${index % 2 === 0 ? 'yes' : 'no'}`);
const UPLOAD = 'mutation ($file: Upload!) { uploadDataset(file: $file) { dataset { id } } }';
const START = 'mutation ($input: StartTrainingInput!) { startTraining(input: $input) { id } }';

/** A workspace with runs that are RUNNING, of which no worker knows: the benchmark writes what a worker would. */
export interface LiveWorkspace {
  readonly client: Client;
  readonly token: string;
  readonly workspaceId: string;
  readonly runIds: readonly string[];
}

/** Makes one through the API, with copies of its first run. */
export async function makeLiveWorkspace(
  url: string,
  { access }: BenchmarkDatabase,
  runCount: number,
): Promise<LiveWorkspace> {
  const { client, token } = await Client.signUpWithToken(url);
  const { viewer } = await client.send<{ viewer: { workspace: { id: string } } }>(
    '{ viewer { workspace { id } } }',
    {},
  );
  const workspaceId = viewer.workspace.id;
  const file = new Blob([`number,other,label\n${TABLE.join('\n')}\n`]);
  const { uploadDataset } = await client.sendFile<{ uploadDataset: { dataset: { id: string } } }>(
    UPLOAD,
    file,
    'small.csv',
    {},
  );
  const input = { datasetId: uploadDataset.dataset.id, target: 'label', algorithm: 'BASELINE' };
  const { startTraining } = await client.send<{ startTraining: { id: string } }>(START, { input });
  const database = openDatabase(access, 2);
  const runIds = await database.transaction({ workspaceId }, async (tx) => {
    const first = await findPlannedRun(tx, startTraining.id);
    if (first === null) throw new Error('The run that was started is not there.');
    const ids = Array.from({ length: runCount }, () => randomUUID());
    for (const id of ids) {
      // No job's, so that whoever comes may claim it.
      await insertRun(tx, { ...first, featureImportances: [], id, jobId: null, createdAt: new Date() }, 1);
      await claimRun(tx, id, id, null);
    }
    return ids;
  });
  await database.close();
  return { client, token, workspaceId, runIds };
}

/** A run of one of the workspaces. */
export interface LiveRun {
  readonly workspaceId: string;
  readonly runId: string;
}

/** A COMMIT: when it was sent, and when it was answered. */
export interface Commit {
  readonly begunAt: number;
  readonly doneAt: number;
}

/** Writes updates of runs, as their workers would. */
export class Publisher {
  readonly #database: Database;
  readonly #runs: readonly LiveRun[];

  constructor({ access }: BenchmarkDatabase, runs: readonly LiveRun[]) {
    this.#database = openDatabase(access, 8);
    this.#runs = runs;
  }

  /**
   * Gives each run in turn an update, so many a second in all, evenly over the time. The n-th update has the progress
   * n / count, by which a client tells which it is.
   */
  async publish(perSecond: number, count: number): Promise<Commit[]> {
    const writes: Promise<Commit>[] = [];
    const startedAt = performance.now();
    for (let n = 0; n < count; n++) {
      const wait = startedAt + (n * 1000) / perSecond - performance.now();
      if (wait > 0) await delay(wait);
      writes.push(this.#write(n % this.#runs.length, n / count));
    }
    return await Promise.all(writes);
  }

  /** Ends every run. */
  async end(): Promise<void> {
    const failure = { status: 'FAILED', stage: 'DONE', endReason: 'FAILED', errorCode: 'SPLIT_IMPOSSIBLE' } as const;
    for (const { workspaceId, runId } of this.#runs) {
      await this.#database.transaction({ workspaceId }, (tx) =>
        changeRun(tx, runId, 1, { ...failure, errorMessage: 'over', finishedAt: new Date() }, { kind: 'STATUS' }),
      );
    }
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  async #write(index: number, progress: number): Promise<Commit> {
    const run = this.#runs[index];
    if (run === undefined) throw new Error(`There is no run ${index}.`);
    const change = { stage: 'FITTING', progress, etaSeconds: 60 } as const;
    const begunAt = await this.#database.transaction({ workspaceId: run.workspaceId }, async (tx) => {
      if (!(await changeRun(tx, run.runId, 1, change, { kind: 'PROGRESS' }))) throw new Error('It was refused.');
      return now();
    });
    return { begunAt, doneAt: now() };
  }
}

/** Milliseconds on a clock that all processes of the machine share. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
