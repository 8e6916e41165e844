/**
 * Claim: one API process serves 5,000 subscribers of 100 runs, each of which has an event a second: all are delivered,
 * with a p99 under 250 ms from the commit to the client, in under 100 KiB of memory each.
 *
 *   npx tsc -p tsconfig.build.json && node scripts/bundle-dependencies.js
 *   node benchmarks/live-subscribers.ts [--subscribers 5000] [--runs 100] [--workspaces 1] [--seconds 30] [--transport ws|sse]
 *
 * The API is `dist/main.js api`; the clients, a socket or an event stream each, are in another process, the events are written from a third,
 * evenly over the second, in the transaction that a worker writes them in. A latency is from the answer to the
 * COMMIT to the moment at which the client has the message. Memory is what the API process has resident above what it
 * had before the first subscriber came, after as many had been there and gone.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { startApi } from './support/api.ts';
import { startDatabase } from './support/database.ts';
import { type FollowerOrder, Followers } from './support/live-followers.ts';
import { type LiveRun, makeLiveWorkspace, Publisher } from './support/live-runs.ts';
import { latencyText, quantile } from './support/quantile.ts';

const EVENTS = `subscription ($id: ID!, $afterSeq: Int!) { trainingEvents(runId: $id, afterSeq: $afterSeq) {
  runId seq at kind status stage progress etaSeconds attempt message } }`;
const BAR_MILLISECONDS = 250;
const BAR_KIB = 100;

/** Enough for code to be compiled and for the heap to have grown to what one subscriber after the other needs. */
const WARM_UP_SUBSCRIBERS = 200;

/** QUEUED, RUNNING, and two that are written to warm up: each subscriber begins with the last of them. */
const SEQ_AFTER_WARM_UP = 4;

const { values } = parseArgs({
  options: {
    subscribers: { type: 'string', default: '5000' },
    runs: { type: 'string', default: '100' },
    workspaces: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '30' },
    transport: { type: 'string', default: 'ws' },
    profile: { type: 'string' },
  },
});
const [subscriberCount, runCount, workspaceCount, seconds] = [
  values.subscribers,
  values.runs,
  values.workspaces,
  values.seconds,
].map(Number) as [number, number, number, number];

const transport: 'ws' | 'sse' = values.transport === 'sse' ? 'sse' : 'ws';

const database = await startDatabase();
const api = await startApi(
  database,
  values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`],
);
try {
  console.log(
    `${subscriberCount} subscribers over ${transport}, ${runCount} runs, ${workspaceCount} workspaces, ${seconds} s, node ${process.version}, ${availableParallelism()} cores`,
  );
  const { runs, orders } = await makeOrders();
  const publisher = new Publisher(database, runs);
  await warmUp(orders.slice(0, WARM_UP_SUBSCRIBERS), publisher);
  const before = await api.residentBytes();
  const followers = new Followers();
  const startedAt = performance.now();
  await followers.follow(orders);
  console.log(`all subscribed after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  const perSubscriber = (bytes: number) => (bytes - before) / subscriberCount / 1024;
  const quiet = perSubscriber(await api.residentBytes());

  const cpuBefore = await api.cpuSeconds();
  const committed = await publisher.publish(runCount, runCount * seconds);
  await publisher.end();
  const expected = committed.length * (subscriberCount / runCount);
  await followers.untilCounted(({ completed }) => completed === subscriberCount);
  const { receipts, gaps } = await followers.report();
  const cpu = (await api.cpuSeconds()) - cpuBefore;
  const busy = perSubscriber(await api.residentBytes());
  await followers.stop();
  await publisher.close();

  const latencies = receipts.flatMap(([, progress, at]) => {
    const commit = committed[Math.round(progress * committed.length)];
    return commit === undefined ? [] : [at - commit.doneAt];
  });
  console.log(`commit to client    ${latencyText(latencies)}`);
  console.log(`the COMMIT itself   ${latencyText(committed.map(({ begunAt, doneAt }) => doneAt - begunAt))}`);
  console.log(
    `delivered ${latencies.length} of ${expected} events, ${gaps} gaps; the API used ${((100 * cpu) / seconds).toFixed(0)} % of a core`,
  );
  console.log(
    `memory per subscriber: ${quiet.toFixed(0)} KiB when all had subscribed, ${busy.toFixed(0)} KiB at the end`,
  );
  verdict('all delivered, in order', latencies.length === expected && gaps === 0);
  verdict(`p99 under ${BAR_MILLISECONDS} ms`, quantile(latencies, 0.99) < BAR_MILLISECONDS);
  verdict(`under ${BAR_KIB} KiB each`, Math.max(quiet, busy) < BAR_KIB);
} finally {
  await api.stop();
  await database.stop();
}

async function makeOrders(): Promise<{ runs: LiveRun[]; orders: FollowerOrder[] }> {
  const workspaces = await Promise.all(
    Array.from({ length: workspaceCount }, () => makeLiveWorkspace(api.url, database, runCount / workspaceCount)),
  );
  const runs = workspaces.flatMap(({ workspaceId, token, runIds }) =>
    runIds.map((runId) => ({
      workspaceId,
      runId,
      order: {
        url: api.url,
        token,
        query: EVENTS,
        variables: { id: runId, afterSeq: SEQ_AFTER_WARM_UP - 1 },
        transport,
      },
    })),
  );
  const orders = Array.from({ length: subscriberCount / runCount }, () => runs.map(({ order }) => order)).flat();
  return { runs, orders };
}

/** Subscribers that come, get events and go. */
async function warmUp(orders: readonly FollowerOrder[], publisher: Publisher): Promise<void> {
  const followers = new Followers();
  // So that each has something to begin with.
  await publisher.publish(runCount, runCount);
  await followers.follow(orders.map((order) => ({ ...order, variables: { ...order.variables, afterSeq: 0 } })));
  await publisher.publish(runCount, runCount);
  await followers.stop();
}

function verdict(claim: string, holds: boolean): void {
  console.log(`${claim}: ${holds ? 'yes' : 'NO'}`);
}
