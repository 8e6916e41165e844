import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CsvInspector, defaultReadingMemory, type FileToInspect } from '../../../src/datasets/uploads/csv-inspector.ts';
import { ThreadPool } from '../../../src/platform/threads/thread-pool.ts';
import { ThreadDiedError } from '../../../src/platform/threads/threads.ts';
import { readTableFile } from '../../../src/tabular/table-file/table-file.ts';
import { distinctCsv, flowersCsv, largeCsv } from '../../support/csv-files.ts';
import type { TestFile } from '../../support/test-client.ts';

/** From 16 MiB on a file is read by several threads. */
const LARGE = largeCsv(17 << 20);
const NEVER = new AbortController().signal;

let folder: string;
let inspector: CsvInspector;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-inspector-'));
  inspector = new CsvInspector();
});

afterEach(async () => {
  await inspector.close();
  await rm(folder, { recursive: true, force: true });
});

async function received({ content }: TestFile, name: string): Promise<FileToInspect & { readonly tablePath: string }> {
  const path = join(folder, name);
  await writeFile(path, content);
  const limits = { minDataRows: 1, maxEmptyRatio: 1 };
  return {
    workspaceId: 'a workspace',
    path,
    sizeBytes: Buffer.byteLength(content),
    options: {},
    limits,
    tablePath: `${path}.arrow`,
    isTableHashed: true,
  };
}

test('large and small files at the same time are read completely, and only their tables remain', async () => {
  const large = await Promise.all([received(LARGE, 'a'), received(LARGE, 'b')]);
  const small = await received(flowersCsv(), 'c');
  const reports = await Promise.all([...large, small].map((file) => inspector.inspect(file, NEVER)));
  expect(reports.map(({ report: { accepted, rowCount } }) => ({ accepted, rowCount }))).toEqual([
    { accepted: true, rowCount: LARGE.rowCount },
    { accepted: true, rowCount: LARGE.rowCount },
    { accepted: true, rowCount: 60 },
  ]);
  for (const [index, { tablePath }] of [...large, small].entries()) {
    expect(readTableFile(tablePath).rowCount).toBe(reports[index]?.report.rowCount);
    const content = await readFile(tablePath);
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(reports[index]?.table).toEqual({ sizeBytes: content.length, sha256 });
  }
  expect((await readdir(folder)).sort()).toEqual(['a', 'a.arrow', 'b', 'b.arrow', 'c', 'c.arrow']);
});

test.runIf(availableParallelism() > 1)(
  'small files are read while a large one uses all threads, whichever ends first',
  async () => {
    const large = await received(LARGE, 'a');
    const small = await received(flowersCsv(), 'b');
    // All threads have been started, and are idle.
    await Promise.all(Array.from({ length: 16 }, () => inspector.inspect(small, NEVER)));
    const reading = inspector.inspect(large, NEVER);
    for (let turn = 0; turn < 3; turn++) {
      expect(await inspector.inspect(small, NEVER)).toMatchObject({ report: { accepted: true, rowCount: 60 } });
    }
    expect(await reading).toMatchObject({ report: { accepted: true, rowCount: LARGE.rowCount } });
  },
);

test('reading is aborted if the client has gone, for large and small files, and the next file is read', async () => {
  const files = [await received(LARGE, 'a'), await received(flowersCsv(), 'b')];
  const gone = new AbortController();
  const outcomes = Promise.allSettled([...files, ...files].map((file) => inspector.inspect(file, gone.signal)));
  gone.abort(new Error('gone'));
  for (const outcome of await outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'gone' } });
  }
  const next = await received(flowersCsv(), 'c');
  expect(await inspector.inspect(next, NEVER)).toMatchObject({ report: { accepted: true, rowCount: 60 } });
});

test.runIf(process.platform === 'linux')('reading threads have a lower priority than the process', async () => {
  const own = getPriority();
  const before = new Set(await readdir('/proc/self/task'));
  await inspector.inspect(await received(flowersCsv(), 'a'), NEVER);
  expect(getPriority()).toBe(own);
  const started = (await readdir('/proc/self/task')).filter((thread) => !before.has(thread));
  expect(started.map((thread) => getPriority(Number(thread)))).toContain(Math.min(19, own + 5));
});

test('an error of the reader is passed on', async () => {
  const missing = { ...(await received(flowersCsv(), 'a')), path: join(folder, 'nothing') };
  await expect(inspector.inspect(missing, NEVER)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a thread that dies gives SERVICE_UNAVAILABLE', async () => {
  const death = new ThreadDiedError('It died.', null);
  vi.spyOn(ThreadPool.prototype, 'run').mockRejectedValueOnce(death);
  await expect(inspector.inspect(await received(flowersCsv(), 'a'), NEVER)).rejects.toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    message: expect.stringMatching(/ended unexpectedly/),
    cause: death,
  });
  vi.restoreAllMocks();
});

describe('a file that needs much memory', () => {
  const DISTINCT = distinctCsv(80 << 20);
  const REFUSED = {
    table: null,
    report: {
      accepted: false,
      columns: { count: 0 },
      issues: [
        {
          code: 'CSV_TOO_MUCH_MEMORY',
          severity: 'ERROR',
          message: expect.stringMatching(
            /^Reading the file needs more memory than the server allows \(64 MB\), because of (the distinct values of column "text"|its rows|the values of the file)\.$/,
          ),
        },
      ],
    },
  };

  test('a file that needs too much memory is refused by an issue that names the column, and the next file is read', async () => {
    const small = new CsvInspector(64_000_000);
    try {
      const file = await received(DISTINCT, 'a');
      expect(await small.inspect(file, NEVER)).toMatchObject(REFUSED);
      expect(await small.inspect({ ...file, tablePath: null }, NEVER)).toMatchObject(REFUSED);
      const next = await received(flowersCsv(), 'b');
      expect(await small.inspect(next, NEVER)).toMatchObject({ report: { accepted: true, rowCount: 60 } });
      // One of as many bytes, but few values, has room enough.
      const few = await received(LARGE, 'c');
      expect(await small.inspect(few, NEVER)).toMatchObject({ report: { accepted: true, rowCount: LARGE.rowCount } });
      expect((await readdir(folder)).sort()).toEqual(['a', 'b', 'b.arrow', 'c', 'c.arrow']);
    } finally {
      await small.close();
    }
  });

  test('a file that needs more memory than estimated is read again with all memory', async () => {
    const run = vi.spyOn(ThreadPool.prototype, 'run');
    run.mockRejectedValueOnce(Object.assign(new Error('its rows'), { code: 'ERR_READING_MEMORY' }));
    const answer = await inspector.inspect(await received(flowersCsv(), 'a'), NEVER);
    expect(answer).toMatchObject({ report: { accepted: true, rowCount: 60 } });
    const given = run.mock.calls.map(([request]) => (request as { memoryBytes: number }).memoryBytes);
    expect(given).toEqual([expect.any(Number), defaultReadingMemory()]);
    expect(given[0]).toBeLessThan(given[1] ?? 0);
    vi.restoreAllMocks();
  });

  test('a file that needs more than a thread’s maximum heap is refused', async () => {
    const death = new ThreadDiedError('It died.', 'ERR_WORKER_OUT_OF_MEMORY');
    vi.spyOn(ThreadPool.prototype, 'run').mockRejectedValueOnce(death).mockRejectedValueOnce(death);
    expect(await inspector.inspect(await received(flowersCsv(), 'a'), NEVER)).toMatchObject({
      report: {
        accepted: false,
        issues: [{ code: 'CSV_TOO_MUCH_MEMORY', message: expect.stringMatching(/because of its values/) }],
      },
    });
    vi.restoreAllMocks();
  });
});

test('a full disk gives STORAGE_FULL', async () => {
  const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  vi.spyOn(ThreadPool.prototype, 'run').mockRejectedValueOnce(full);
  await expect(inspector.inspect(await received(flowersCsv(), 'a'), NEVER)).rejects.toMatchObject({
    code: 'STORAGE_FULL',
  });
  vi.restoreAllMocks();
});
