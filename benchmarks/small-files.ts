/**
 * How soon a small file becomes a model: from startTraining to SUCCEEDED, as a client hears it on trainingEvents, with the default
 * algorithm and its default parameters, test rows, evaluation and importances included.
 *
 *   npm run build && node benchmarks/small-files.ts --data DIR [--runs 30]
 *
 * DIR holds iris.csv, titanic.csv and telco_churn.csv with a MANIFEST.json (see support/manifest.ts). One API and one worker process
 * from the build with the threads that they have by default, on a PostgreSQL of their own that waits for its disk, and the client, all
 * on this machine; each file is trained on a few times before, so that the worker is warm. The bars are at p50: 150, 200 and 400 ms. Below each
 * file the median times from one event to the next.
 */

import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { quantileOf } from '../tests/chaos/report.ts';
import { openRig } from '../tests/chaos/rig.ts';
import { type ChaosUser, System } from '../tests/chaos/system.ts';
import { uploadDataset } from '../tests/support/operations.ts';
import { type ManifestEntry, readManifest } from './support/manifest.ts';
import { median } from './support/median.ts';

const { values: options } = parseArgs({
  options: { data: { type: 'string' }, runs: { type: 'string', default: '30' } },
});
if (options.data === undefined) throw new Error('usage: node benchmarks/small-files.ts --data DIR [--runs 30]');
const DIRECTORY = options.data;
const RUNS = Number(options.runs);

/** Milliseconds at p50. */
const BARS: Readonly<Record<string, number>> = { 'iris.csv': 150, 'titanic.csv': 200, 'telco_churn.csv': 400 };

/** Runs before those that count: until the worker's threads run and their code is compiled. */
const WARM_UP = 8;

interface TimedRun {
  readonly milliseconds: number;
  /** From the event before, by what begins or ends there. */
  readonly stages: ReadonlyMap<string, number>;
}

async function timeRun({ client }: ChaosUser, input: object): Promise<TimedRun> {
  const askedAt = performance.now();
  const follower = client.follow(await client.start(input, crypto.randomUUID()));
  const { status, heardAt } = await follower.end(120);
  if (status !== 'SUCCEEDED') throw new Error(`The run ended as ${status}.`);
  const stages = new Map<string, number>();
  let before = askedAt;
  let name = 'request to first event';
  for (const event of follower.events) {
    stages.set(name, (stages.get(name) ?? 0) + event.heardAt - before);
    before = event.heardAt;
    name = `${event.status} ${event.stage}`;
  }
  return { milliseconds: heardAt - askedAt, stages };
}

async function measure(system: System, { file, target }: ManifestEntry): Promise<void> {
  const user = await system.signUp();
  const content = readFileSync(join(DIRECTORY, file));
  const { id: datasetId } = await uploadDataset(user.client.http, { name: file, content });
  const input = { datasetId, target, algorithm: 'GRADIENT_BOOSTING' };
  for (let run = 0; run < WARM_UP; run++) await timeRun(user, input);
  const worker = system.workers[0];
  if (worker === undefined) throw new Error('There is no worker.');
  const cpuBefore = await worker.cpuSeconds();
  const runs: TimedRun[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await timeRun(user, input));
  const cpu = (((await worker.cpuSeconds()) - cpuBefore) * 1000) / RUNS;
  const times = runs.map(({ milliseconds }) => milliseconds);
  const [p50, p90] = [0.5, 0.9].map((share) => quantileOf(times, share).toFixed(0).padStart(5));
  const load = loadavg()[0]?.toFixed(1);
  console.log(
    `${file.padEnd(16)} p50 ${p50} ms (bar ${BARS[file]}), p90 ${p90} ms of ${RUNS}; the worker's processor time ${cpu.toFixed(0)} ms a run; load ${load}`,
  );
  for (const stage of new Set(runs.flatMap(({ stages }) => [...stages.keys()]))) {
    console.log(
      `  ${stage.padEnd(28)} ${median(runs.map(({ stages }) => stages.get(stage) ?? 0))
        .toFixed(1)
        .padStart(7)} ms`,
    );
  }
}

const rig = await openRig({ seed: 0, full: true, synced: true });
try {
  const system = await System.open(rig, { apis: 1, workers: 1 }, { TRAINING_THREADS: '2' });
  for (const entry of readManifest(DIRECTORY, Object.keys(BARS).join(','))) await measure(system, entry);
  await system.close();
} finally {
  await rig.close();
}
