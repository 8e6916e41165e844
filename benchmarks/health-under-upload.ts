/**
 * Claim: while a file of 150 MB is uploaded and read, `health` over HTTP answers with a p99 under 50 ms.
 *
 *   npx tsc -p tsconfig.build.json && node scripts/bundle-dependencies.js
 *   node benchmarks/health-under-upload.ts [--file FILE] [--rounds 5]
 *
 * A server as `npm start` starts it. `health` is asked 100 times a second, whether or not the last answer has come, and
 * each latency counts from the moment at which the question was due: a pause of the server shows in every question
 * that falls into it. The file is sent from another thread, so that what the sender does delays no question. First
 * comes a quiet time, then the uploads, one after the other.
 */
import { once } from 'node:events';
import { createWriteStream, openAsBlob } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Client } from './support/client.ts';
import { latencyText, quantile } from './support/quantile.ts';
import { startServer } from './support/server.ts';

const FILE_BYTES = 150_000_000;
const INTERVAL_MILLISECONDS = 10;
const WARM_UP_MILLISECONDS = 3_000;
const QUIET_MILLISECONDS = 5_000;
const BAR_MILLISECONDS = 50;

const UPLOAD = `mutation ($file: Upload!) {
  uploadDataset(file: $file) { dataset { rowCount columnCount } report { issues { code severity message } } } }`;

interface Uploaded {
  readonly dataset: { readonly rowCount: number; readonly columnCount: number } | null;
  readonly report: { readonly issues: readonly object[] };
}

if (isMainThread) await measure();
else await uploadEach(workerData as UploaderData);

async function measure(): Promise<void> {
  const { values } = parseArgs({ options: { file: { type: 'string' }, rounds: { type: 'string', default: '5' } } });
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-health-'));
  const file = values.file ?? join(folder, 'made-up.csv');
  if (values.file === undefined) await writeCsv(file);
  const server = await startServer();
  try {
    const { size } = await stat(file);
    console.log(`${(size / 1e6).toFixed(0)} MB, node ${process.version}, ${availableParallelism()} cores`);
    const client = new Client(server.url, null);
    // The worker process is up, and everything has been compiled that is used often.
    await latenciesDuring(client, new Promise((resolve) => setTimeout(resolve, WARM_UP_MILLISECONDS)));
    const quiet = await latenciesDuring(client, new Promise((resolve) => setTimeout(resolve, QUIET_MILLISECONDS)));
    printLatencies('without an upload', quiet);
    const { all, p99 } = await uploads(client, server.url, file, Number(values.rounds));
    printLatencies('with an upload', all);
    console.log(`p99 under ${BAR_MILLISECONDS} ms: ${p99 < BAR_MILLISECONDS ? 'yes' : 'NO'}`);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Uploads the file so often, and gives the latencies of all rounds. */
async function uploads(client: Client, url: string, file: string, rounds: number) {
  const data: UploaderData = { url, file };
  const uploader = new Worker(new URL(import.meta.url), { workerData: data });
  await once(uploader, 'message');
  const all: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    const uploaded = once(uploader, 'message') as Promise<[Uploaded]>;
    uploader.postMessage('next');
    const latencies = await latenciesDuring(client, uploaded);
    const [{ dataset, report }] = await uploaded;
    if (dataset === null) throw new Error(`The file was refused: ${JSON.stringify(report)}`);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    printLatencies(`  ${dataset.rowCount.toLocaleString('en-US')} rows in ${seconds} s`, latencies);
    all.push(...latencies);
  }
  await uploader.terminate();
  return { all, p99: quantile(all, 0.99) };
}

interface UploaderData {
  readonly url: string;
  readonly file: string;
}

/** The other thread: signs up, says that it is ready, and uploads the file whenever it is told to. */
async function uploadEach({ url, file }: UploaderData): Promise<void> {
  const client = await Client.signUp(url);
  const upload = async () => {
    const content = await openAsBlob(file);
    const { uploadDataset } = await client.sendFile<{ uploadDataset: Uploaded }>(UPLOAD, content, 'large.csv', {});
    parentPort?.postMessage(uploadDataset);
  };
  parentPort?.on('message', () => void upload());
  parentPort?.postMessage('ready');
}

/** Asks for the server's health until the work is done; gives the milliseconds that each answer took. */
async function latenciesDuring(client: Client, work: Promise<unknown>): Promise<number[]> {
  let isWorking = true;
  void work.finally(() => {
    isWorking = false;
  });
  const asked: Promise<number>[] = [];
  for (let due = performance.now(); isWorking; due += INTERVAL_MILLISECONDS) {
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    asked.push(ask(client, due));
  }
  return await Promise.all(asked);
}

async function ask(client: Client, due: number): Promise<number> {
  const { health } = await client.send<{ health: { status: string } }>('{ health { status } }', {});
  if (health.status !== 'UP') throw new Error(`The server's health is ${health.status}.`);
  return performance.now() - due;
}

function printLatencies(name: string, latencies: readonly number[]): void {
  console.log(`${name.padEnd(30)} ${latencyText(latencies)}  of ${latencies.length} answers`);
}

/** A table of 150 MB as they come: numbers of all sizes, some missing, labels, a date, an answer that depends on them. */
async function writeCsv(path: string): Promise<void> {
  let state = 1;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const file = createWriteStream(path);
  const numbers = Array.from({ length: 12 }, (_, index) => `number${index}`);
  file.write(`${[...numbers, 'city', 'plan', 'day', 'answer'].join(',')}\n`);
  for (let written = 0; written < FILE_BYTES; ) {
    const rows = Array.from({ length: 2_000 }, () => {
      const cells = numbers.map((_, index) => (random() < 0.02 ? '' : (random() * 10 ** (index % 6)).toFixed(3)));
      const city = `city ${Math.floor(random() * 400)}`;
      const plan = ['free', 'team', 'enterprise'][Math.floor(random() * 3)];
      const day = `2025-${String(1 + Math.floor(random() * 12)).padStart(2, '0')}-11`;
      return `${cells.join(',')},${city},${plan},${day},${Number(cells[0]) > 0.5 ? 'yes' : 'no'}\n`;
    });
    const text = rows.join('');
    written += text.length;
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}
