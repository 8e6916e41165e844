/**
 * Claim: a worker predicts 1,000,000 rows of 20 columns with 100 trees in less than 10 s from startBatchPrediction to the stored file,
 * on two cores, and has at most 200 MiB more in memory than when idle.
 *
 *   npm run build && node benchmarks/batch-prediction.ts [--rows 1000000] [--runs 3]
 *
 * One API and one worker process from the build, on a PostgreSQL of their own, all on this machine. The file is made up with a seed:
 * 13 numbers, a count, four categories, a date, a number that is mostly missing, and the target, by which the predictions are scored.
 * The model is trained on 50,000 rows of the same kind by another worker, so that the memory is that of predicting alone. Linux.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createRandom } from '../src/ml/random.ts';
import { openRig } from '../tests/chaos/rig.ts';
import { System } from '../tests/chaos/system.ts';
import { endOfBatch, startBatch } from '../tests/predictions/batch/batch-operations.ts';
import { train, uploadDataset } from '../tests/support/operations.ts';
import { completeUpload, createUpload, followUpload, sendParts } from '../tests/support/part-upload.ts';

const { values: options } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, runs: { type: 'string', default: '3' } },
});
const ROWS = Number(options.rows);
const RUNS = Number(options.runs);
const TRAINING_ROWS = 50_000;

/** How often the memory of the worker is read. */
const MEMORY_MILLISECONDS = 50;

const REGIONS = ['north', 'south', 'east', 'west', 'central', 'islands', 'highlands', 'overseas'];
const PLANS = ['free', 'basic', 'pro', 'enterprise'];
const DEVICES = ['phone', 'desktop', 'tablet', ''];
const NUMBERS = Array.from({ length: 13 }, (_, index) => `num${String(index + 1).padStart(2, '0')}`);
const HEADER = `${NUMBERS.join(',')},num14,region,plan,device,city,signup_date,sparse_score,label\n`;

/** The file, block by block of rows. */
function* fileBlocks(rows: number, seed: number): Generator<string> {
  const random = createRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  yield HEADER;
  for (let first = 0; first < rows; first += 10_000) {
    let block = '';
    for (let row = first; row < Math.min(rows, first + 10_000); row++) {
      const numbers = NUMBERS.map((_, index) => (normal() * 10 ** ((index % 4) - 1)).toFixed(4));
      const [region, plan, city] = [random.below(8), random.below(4), random.below(300)];
      const day = new Date(Date.UTC(2015, 0, 1) + random.below(3_652) * 86_400_000).toISOString().slice(0, 10);
      const sparse = random.uniform() < 0.4 ? normal().toFixed(4) : '';
      const signal = Number(numbers[1]) + Number(numbers[5]) + (region - 3.5) / 3 + (plan - 1.5) / 2 + normal();
      const texts = [REGIONS[region], PLANS[plan], DEVICES[random.below(4)], `city_${city}`, day, sparse];
      block += `${numbers.join(',')},${random.below(9)},${texts.join(',')},${signal > 0 ? 'yes' : 'no'}\n`;
    }
    yield block;
  }
}

const fileOf = (rows: number, seed: number) =>
  Buffer.concat(Array.from(fileBlocks(rows, seed), (block) => Buffer.from(block)));

/** A field of a process's status in MiB: VmRSS is what it has in memory now. */
function residentOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** What a process has used of all cores, in seconds. */
function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const rig = await openRig({ seed: 0, full: true, synced: true });
try {
  const settings = { MAX_CSV_UPLOAD_BYTES: '2000000000', MAX_OPEN_UPLOAD_BYTES: '4000000000', TRAINING_THREADS: '2' };
  const system = await System.open(rig, { apis: 1, workers: 1 }, settings);
  const client = (await system.signUp()).client.http;
  const small = await uploadDataset(client, { name: 'train.csv', content: fileOf(TRAINING_ROWS, 1) });
  const run = await train(client, {
    ...{ datasetId: small.id, target: 'label', algorithm: 'GRADIENT_BOOSTING' },
    parameters: { trees: 100 },
  });
  const file = fileOf(ROWS, 2);
  const session = await createUpload(client, 'big.csv', file.length);
  await sendParts(client, session, file);
  await completeUpload(client, session.id);
  const uploaded = (await followUpload(client, session.id)).at(-1);
  const datasetId = uploaded?.payload?.dataset?.id;
  if (datasetId === undefined) throw new Error(`The file was not stored: ${JSON.stringify(uploaded)}`);
  await Promise.all(system.workers.map((worker) => worker.kill()));
  const worker = await system.startWorker();
  console.log(
    `${ROWS} rows, ${(file.length / 1e6).toFixed(0)} MB, 20 columns and the target; ${navigator.hardwareConcurrency} cores`,
  );
  for (let repeat = 0; repeat < RUNS; repeat++) {
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const [idle, cpuBefore, startedAt] = [residentOf(worker.pid), cpuSecondsOf(worker.pid), performance.now()];
    let most = idle;
    const timer = setInterval(() => {
      most = Math.max(most, residentOf(worker.pid));
    }, MEMORY_MILLISECONDS);
    const batch = await endOfBatch(client, (await startBatch(client, { artifactId: run.artifact?.id, datasetId })).id);
    clearInterval(timer);
    const seconds = (performance.now() - startedAt) / 1_000;
    const cpu = cpuSecondsOf(worker.pid) - cpuBefore;
    const [load] = readFileSync('/proc/loadavg', 'utf8').split(' ');
    console.log(
      `${batch.status}: ${seconds.toFixed(1)} s from start to file (${cpu.toFixed(1)} s of processors, load of the machine ${load}); ` +
        `${(ROWS / seconds / 1e3).toFixed(0)}k rows/s; memory ${idle.toFixed(0)} MiB idle, at most ${(most - idle).toFixed(0)} MiB more; ` +
        `result ${((batch.sizeBytes ?? 0) / 1e6).toFixed(0)} MB, accuracy ${batch.metrics?.['accuracy']?.toFixed(4)}`,
    );
  }
  await system.close();
} finally {
  await rig.close();
}
