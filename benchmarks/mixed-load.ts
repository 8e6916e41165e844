/**
 * Mixed load on little CPU: PostgreSQL has 0.3 of a core, each of two workers 0.5, as the kernel sees to it. Users upload,
 * train on small files and on a million rows, follow every event, cancel, stop and ask for lists, while every few minutes
 * a worker is told to end and started again. In the end no run may be lost, counted as lost, or miss an event; otherwise the
 * exit code is 1. Linux, as root.
 *
 *   node benchmarks/mixed-load.ts [--minutes 60] [--rows 1000000] [--restart-seconds 180] [--seed 1]
 */
import { parseArgs } from 'node:util';
import { checkInvariants } from '../tests/chaos/invariants.ts';
import { quantileOf, Report } from '../tests/chaos/report.ts';
import { openRig, type Rig } from '../tests/chaos/rig.ts';
import { withSystem } from '../tests/chaos/scenarios/scenario.ts';
import type { System } from '../tests/chaos/system.ts';
import { pause } from '../tests/chaos/until.ts';
import { buildDist } from '../tests/support/build-dist.ts';
import { noiseCsv } from '../tests/support/csv-files.ts';
import { groupsUnavailable } from '../tests/support/kernel-group.ts';
import { CpuQuota } from './support/cpu-quota.ts';
import { type Deeds, MixedUsers } from './support/mixed-users.ts';
import { QuotaMonitor } from './support/quota-monitor.ts';

const POSTGRES_CORES = 0.3;
const WORKER_CORES = 0.5;

/** What is in flight at the end of the time gets so long to end, in seconds. */
const SECONDS_TO_END = 300;

/** A worker must be gone so soon after SIGTERM. */
const MAX_END_SECONDS = 12;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rows: { type: 'string', default: '1000000' },
    'restart-seconds': { type: 'string', default: '180' },
    seed: { type: 'string', default: '1' },
  },
});
const minutes = Number(values.minutes);
const rows = Number(values.rows);
const restartSeconds = Number(values['restart-seconds']);
const seed = Number(values.seed);
if (!(minutes > 0 && rows >= 1_000 && restartSeconds > 0 && Number.isSafeInteger(seed))) {
  console.error('--minutes, --rows, --restart-seconds and --seed take numbers above 0');
  process.exit(2);
}
const reason = groupsUnavailable('cpu');
if (reason !== null) {
  console.error(`Nothing is measured: ${reason}`);
  process.exit(2);
}
// Whatever ends this process, the rig's guard ends the others.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Ends workers in order, one by one, and starts another in the place of each, until the time is over. */
async function restartWorkers(system: System, quotas: readonly CpuQuota[], until: number, report: Report) {
  const endSeconds: number[] = [];
  let slot = 0;
  for (let next = performance.now() + restartSeconds * 1_000; next < until; next += restartSeconds * 1_000) {
    await pause(Math.max(0, next - performance.now()));
    // The oldest is the one whose turn it is.
    const [worker] = system.workers;
    const quota = quotas[slot++ % quotas.length];
    if (worker === undefined || quota === undefined) continue;
    const { seconds, end } = await worker.terminate();
    endSeconds.push(seconds);
    report.check(end === 0, `worker ${worker.pid} ended with ${end}`);
    await quota.add((await system.startWorker()).pid);
  }
  await pause(Math.max(0, until - performance.now()));
  return endSeconds;
}

async function reportRuns({ owner }: System, deeds: Deeds, report: Report): Promise<void> {
  const ends = await owner<{ algorithm: string; large: boolean; outcome: string; count: number; attempts: number }[]>`
    select algorithm, row_count >= ${rows} as large, coalesce(error_code, end_reason, status) as outcome,
      count(*)::int as count, max(attempt) as attempts
    from training_runs join datasets on datasets.id = dataset_id group by 1, 2, 3 order by 2, 1, 3`;
  for (const { algorithm, large, outcome, count, attempts } of ends) {
    const size = large ? `${rows.toLocaleString('en')} rows` : 'small';
    report.line(`${String(count).padStart(5)} ${algorithm}, ${size}: ${outcome} (up to ${attempts} attempts)`);
  }
  const [lost] = await owner<{ lost: number; contradicted: number; runs: string | null; failed: string | null }[]>`
    select coalesce(sum(lost_attempts), 0)::int as lost,
      string_agg(id::text, ' ') filter (where lost_attempts > 0) as runs,
      string_agg(id || ' ' || error_code, ' ') filter (where error_code is not null) as failed from training_runs`;
  report.line(`lost attempts: ${lost?.lost}; runs that failed: ${lost?.failed ?? 'none'}`);
  report.check(lost?.lost === 0, `attempts count as lost, of the runs ${lost?.runs}`);
  report.check(lost?.failed === null, `runs failed: ${lost?.failed}`);
  const events = deeds.followers.reduce((sum, follower) => sum + follower.events.length, 0);
  const lastSeqs = await owner<{ id: string; last_seq: number }[]>`select id, last_seq from training_runs`;
  const wanted = new Map(lastSeqs.map(({ id, last_seq }) => [id, last_seq]));
  const missing = deeds.followers.filter(({ runId, events: heard }) => heard.length !== wanted.get(runId));
  report.line(`${events} events came to ${deeds.followers.length} followers; ${missing.length} of them miss any`);
  for (const { runId, events: heard } of missing) {
    report.fault(`run ${runId}: ${heard.length} events came of ${wanted.get(runId)}`);
  }
  const requeues = await owner<{ count: number }[]>`
    select count(*)::int as count from training_events where kind = 'STATUS' and status = 'QUEUED' and attempt > 0`;
  report.line(`runs handed back or taken over: ${requeues[0]?.count}`);
}

function reportQuota(monitor: QuotaMonitor, report: Report): void {
  const gaps = [...monitor.heartbeatGaps.values()];
  report.line(`longest time that a live worker was not heard of: ${Math.max(...gaps).toFixed(2)} s`);
  report.line(`longest wait for the event loop of a worker: ${monitor.longestLoopWait.toFixed(2)} s`);
  report.line('anonymous memory in MB:  minute    API  workers        PostgreSQL');
  for (const { minute, api, workers, postgres } of monitor.samples) {
    const each = workers.map((megabytes) => megabytes.toFixed(0).padStart(5)).join(' ');
    report.line(
      `                        ${minute.toFixed(1).padStart(7)} ${api.toFixed(0).padStart(6)}  ${each.padEnd(15)} ${postgres.toFixed(0).padStart(9)}`,
    );
  }
}

async function load(rig: Rig, system: System, quotas: readonly CpuQuota[], report: Report): Promise<void> {
  // It takes seconds to make, in which no answer could be read.
  const largeFile = noiseCsv(rows);
  const users = new MixedUsers(rig.random('mixed-load'));
  const [first, second, third] = [await system.signUp(), await system.signUp(), await system.signUp()];
  const monitor = new QuotaMonitor(system, rig.postgres.pid, Math.max(10, minutes * 4));
  const { deeds } = users;
  let endSeconds: number[] = [];
  try {
    await Promise.all([users.addSmall(first), users.addSmall(second), users.addLarge(third, largeFile)]);
    for (const user of [first, second, third]) users.addLister(user);
    endSeconds = await restartWorkers(system, quotas, performance.now() + minutes * 60_000, report);
    await Promise.race([users.end(), pause(SECONDS_TO_END * 1_000)]);
  } finally {
    await monitor.end();
  }
  report.line(
    `${deeds.uploads} uploads, ${deeds.started.length} trainings, ${deeds.cancelled} cancellations, ${deeds.stopped} stops`,
  );
  const lists = deeds.listSeconds;
  const [p50, p99] = [quantileOf(lists, 0.5), quantileOf(lists, 0.99)];
  report.line(
    `${lists.length} list queries: p50 ${p50.toFixed(2)} s, p99 ${p99.toFixed(2)} s, max ${Math.max(...lists).toFixed(2)} s`,
  );
  report.line(`requests that were refused: ${deeds.refused.length}`);
  for (const refusal of deeds.refused) report.fault(`refused: ${refusal}`);
  if (endSeconds.length > 0) report.spread('from SIGTERM to the end of a worker', 's', endSeconds, MAX_END_SECONDS);
  await reportRuns(system, deeds, report);
  reportQuota(monitor, report);
  await checkInvariants(system, first.client, report, { runIds: [], seconds: SECONDS_TO_END });
}

console.log(
  `mixed load for ${minutes} minutes: PostgreSQL ${POSTGRES_CORES} of a core, 2 workers ${WORKER_CORES} each; seed ${seed}, node ${process.version}, from ${new Date().toISOString()}`,
);
await buildDist();
const report = new Report();
const rig = await openRig({ seed, full: true, synced: true });
const groups: CpuQuota[] = [];
try {
  const postgres = await CpuQuota.make('postgres', POSTGRES_CORES);
  groups.push(postgres);
  const quotas = [await CpuQuota.make('worker-0', WORKER_CORES), await CpuQuota.make('worker-1', WORKER_CORES)];
  groups.push(...quotas);
  await withSystem(rig, report, { apis: 1, workers: 2 }, async (system) => {
    await postgres.add(rig.postgres.pid);
    for (const [slot, worker] of system.workers.entries()) await quotas[slot]?.add(worker.pid);
    await load(rig, system, quotas, report);
    for (const [index, name] of ['PostgreSQL', 'worker 0', 'worker 1'].entries()) {
      const share = await groups[index]?.throttledShare();
      report.line(`${name} had used up its CPU in ${((share ?? 0) * 100).toFixed(0)} % of the periods`);
    }
  });
} finally {
  await rig.close();
  for (const group of groups) await group.remove();
}
for (const line of report.lines) console.log(line);
for (const fault of report.faults) console.log(`FAULT ${fault}`);
console.log(
  report.faults.length === 0
    ? 'passed: no run was lost, no event is missing'
    : `FAILED: ${report.faults.length} faults`,
);
// Users whose runs have not ended by now would go on waiting for them.
process.exit(report.faults.length === 0 ? 0 : 1);
