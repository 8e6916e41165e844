/**
 * Claim: of runs of 3 s and more without early stopping, at 30 % progress the ETA is within 25 % of the truth for 80 %.
 *
 *   npm run build && node benchmarks/eta-accuracy.ts [--runs 110] [--history 20] [--seed 1] [--traces FILE]
 *
 * An API process and two workers of one thread each on a PostgreSQL of their own, all by the build. Trainings of several
 * shapes (support/eta-workload.ts) are started so that six are unfinished at any time, and each is followed by trainingEvents;
 * what a run says of itself is compared with when it ended, by the times of its events. The first runs, of every shape twice,
 * only make the history; runs that took less than 3 s are left out. QUEUED: what `trainingRun` says just after the start.
 * "off the line": how far progress strays from the share of the time that has passed, at its worst. Exit code 1 below the bar.
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { quantileSorted } from 'simple-statistics';
import { Client } from './support/client.ts';
import { startCluster } from './support/cluster.ts';
import { csvOf, TABLES, type WorkloadRun, workload } from './support/eta-workload.ts';

const WORKERS = 2;
const UNFINISHED_AT_ONCE = 6;
const MIN_SECONDS = 3;
const TOLERANCE = 0.25;
const SHARES = [0.1, 0.3, 0.5, 0.8] as const;
const BAR = { share: 0.3, ofRuns: 0.8 } as const;

const UPLOAD =
  'mutation ($file: Upload!) { uploadDataset(file: $file) { dataset { id } report { issues { message } } } }';
const START = 'mutation ($input: StartTrainingInput!) { startTraining(input: $input) { id queuePosition etaSeconds } }';
const FOLLOW = `subscription ($id: ID!) {
  trainingEvents(runId: $id) { seq at status stage progress etaSeconds attempt error { message } } }`;

interface RunEvent {
  readonly at: string;
  readonly status: string;
  readonly stage: string;
  readonly progress: number;
  readonly etaSeconds: number | null;
  readonly attempt: number;
  readonly error: { readonly message: string } | null;
}

/** A run from its start to its end. */
interface Trace {
  readonly run: Omit<WorkloadRun, 'features'>;
  readonly startedAt: number;
  readonly queued: { readonly position: number | null; readonly etaSeconds: number | null };
  readonly events: readonly RunEvent[];
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '110' },
    history: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    traces: { type: 'string' },
  },
});

console.log(
  `node ${process.version}, ${availableParallelism()} cores, load ${loadavg()[0]!.toFixed(1)}, seed ${values.seed}`,
);
// Made beforehand: while that takes its seconds, no connection is served.
const files = new Map(TABLES.map((table) => [table.name, csvOf(table)]));
const cluster = await startCluster(WORKERS, { TRAINING_THREADS: '1' });
try {
  const client = await Client.signUp(cluster.url);
  const datasets = new Map<string, string>();
  for (const [name, file] of files) datasets.set(name, await upload(client, name, file));
  const traces = await trainAll(client, datasets, Number(values.history) + Number(values.runs));
  if (values.traces !== undefined) await writeFile(values.traces, JSON.stringify(traces));
  const measured = traces.slice(Number(values.history)).filter((trace) => secondsOf(trace) >= MIN_SECONDS);
  process.exitCode = report(measured, traces.length - measured.length) ? 0 : 1;
} finally {
  await cluster.stop();
}

async function upload(client: Client, name: string, file: Blob): Promise<string> {
  const { uploadDataset } = await client.sendFile<{
    uploadDataset: { dataset: { id: string } | null; report: { issues: object[] } };
  }>(UPLOAD, file, `${name}.csv`, {});
  if (uploadDataset.dataset === null) throw new Error(JSON.stringify(uploadDataset.report.issues));
  return uploadDataset.dataset.id;
}

/** Starts so many runs, a next one whenever one has ended, and gives them in the order of their starts. */
async function trainAll(client: Client, datasets: ReadonlyMap<string, string>, count: number): Promise<Trace[]> {
  const runs = workload(Number(values.seed));
  const traces: Trace[] = [];
  let started = 0;
  const trainOn = async () => {
    while (started < count) {
      const number = started++;
      const { table, features, ...run } = runs.next().value;
      const startedAt = Date.now();
      const input = { datasetId: datasets.get(table), features, ...run };
      const { startTraining } = await client.send<{
        startTraining: { id: string; queuePosition: number | null; etaSeconds: number | null };
      }>(START, { input });
      const { id, queuePosition: position, etaSeconds } = startTraining;
      const events = await client.all<{ trainingEvents: RunEvent }>(FOLLOW, { id });
      const trace = {
        run: { table, ...run },
        startedAt,
        queued: { position, etaSeconds },
        events: events.map((event) => event.trainingEvents),
      };
      const last = trace.events.at(-1);
      if (last?.status !== 'SUCCEEDED') throw new Error(`${JSON.stringify(trace.run)}: ${JSON.stringify(last)}`);
      traces[number] = trace;
    }
  };
  await Promise.all(Array.from({ length: UNFINISHED_AT_ONCE }, trainOn));
  return traces;
}

function report(traces: readonly Trace[], others: number): boolean {
  console.log(`${traces.length} runs of ${MIN_SECONDS} s and more; ${others} more made the history or were shorter`);
  console.log(`share of the runs whose ETA was within ${100 * TOLERANCE} % of the truth, by progress:`);
  print('', 'runs', 'median s', 'QUEUED', ...SHARES.map((share) => `${100 * share} %`), 'off the line');
  for (const algorithm of [...new Set(traces.map(({ run }) => run.algorithm)), null]) {
    const chosen = traces.filter(({ run }) => algorithm === null || run.algorithm === algorithm);
    const queued = chosen.filter((trace) => trace.queued.position !== null);
    print(
      algorithm ?? 'all',
      `${chosen.length}`,
      middle(chosen.map(secondsOf)).toFixed(1),
      percent(queued.filter(isRightWhenQueued).length / queued.length),
      ...SHARES.map((share) => percent(rightAt(chosen, share))),
      percent(middle(chosen.map(straying))),
    );
  }
  const reached = rightAt(traces, BAR.share);
  const holds = reached >= BAR.ofRuns && traces.length >= Math.min(100, Number(values.runs));
  console.log(`bar: ${percent(BAR.ofRuns)} of 100 runs at ${percent(BAR.share)}: ${holds ? 'holds' : 'MISSED'}`);
  return holds;
}

function print(first: string, ...others: readonly string[]): void {
  console.log(first.padEnd(20) + others.map((text) => text.padStart(13)).join(''));
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function middle(numbers: readonly number[]): number {
  return quantileSorted(
    numbers.toSorted((a, b) => a - b),
    0.5,
  );
}

function claimOf({ events }: Trace): number {
  return Date.parse(events.find(({ status }) => status === 'RUNNING')!.at);
}

function endOf({ events }: Trace): number {
  return Date.parse(events.at(-1)!.at);
}

/** From the moment a worker took it up to its end. */
function secondsOf(trace: Trace): number {
  return (endOf(trace) - claimOf(trace)) / 1000;
}

function isRight(etaSeconds: number | null, truthSeconds: number): boolean {
  return etaSeconds !== null && Math.abs(etaSeconds - truthSeconds) <= TOLERANCE * truthSeconds;
}

function isRightWhenQueued(trace: Trace): boolean {
  return isRight(trace.queued.etaSeconds, (endOf(trace) - trace.startedAt) / 1000);
}

/** Of the runs that say how far they are at this share or after it: those whose ETA is then right. */
function rightAt(traces: readonly Trace[], share: number): number {
  const right = traces.filter((trace) => {
    const event = trace.events.find(({ status, progress }) => status === 'RUNNING' && progress >= share);
    return event !== undefined && isRight(event.etaSeconds, (endOf(trace) - Date.parse(event.at)) / 1000);
  });
  return right.length / traces.length;
}

/** How far progress strays from the share of the time that has passed, at its worst. */
function straying(trace: Trace): number {
  const claim = claimOf(trace);
  const whole = endOf(trace) - claim;
  const running = trace.events.filter(({ status }) => status === 'RUNNING');
  return Math.max(...running.map(({ at, progress }) => Math.abs(progress - (Date.parse(at) - claim) / whole)));
}
