/**
 * Claim: with two API processes on one database and 500 updates a second over 100 runs, an update is with the clients of
 * either process within 100 ms (p99) of its commit; none is lost, doubled or out of order.
 *
 *   npx tsc -p tsconfig.build.json && node scripts/bundle-dependencies.js
 *   node benchmarks/live-delivery.ts [--runs 100] [--rate 500] [--seconds 30]
 *
 * The processes are `dist/main.js api`. Each run has a follower of its events on each of them; the clients are in another
 * process. The updates are written from a third, in the transaction that a worker writes them in. A latency is from
 * the moment at which the COMMIT is answered to the moment at which the client has the message.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { startApi } from './support/api.ts';
import { startDatabase } from './support/database.ts';
import { Followers } from './support/live-followers.ts';
import { makeLiveWorkspace, Publisher } from './support/live-runs.ts';
import { latencyText, quantile } from './support/quantile.ts';

const EVENTS = `subscription ($id: ID!) { trainingEvents(runId: $id, afterSeq: 2) {
  runId seq at kind status stage progress etaSeconds attempt message } }`;
const BAR_MILLISECONDS = 100;
const WARM_UP_SECONDS = 3;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100' },
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '30' },
  },
});
const [runCount, rate, seconds] = [Number(values.runs), Number(values.rate), Number(values.seconds)];

const database = await startDatabase();
const apis = [await startApi(database), await startApi(database)] as const;
const followers = new Followers();
try {
  console.log(
    `${rate} updates a second, ${runCount} runs, ${seconds} s, node ${process.version}, ${availableParallelism()} cores`,
  );
  const { workspaceId, token, runIds } = await makeLiveWorkspace(apis[0].url, database, runCount);
  const publisher = new Publisher(
    database,
    runIds.map((runId) => ({ workspaceId, runId })),
  );
  // Each follower begins with an event that is there.
  await publisher.publish(rate, runCount);
  const orders = apis.flatMap(({ url }) => runIds.map((id) => ({ url, token, query: EVENTS, variables: { id } })));
  await followers.follow(orders);
  await publisher.publish(rate, rate * WARM_UP_SECONDS);
  const skipped = rate * WARM_UP_SECONDS * apis.length;
  await followers.untilCounted(({ received }) => received >= skipped);
  const committed = await publisher.publish(rate, rate * seconds);
  await publisher.end();
  await followers.untilCounted(({ completed }) => completed === orders.length);
  const { receipts, gaps } = await followers.report();
  await publisher.close();

  const ofProcess: [number[], number[]] = [[], []];
  for (const [index, progress, at] of receipts.slice(skipped)) {
    const commit = committed[Math.round(progress * committed.length)];
    if (commit !== undefined) ofProcess[index < runCount ? 0 : 1].push(at - commit.doneAt);
  }
  const all = ofProcess.flat();
  for (const [number, latencies] of ofProcess.entries()) {
    console.log(`commit to a client of process ${number + 1}   ${latencyText(latencies)}`);
  }
  console.log(`the COMMIT itself            ${latencyText(committed.map(({ begunAt, doneAt }) => doneAt - begunAt))}`);
  console.log(`delivered ${all.length} of ${committed.length * apis.length} events, ${gaps} gaps`);
  console.log(`all delivered, in order: ${all.length === committed.length * apis.length && gaps === 0 ? 'yes' : 'NO'}`);
  console.log(`p99 under ${BAR_MILLISECONDS} ms: ${quantile(all, 0.99) < BAR_MILLISECONDS ? 'yes' : 'NO'}`);
} finally {
  await followers.stop();
  await Promise.all(apis.map((api) => api.stop()));
  await database.stop();
}
