/**
 * What a worker keeps in memory once its runs have ended: it trains on a million rows several times over, with checkpoints of
 * tens of megabytes, and then does nothing. Linux.
 *
 *   node benchmarks/worker-memory.ts [--rows 1000000] [--runs 6]
 */
import { parseArgs } from 'node:util';
import { Report } from '../tests/chaos/report.ts';
import { openRig } from '../tests/chaos/rig.ts';
import { withSystem } from '../tests/chaos/scenarios/scenario.ts';
import { pause } from '../tests/chaos/until.ts';
import { buildDist } from '../tests/support/build-dist.ts';
import { noiseCsv } from '../tests/support/csv-files.ts';
import { uploadDataset } from '../tests/support/operations.ts';
import { anonymousMegabytes } from './support/cpu-quota.ts';

/** What a worker that has nothing to do gives back, it gives back by then. */
const REST_MILLISECONDS = 5_000;

/** How often it is looked what a run takes, in milliseconds. */
const POLL_MILLISECONDS = 100;

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, runs: { type: 'string', default: '6' } },
});

const KINDS = [
  { algorithm: 'RANDOM_FOREST', parameters: { trees: 20, maxDepth: 20 } },
  { algorithm: 'GRADIENT_BOOSTING', parameters: { trees: 100, maxDepth: 6 } },
];

await buildDist();
const file = noiseCsv(Number(values.rows));
const report = new Report();
const rig = await openRig({ seed: 1, full: true });
await withSystem(rig, report, { apis: 1, workers: 1 }, async (system) => {
  const user = await system.signUp();
  const { id: datasetId } = await uploadDataset(user.client.http, file);
  const [worker] = system.workers;
  if (worker === undefined) throw new Error('There is no worker.');
  console.log(`before: ${(await anonymousMegabytes(worker.pid)).toFixed(0)} MB`);
  for (let run = 0; run < Number(values.runs); run++) {
    const kind = KINDS[run % KINDS.length];
    const follower = user.client.follow(await user.client.start({ datasetId, ...kind }, crypto.randomUUID()));
    let max = 0;
    while (!follower.isComplete) {
      max = Math.max(max, await anonymousMegabytes(worker.pid));
      await pause(POLL_MILLISECONDS);
    }
    await pause(REST_MILLISECONDS);
    const kept = await anonymousMegabytes(worker.pid);
    const [cost] =
      await system.owner`select round(cpu_seconds) as seconds from training_runs where id = ${follower.runId}`;
    console.log(
      `run ${run + 1}, ${kind?.algorithm}, ${follower.last?.status}: up to ${max.toFixed(0)} MB, afterwards ${kept.toFixed(0)} MB; ${cost?.['seconds']} s of CPU`,
    );
  }
});
await rig.close();
for (const fault of report.faults) console.log(`FAULT ${fault}`);
process.exit(report.faults.length === 0 ? 0 : 1);
