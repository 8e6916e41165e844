import { expect } from 'vitest';
import type { CsvOptions } from '../../../src/tabular/csv-options.ts';
import { type CsvInspection, inspectCsv } from '../../../src/tabular/inspect-csv.ts';
import { inspectLargeCsv } from '../../../src/tabular/parallel/inspect-large-csv.ts';
import { readTableFile } from '../../../src/tabular/table-file/table-file.ts';
import { oneWorker } from '../check-inspection.ts';
import { temporaryFile, temporaryPath } from '../temporary-file.ts';

const LIMITS = { minDataRows: 1, maxEmptyRatio: 1 };
/** Blocks smaller than a line, of some lines, and larger than most of what is read here. */
const BLOCKS = [7, 120, 4000];

/** Inspects content with both readers, the large files' with several divisions into blocks, which all have to agree. */
export async function inspectBoth(content: string | Uint8Array, options: CsvOptions = {}): Promise<CsvInspection> {
  const path = temporaryFile(content);
  const whole = inspectCsv(path, options, LIMITS);
  for (const chunkBytes of [1, 5]) {
    expect(inspectCsv(path, options, LIMITS, () => {}, chunkBytes)).toEqual(whole);
  }
  let compared = 0;
  for (const blockBytes of BLOCKS) {
    const tablePath = temporaryPath('large.arrow');
    const file = { path, tablePath, spillPath: temporaryPath('spill'), options, limits: LIMITS, blockBytes };
    const report = await inspectLargeCsv(file, oneWorker);
    if (report === null) continue;
    compared++;
    expect({ ...report, table: report.accepted ? readTableFile(tablePath) : null }).toStrictEqual(whole);
  }
  // In the largest blocks every file can be read.
  expect(compared).toBeGreaterThan(0);
  return whole;
}

/** Rows made by a function of the row's number, each with its line end. */
export function lines(row: (index: number) => string, count = 40, newline = '\n'): string {
  return Array.from({ length: count }, (_, index) => row(index) + newline).join('');
}

/** The issues of a code. */
export function issuesOf({ issues }: CsvInspection, code: string) {
  return issues.filter((issue) => issue.code === code);
}

/** The names of the columns. */
export function namesOf({ columns }: CsvInspection): readonly string[] {
  return columns.map(({ name }) => name);
}
