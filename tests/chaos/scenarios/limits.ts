import type { ChaosClient } from '../chaos-client.ts';
import { holderOf, idleWorkers } from '../holder.ts';
import { checkInvariants } from '../invariants.ts';
import type { Report } from '../report.ts';
import { endlessTraining, type System, uploadNoise } from '../system.ts';
import { until } from '../until.ts';
import { type Scenario, withSystem } from './scenario.ts';

const MAX_ATTEMPTS = 2;

export const limits: Scenario = {
  name: 'limits',
  title:
    'a run without end, one that eats its memory, one that kills its workers: each fails in words, its neighbour goes on',
  async run(rig, report) {
    const settings = { MAX_ATTEMPTS: String(MAX_ATTEMPTS) };
    await withSystem(rig, report, { apis: 1, workers: 1, settings }, async (system) => {
      const user = await system.signUp();
      const endless = await endlessTraining(user);
      const { client } = user;
      // The neighbour has the first worker to itself until all is over.
      const neighbourId = await client.start(endless, crypto.randomUUID());
      const neighbour = client.follow(neighbourId);
      await neighbour.event('the fitting', 60, ({ stage }) => stage === 'FITTING');
      const before = neighbour.last?.progress ?? 0;
      const runIds = [neighbourId];
      const timeLimit = { settings: { MAX_TRAINING_SECONDS: '4' }, code: 'TIME_LIMIT' };
      runIds.push(...(await exceed(system, client, endless, timeLimit, report)));
      const memoryLimit = { settings: { MAX_TRAINING_MEMORY_BYTES: '60000000' }, code: 'OUT_OF_MEMORY' };
      const pending = {
        datasetId: await uploadNoise(user, 40_000),
        algorithm: 'RANDOM_FOREST',
        parameters: { trees: 500 },
      };
      runIds.push(...(await exceed(system, client, pending, memoryLimit, report)));
      runIds.push(await poison(system, client, endless, report));
      await checkNeighbour(system, client, neighbourId, before, report);
      await checkInvariants(system, client, report, { runIds, seconds: 30 });
    });
  },
};

/** Trains on a worker with a small limit: the run must fail with the limit's code, and the next one succeed there. */
async function exceed(
  system: System,
  client: ChaosClient,
  input: { readonly datasetId: string },
  limit: { readonly settings: Record<string, string>; readonly code: string },
  report: Report,
): Promise<string[]> {
  const worker = await system.startWorker(limit.settings);
  const id = await client.start(input, crypto.randomUUID());
  await client.follow(id).end(120);
  const { status, error } = await client.readRun(id);
  report.line(`${JSON.stringify(limit.settings)}: ${error?.code} ${error?.message}`);
  const failed = status === 'FAILED' && error?.code === limit.code;
  report.check(failed, `a run beyond ${JSON.stringify(limit)} ended ${status} ${JSON.stringify(error)}`);
  const next = await client.start({ datasetId: input.datasetId, algorithm: 'BASELINE' }, crypto.randomUUID());
  await client.follow(next).end(60);
  const after = await client.readRun(next);
  report.check(after.status === 'SUCCEEDED', `the run after ${limit.code} ended ${JSON.stringify(after)}`);
  report.check(worker.attemptAt(next) > 0 && worker.isRunning, `the worker was not the same after ${limit.code}`);
  await worker.terminate();
  return [id, next];
}

/** Kills whichever worker has the run, until it is given up. */
async function poison(system: System, client: ChaosClient, input: object, report: Report): Promise<string> {
  const neighboursWorker = system.workers[0];
  const victims = await Promise.all(Array.from({ length: MAX_ATTEMPTS + 1 }, () => system.startWorker()));
  await until('workers that stand by', 30, () => idleWorkers(system).length === victims.length + 1);
  const id = await client.start(input, crypto.randomUUID());
  const follower = client.follow(id);
  for (let kill = 0; kill < MAX_ATTEMPTS; kill += 1) {
    const holder = await holderOf(system, follower);
    report.check(
      holder !== undefined && holder !== neighboursWorker,
      `before kill ${kill + 1} the run had no worker of its own`,
    );
    await holder?.kill();
  }
  await follower.end(60);
  const { status, error, attempt } = await client.readRun(id);
  const givenUp = status === 'FAILED' && error?.code === 'WORKER_LOST' && attempt === MAX_ATTEMPTS;
  report.check(
    givenUp,
    `a run that lost ${MAX_ATTEMPTS} workers ended ${status} ${JSON.stringify(error)} at attempt ${attempt}`,
  );
  return id;
}

/** It is still on its first attempt and gets on; then it is ended. */
async function checkNeighbour(
  { owner }: System,
  client: ChaosClient,
  id: string,
  before: number,
  report: Report,
): Promise<void> {
  const [row] = await owner<{ status: string; attempt: number; lost_attempts: number; progress: number }[]>`
    select status, attempt, lost_attempts, progress from training_runs where id = ${id}`;
  const undisturbed = row !== undefined && row.attempt === 1 && row.lost_attempts === 0 && row.progress > before;
  report.check(undisturbed, `the neighbour's run noticed: ${JSON.stringify(row)}, from ${before}`);
  if (row?.status === 'RUNNING') {
    await client.http.request('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id });
  }
}
