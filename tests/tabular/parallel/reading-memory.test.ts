import { appendFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inspectLargeCsv } from '../../../src/tabular/parallel/inspect-large-csv.ts';
import { withMemoryLimit } from '../../../src/tabular/reader/memory-limit.ts';
import { CsvWasm } from '../../../src/tabular/scan/csv-wasm.ts';
import { oneWorker } from '../check-inspection.ts';
import { temporaryFile, temporaryPath } from '../temporary-file.ts';

/** So many that what is kept of each matters: the dictionary of them alone takes more than 64 MiB. */
const IDS = 2_000_000;

/**
 * What the column takes at its most, while its labels are numbered: 16 bytes and 8 to 16 of slots for each in the dictionary, 7 of
 * text there, and 4 for its number. As strings in a list they took more than 200.
 */
const BYTES_PER_ID = 56;
/** What any file takes: its blocks, and the modules that read them. */
const BYTES_OF_ANY_FILE = 1 << 25;

/** Written some rows at a time: what the thread held before a file is not counted, not even where it is garbage. */
function idsFile(): string {
  const path = temporaryFile('id,answer\n');
  for (let first = 0; first < IDS; first += 10_000) {
    appendFileSync(path, Array.from({ length: 10_000 }, (_, at) => `${first + at},${at % 2}\n`).join(''));
  }
  return path;
}

test('an identifier in every row is read within a few times its bytes, and its dictionary is given back', async () => {
  const file = { path: idsFile(), spillPath: temporaryPath('spill'), tablePath: temporaryPath('ids.arrow') };
  const limits = { minDataRows: 1, maxEmptyRatio: 1 };
  const read = () => inspectLargeCsv({ ...file, options: {}, limits }, oneWorker);
  let afterwards = 0;
  const report = await withMemoryLimit(IDS * BYTES_PER_ID + BYTES_OF_ANY_FILE, async () => {
    const found = await read();
    afterwards = CsvWasm.totalBytes;
    return found;
  });
  expect(report).toMatchObject({
    accepted: true,
    rowCount: IDS,
    columns: [{ kind: 'IDENTIFIER' }, { kind: 'NUMERIC' }],
  });
  // A column of doubles has been looked at since; the dictionary was larger.
  expect(afterwards).toBeLessThan(1 << 26);
  // The text of each, its offset, and its code.
  expect(statSync(file.tablePath).size).toBeGreaterThan(IDS * 12);
});
