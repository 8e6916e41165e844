/**
 * Claim: after 50,000 sockets that connected, subscribed and died without a word, while nothing happened to what they
 * followed, the API process holds not one follower more, and its heap is within 10 % of what it was.
 *
 *   npx tsc -p tsconfig.build.json && node scripts/bundle-dependencies.js
 *   node benchmarks/live-listeners.ts [--cycles 50000] [--at-once 20]
 *
 * The process is `dist/main.js api`, with a hook that counts its objects after a full collection. A third of the sockets
 * follow a run's events, a third its progress, a third the workspace's list; each third dies by halves: right after
 * it has sent the subscription, or once the server has answered a ping that was sent after it.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import WebSocket from 'ws';
import { LOOK_INSIDE, startApi } from './support/api.ts';
import { startDatabase } from './support/database.ts';
import type { HeapState } from './support/heap-hook.ts';
import { makeLiveWorkspace } from './support/live-runs.ts';

const QUERIES = [
  'subscription ($id: ID!) { trainingEvents(runId: $id, afterSeq: 2) { seq status } }',
  'subscription ($id: ID!) { trainingProgress(runId: $id) { id status progress } }',
  'subscription { trainingRunChanges { kind runId } }',
];

/** By then all code has been compiled, and every pool has its size. */
const WARM_UP_CYCLES = 2_000;
const BAR = 1.1;

/** So often its heap is looked at: what leaks grows from part to part, what is warm does not. */
const PARTS = 5;

const { values } = parseArgs({
  options: { cycles: { type: 'string', default: '50000' }, 'at-once': { type: 'string', default: '20' } },
});
const [cycles, atOnce] = [Number(values.cycles), Number(values['at-once'])];

const database = await startDatabase();
const api = await startApi(database, LOOK_INSIDE);
try {
  const { token, runIds } = await makeLiveWorkspace(api.url, database, 100);
  const control = await Promise.all(Array.from({ length: 9 }, (_, n) => subscribe(n, token, runIds[n] ?? '')));
  report('control, 9 that stay', await stateOnce(({ iterators }) => iterators === 9));
  for (const socket of control) socket.terminate();
  await run(WARM_UP_CYCLES, token, runIds);
  const before = await stateOnce(({ iterators }) => iterators === 0);
  report(`after ${WARM_UP_CYCLES} cycles`, before);
  const startedAt = performance.now();
  let after = before;
  for (let part = 1; part <= PARTS; part++) {
    await run(cycles / PARTS, token, runIds);
    after = await stateOnce(({ iterators }) => iterators === 0);
    report(`after ${(part * cycles) / PARTS} more`, after);
  }
  console.log(`${cycles} cycles in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  const left = after.iterators + after.followers + after.feeds;
  console.log(`no listener left: ${left === 0 ? 'yes' : 'NO'}`);
  console.log(`heap within 10 %: ${after.heapBytes < before.heapBytes * BAR ? 'yes' : 'NO'}`);
} finally {
  await api.stop();
  await database.stop();
}

async function run(count: number, token: string, runIds: readonly string[]): Promise<void> {
  let next = 0;
  const workOff = async () => {
    for (let n = next++; n < count; n = next++) await cycle(n, token, runIds[n % runIds.length] ?? '');
  };
  await Promise.all(Array.from({ length: atOnce }, workOff));
}

async function cycle(n: number, token: string, id: string): Promise<void> {
  const socket = await subscribe(n, token, id);
  // Without this the subscription might still be in the client's own buffer.
  await new Promise<void>((resolve) => socket.ping(undefined, undefined, () => resolve()));
  socket.terminate();
}

/** A socket that has sent its subscription. Of every other the server has read it, and the message after it. */
async function subscribe(n: number, token: string, id: string): Promise<WebSocket> {
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  await once(socket, 'message');
  const query = QUERIES[n % QUERIES.length];
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { id } } }));
  if (n % 2 === 0) {
    socket.send(JSON.stringify({ type: 'ping' }));
    await once(socket, 'message');
  }
  return socket;
}

/** What is alive once that is so, or does not seem to come about: the server needs a moment to notice. */
async function stateOnce(isSo: (state: HeapState) => boolean): Promise<HeapState> {
  for (const deadline = performance.now() + 10_000; ; ) {
    const state = await api.heapState();
    if (isSo(state) || performance.now() > deadline) return state;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function report(when: string, { heapBytes, iterators, followers, feeds }: HeapState): void {
  const heap = (heapBytes / 2 ** 20).toFixed(1);
  console.log(`${when.padEnd(20)} heap ${heap} MiB, ${iterators} iterators, ${followers} followers, ${feeds} feeds`);
}
