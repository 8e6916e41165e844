/**
 * A large file in parts, on the local disk and in an object store: how fast it arrives, how fast it is read, and what the API
 * process takes of memory meanwhile. The object store is a process of its own. Linux, with apt-get.
 *
 *   node benchmarks/large-upload.ts [--megabytes 1000]
 *
 * One API process from the build on a PostgreSQL of its own, and the client that sends four parts at once, all on this machine.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openRig, type Rig } from '../tests/chaos/rig.ts';
import { System } from '../tests/chaos/system.ts';
import { pause, until } from '../tests/chaos/until.ts';
import { createUpload, partsOf, readUpload } from '../tests/support/part-upload.ts';
import { startS3Server } from '../tests/support/s3-server.ts';
import type { TestClient } from '../tests/support/test-client.ts';

const { megabytes } = parseArgs({ options: { megabytes: { type: 'string', default: '1000' } } }).values;
const BYTES = Number(megabytes) * 1_000_000;

const PARTS_AT_ONCE = 4;

/** How often the client asks whether the file has been read. */
const POLL_MILLISECONDS = 250;

const HEADER = 'id,size,price,answer\n';

/** So many rows of the same length that the file is a little smaller than asked for. */
const ROW_BYTES = 32;
const ROW_COUNT = Math.floor((BYTES - HEADER.length) / ROW_BYTES);
const SIZE = HEADER.length + ROW_COUNT * ROW_BYTES;

/** The bytes of the file from a place on, made as they are sent. */
function bytesAt(begin: number, end: number): Uint8Array<ArrayBuffer> {
  const first = Math.max(0, Math.floor((begin - HEADER.length) / ROW_BYTES));
  const last = Math.min(ROW_COUNT, Math.ceil((end - HEADER.length) / ROW_BYTES));
  let text = begin < HEADER.length ? HEADER : '';
  for (let row = first; row < last; row++) text += rowOf(row);
  const from = begin < HEADER.length ? begin : begin - HEADER.length - first * ROW_BYTES;
  return new TextEncoder().encode(text.slice(from, from + end - begin));
}

function rowOf(row: number): string {
  const cells = [String(row).padStart(10), String((row * 7919) % 1_009).padStart(6), ((row % 9_973) / 4).toFixed(2)];
  return `${cells.join(',').padEnd(ROW_BYTES - 5)},${row % 2 === 0 ? 'yes' : ' no'}\n`;
}

async function send(client: TestClient, id: string, partSizeBytes: number): Promise<void> {
  const numbers = Array.from({ length: Math.ceil(SIZE / partSizeBytes) }, (_, index) => index + 1);
  const sendNext = async (): Promise<void> => {
    for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
      const [part] = await partsOf(client, id, [number]);
      const begin = (number - 1) * partSizeBytes;
      const body = bytesAt(begin, Math.min(SIZE, begin + partSizeBytes));
      const { status } = await fetch(part?.url ?? '', { method: 'PUT', body });
      if (status !== 200) throw new Error(`Part ${number} was answered with ${status}.`);
    }
  };
  await Promise.all(Array.from({ length: PARTS_AT_ONCE }, sendNext));
}

/** A field of a process's status in MiB: VmRSS is what it has in memory now, VmHWM the most that it has had. */
function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
}

async function measure(rig: Rig, name: string, settings: Record<string, string>): Promise<void> {
  const system = await System.open(
    rig,
    { apis: 1, workers: 0 },
    {
      MAX_CSV_UPLOAD_BYTES: String(2 * BYTES),
      MAX_OPEN_UPLOAD_BYTES: String(4 * BYTES),
      MAX_READING_MEMORY_BYTES: String(4 * BYTES),
      ...settings,
    },
  );
  const client = (await system.signUp()).client.http;
  const pid = system.apis[0]?.process.pid ?? 0;
  const before = memoryOf(pid, 'VmRSS');
  const { id, partSizeBytes } = await createUpload(client, 'large.csv', SIZE);
  const sentAt = performance.now();
  await send(client, id, partSizeBytes);
  const sending = (performance.now() - sentAt) / 1_000;
  const afterSending = memoryOf(pid, 'VmHWM');
  const readAt = performance.now();
  await client.execute('mutation ($id: ID!) { completeUpload(id: $id) { status } }', { id });
  const done = await until('the end of the reading', 900, async () => {
    await pause(POLL_MILLISECONDS);
    const upload = await readUpload(client, id);
    return upload !== null && ['DONE', 'REFUSED', 'FAILED'].includes(upload.status) && upload;
  });
  const reading = (performance.now() - readAt) / 1_000;
  const rate = (seconds: number) => `${(SIZE / 1e6 / seconds).toFixed(0)} MB/s`;
  console.log(
    `${name.padEnd(6)} ${(SIZE / 1e6).toFixed(0)} MB in parts of ${(partSizeBytes / 1e6).toFixed(0)} MB: ${done.status}; sent in ${sending.toFixed(1)} s (${rate(sending)}), ` +
      `read in ${reading.toFixed(1)} s (${rate(reading)}); memory of the API: ${before} MiB before, at most ${afterSending} MiB while it was sent, ${memoryOf(pid, 'VmHWM')} MiB in all`,
  );
  await system.close();
}

const s3 = await startS3Server();
const rig = await openRig({ seed: 0, full: true, synced: true });
try {
  await measure(rig, 'local', {});
  if (s3 !== null) await measure(rig, 's3', s3.settings(await s3.createBucket()));
} finally {
  await rig.close();
  await s3?.close();
}
