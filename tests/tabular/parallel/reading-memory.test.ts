import { once } from 'node:events';
import { appendFileSync, statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { temporaryFile, temporaryPath } from '../temporary-file.ts';
import type { HaveRead, ReadWithin } from './read-within.thread.ts';

/** So many that what is kept of each matters: the dictionary of them alone takes more than 64 MiB. */
const IDS = 2_000_000;

/**
 * What the column takes at its most, while its labels are numbered: 16 bytes and 8 to 16 of slots for each in the dictionary, 7 of
 * text there, and 4 for its number. As strings in a list they took more than 200.
 */
const BYTES_PER_ID = 56;
/** What any file takes: its blocks, and the modules that read them. */
const BYTES_OF_ANY_FILE = 1 << 25;

/** Written some rows at a time. */
function idsFile(): string {
  const path = temporaryFile('id,answer\n');
  for (let first = 0; first < IDS; first += 10_000) {
    appendFileSync(path, Array.from({ length: 10_000 }, (_, at) => `${first + at},${at % 2}\n`).join(''));
  }
  return path;
}

/** In a thread as fresh as those of the server: what others have read in this one before would count. */
async function readWithin(file: ReadWithin): Promise<HaveRead> {
  const worker = new Worker(new URL('./read-within.thread.ts', import.meta.url), { workerData: file });
  const [answer] = await once(worker, 'message');
  return answer as HaveRead;
}

test('an identifier in every row is read within a few times its bytes, and its dictionary is given back', async () => {
  const file = { path: idsFile(), spillPath: temporaryPath('spill'), tablePath: temporaryPath('ids.arrow') };
  const { report, wasmBytes } = await readWithin({ ...file, bytes: IDS * BYTES_PER_ID + BYTES_OF_ANY_FILE });
  expect(report).toMatchObject({
    accepted: true,
    rowCount: IDS,
    columns: [{ kind: 'IDENTIFIER' }, { kind: 'NUMERIC' }],
  });
  // A column of doubles has been looked at since; the dictionary was larger.
  expect(wasmBytes).toBeLessThan(1 << 26);
  // The text of each, its offset, and its code.
  expect(statSync(file.tablePath).size).toBeGreaterThan(IDS * 12);
});
