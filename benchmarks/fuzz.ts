/**
 * Claim: 10,000 made-up operations over HTTP, WebSocket and server-sent events, and 10,000 made-up sequences of WebSocket frames, get
 * no answer that tells of the inside, end no process, and leave no listener and no memory behind.
 *
 *   npm run build
 *   npm run fuzz [-- --count 10000 --seed 1]
 *
 * The process is `dist/main.js api`, with a hook that counts its objects after a full collection. tests/api/fuzz.test.ts does the
 * same with a few hundred.
 */
import { parseArgs } from 'node:util';
import { type FuzzReport, fuzzDocuments, fuzzFrames } from '../tests/support/fuzz.ts';
import { LOOK_INSIDE, startApi } from './support/api.ts';
import { Client } from './support/client.ts';
import { startDatabase } from './support/database.ts';

/** By then all code has been compiled, and every pool has its size. */
const WARM_UP = 1_000;
const BAR = 1.1;

const { values } = parseArgs({
  options: { count: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const [count, seed] = [Number(values.count), Number(values.seed)];

const database = await startDatabase();
const api = await startApi(database, LOOK_INSIDE);
try {
  const { token } = await Client.signUpWithToken(api.url);
  await fuzzDocuments(api.url, token, WARM_UP, seed + 1);
  await fuzzFrames(api.url, WARM_UP, seed + 1);
  const before = await api.heapState();
  const startedAt = performance.now();
  report('operations', await fuzzDocuments(api.url, token, count, seed));
  report('frames', await fuzzFrames(api.url, count, seed));
  // Sockets that died without a word are noticed by the keep-alive.
  await new Promise((resolve) => setTimeout(resolve, 30_000));
  const after = await api.heapState();
  console.log(`${((performance.now() - startedAt) / 1_000 - 30).toFixed(0)} s, seed ${seed}, node ${process.version}`);
  const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  console.log(`heap ${megabytes(before.heapBytes)} MiB before, ${megabytes(after.heapBytes)} MiB after`);
  console.log(`listeners left: ${after.iterators + after.followers + after.feeds}`);
  console.log(`heap within 10 %: ${after.heapBytes < before.heapBytes * BAR ? 'yes' : 'NO'}`);
} finally {
  await api.stop();
  await database.stop();
}

function report(what: string, { sent, outcomes, faults }: FuzzReport): void {
  const counts = [...outcomes].sort(([, a], [, b]) => b - a).map(([name, times]) => `${name} ${times}`);
  console.log(`${sent} ${what}: ${faults.length} faults; ${counts.join(', ')}`);
  for (const fault of faults) console.log(`  ${fault}`);
}
