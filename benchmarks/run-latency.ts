/**
 * How soon a training begins on a system that has nothing else to do, and how fast many trivial ones are drained.
 *
 *   node benchmarks/run-latency.ts [--submits 200] [--runs 1000]
 *
 * One API process and two workers from the build, on a PostgreSQL of their own, all on this machine. The bars: from
 * the request to RUNNING 25 ms at p50 and 100 ms at p99, and 100 runs a second.
 */
import { parseArgs } from 'node:util';
import { quantileOf } from '../tests/chaos/report.ts';
import { openRig, type Rig } from '../tests/chaos/rig.ts';
import { type ChaosUser, System } from '../tests/chaos/system.ts';
import { pause, until } from '../tests/chaos/until.ts';
import { flowersCsv } from '../tests/support/csv-files.ts';
import { uploadDataset } from '../tests/support/operations.ts';

const { submits, runs } = parseArgs({
  options: { submits: { type: 'string', default: '200' }, runs: { type: 'string', default: '1000' } },
}).values;

/** Runs that are queued by requests at the same time. */
const REQUESTS_AT_ONCE = 10;

/** Until the workers have nothing left to do of the run before, in milliseconds. */
const REST = 100;

async function userWithDataset(system: System): Promise<ChaosUser & { input: object }> {
  const user = await system.signUp();
  const { id: datasetId } = await uploadDataset(user.client.http, flowersCsv());
  return { ...user, input: { datasetId, algorithm: 'BASELINE' } };
}

/** One run after the other, each when the one before has ended. */
async function measureBegin(rig: Rig): Promise<void> {
  const system = await System.open(rig, { apis: 1, workers: 2 }, { LOG_LEVEL: 'info' });
  const { client, input } = await userWithDataset(system);
  const seen: number[] = [];
  for (let submit = 0; submit < Number(submits); submit += 1) {
    const askedAt = performance.now();
    const follower = client.follow(await client.start(input, crypto.randomUUID()));
    const { heardAt } = await follower.event('RUNNING', 10, ({ status }) => status === 'RUNNING');
    seen.push(heardAt - askedAt);
    await follower.end(10);
    await pause(REST);
  }
  const rows = await system.owner<{ milliseconds: number }[]>`
    select extract(epoch from started_at - created_at)::float8 * 1000 as milliseconds from training_runs`;
  describe('request sent -> RUNNING heard of on trainingEvents', seen);
  describe(
    'created_at -> started_at in the row',
    rows.map(({ milliseconds }) => milliseconds),
  );
  await system.close();
}

/** All are queued before the workers come. */
async function measureDrain(rig: Rig): Promise<void> {
  const system = await System.open(rig, { apis: 1, workers: 0 });
  const { client, input } = await userWithDataset(system);
  for (let queued = 0; queued < Number(runs); queued += REQUESTS_AT_ONCE) {
    await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, () => client.start(input, crypto.randomUUID())));
  }
  await Promise.all([system.startWorker(), system.startWorker()]);
  const count = () => system.owner<{ left: number; succeeded: number; seconds: number }[]>`
    select count(*) filter (where finished_at is null)::int as left, count(*) filter (where status = 'SUCCEEDED')::int as succeeded,
      extract(epoch from max(finished_at) - min(started_at))::float8 as seconds from training_runs`;
  const drained = await until('the last run', 300, async () => {
    await pause(200);
    const [row] = await count();
    return row?.left === 0 && row;
  });
  const rate = (drained.succeeded / drained.seconds).toFixed(1);
  console.log(`${drained.succeeded} runs drained by 2 workers in ${drained.seconds.toFixed(1)} s: ${rate} runs/s`);
  await system.close();
}

function describe(what: string, milliseconds: readonly number[]): void {
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => quantileOf(milliseconds, share).toFixed(1).padStart(6));
  console.log(`${what.padEnd(52)} p50 ${p50} ms  p99 ${p99} ms  max ${max} ms  of ${milliseconds.length}`);
}

const rig = await openRig({ seed: 0, full: true, synced: true });
try {
  await measureBegin(rig);
  await measureDrain(rig);
} finally {
  await rig.close();
}
