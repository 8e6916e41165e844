/**
 * Claim: a training on three hosts gives a model whose log-loss is within 1 % of that of one host, and each host needs memory for its own rows
 * alone.
 *
 *   npm run build
 *   node benchmarks/distributed.ts [--rows 4000000] [--trees 100]
 *
 * One API process, three workers of the build with ENGINE=xgboost and one thread each, and a PostgreSQL, all on this machine, with the files in a
 * folder. The same rows are trained by DISTRIBUTED and then by LOCAL, on one thread. Linux, with python3-xgboost.
 */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { openRig } from '../tests/chaos/rig.ts';
import { type ChaosUser, System } from '../tests/chaos/system.ts';
import { pause, until } from '../tests/chaos/until.ts';
import { createUpload, partsOf, readUpload } from '../tests/support/part-upload.ts';
import { XGBOOST_PYTHON } from '../tests/support/xgboost-python.ts';
import { rankProcesses } from '../tests/training/distributed/engine/rank-processes.ts';
import { COLUMNS, CustomersCsv } from './distributed/customers-csv.ts';
import { cpuSeconds, ProcessPeaks, peakMegabytes } from './distributed/process-memory.ts';

const HOSTS = 3;

/** Far beyond what any of it takes. */
const LIMIT_SECONDS = 4 * 3600;

const { rows, trees } = parseArgs({
  options: { rows: { type: 'string', default: '4000000' }, trees: { type: 'string', default: '100' } },
}).values;
if (XGBOOST_PYTHON === null) throw new Error('There is no python3 with xgboost.');

const csv = new CustomersCsv(Number(rows));
const rig = await openRig({ seed: 0, full: true });
try {
  const much = String(4 * csv.sizeBytes);
  const system = await System.open(
    rig,
    { apis: 1, workers: HOSTS },
    {
      ...{ ENGINE: 'xgboost', ENGINE_PYTHON: XGBOOST_PYTHON, ENGINE_ADDRESS: '127.0.0.1' },
      ...{ MAX_CSV_UPLOAD_BYTES: much, MAX_OPEN_UPLOAD_BYTES: much, MAX_TOTAL_DATASET_BYTES: much },
      ...{ MAX_READING_MEMORY_BYTES: String(8e9), MAX_TRAINING_SECONDS: String(LIMIT_SECONDS) },
    },
  );
  try {
    await measure(system, await system.signUp());
  } finally {
    await system.close();
  }
} finally {
  await rig.close();
}

async function measure(system: System, user: ChaosUser): Promise<void> {
  const load = loadavg()[0]?.toFixed(1);
  console.log(
    `${rows} rows x ${COLUMNS} columns, ${(csv.sizeBytes / 1e6).toFixed(0)} MB of CSV, ${trees} trees of depth 6`,
  );
  console.log(`${availableParallelism()} cores at a load of ${load} at the beginning, node ${process.version}`);
  const datasetId = await upload(user);
  const idle = system.workers.map(({ pid }) => peakMegabytes(pid));
  console.log(`a worker before its first training: ${idle.join(', ')} MiB`);
  const losses: number[] = [];
  for (const engine of ['DISTRIBUTED', 'LOCAL']) losses.push(await train(system, user, { datasetId, engine }));
  const [onHosts, local] = losses as [number, number];
  console.log(`log-loss on ${HOSTS} hosts / on one: ${(onHosts / local).toFixed(4)} (bar: within 0.01 of 1)`);
}

async function upload({ client }: ChaosUser): Promise<string> {
  const begin = performance.now();
  const { id, partSizeBytes } = await createUpload(client.http, 'customers.csv', csv.sizeBytes);
  for (let number = 1; (number - 1) * partSizeBytes < csv.sizeBytes; number++) {
    const [part] = await partsOf(client.http, id, [number]);
    const from = (number - 1) * partSizeBytes;
    const body = csv.bytes(from, Math.min(csv.sizeBytes, from + partSizeBytes));
    const { status } = await fetch(part?.url ?? '', { method: 'PUT', body });
    if (status !== 200) throw new Error(`Part ${number} was answered with ${status}.`);
  }
  await client.http.execute('mutation ($id: ID!) { completeUpload(id: $id) { status } }', { id });
  const done = await until('the end of the reading', LIMIT_SECONDS, async () => {
    await pause(500);
    const session = await readUpload(client.http, id);
    return session !== null && ['DONE', 'REFUSED', 'FAILED'].includes(session.status) && session;
  });
  const dataset = done.payload?.dataset;
  if (!dataset) throw new Error(`The file was not taken: ${JSON.stringify(done)}`);
  console.log(`made, uploaded and read in ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  return dataset.id;
}

interface TrainedRun {
  readonly status: string;
  readonly error: object | null;
  readonly hosts: number | null;
  readonly attempt: number;
  readonly metrics: { readonly logLoss: number };
}

/** Trains, prints what that took, and gives the log-loss of the test rows. */
async function train(
  system: System,
  { client }: ChaosUser,
  asked: { datasetId: string; engine: string },
): Promise<number> {
  const workers = system.workers.map(({ pid }) => pid);
  const before = workers.map(cpuSeconds);
  using ranks = new ProcessPeaks(() => rankProcesses(workers));
  const begin = performance.now();
  const parameters = { trees: Number(trees), maxDepth: 6, learningRate: 0.1, earlyStoppingRounds: 0, seed: 1 };
  const input = { ...asked, target: 'outcome', algorithm: 'GRADIENT_BOOSTING', parameters };
  const id = await client.start(input, crypto.randomUUID());
  const follower = client.follow(id);
  await follower.end(LIMIT_SECONDS);
  const seconds = (performance.now() - begin) / 1000;
  const { trainingRun: run } = await client.http.execute<{ trainingRun: TrainedRun }>(
    `query ($id: ID!) { trainingRun(id: $id) { status error { code message } hosts attempt
      metrics { ... on ClassificationMetrics { logLoss } } } }`,
    { id },
  );
  if (run.status !== 'SUCCEEDED') throw new Error(`The training has failed: ${JSON.stringify(run)}`);
  console.log(
    `${asked.engine}: ${seconds.toFixed(0)} s, attempt ${run.attempt}, log-loss ${run.metrics.logLoss.toFixed(5)}`,
  );
  const stages = Map.groupBy(follower.events, ({ stage }) => stage);
  const starts = [...stages].map(([stage, [first]]) => ({ stage, at: ((first?.heardAt ?? begin) - begin) / 1000 }));
  console.log(`  stages begin after: ${starts.map(({ stage, at }) => `${stage} ${at.toFixed(0)} s`).join(', ')}`);
  const used = workers.map((pid, at) => cpuSeconds(pid) - before[at]!);
  const describe = (pid: number, at: number) => `${peakMegabytes(pid)} MiB, ${used[at]!.toFixed(0)} s of a core`;
  console.log(`  workers, at most: ${workers.map(describe).join('; ')}`);
  const ofRanks = [...ranks.megabytes].map(
    ([pid, most]) => `${most} MiB, ${(ranks.cpu.get(pid) ?? 0).toFixed(0)} s of a core`,
  );
  if (ofRanks.length > 0) console.log(`  ranks and their tracker, at most: ${ofRanks.join('; ')}`);
  return run.metrics.logLoss;
}
