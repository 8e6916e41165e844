import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { CsvOptions } from '../../src/tabular/csv-options.ts';
import { type CsvInspection, inspectCsv } from '../../src/tabular/inspect-csv.ts';

const folder = mkdtempSync(join(inject('temporaryDirectory'), 'tabular-'));

/** A path in a folder that goes away after the tests. */
export function temporaryPath(name: string): string {
  return join(folder, name);
}

/** Writes content to a file of its own and returns the path; the next call writes over it. */
export function temporaryFile(content: string | Uint8Array, name = 'input.csv'): string {
  const path = temporaryPath(name);
  writeFileSync(path, content);
  return path;
}

/** Inspects content with limits that refuse hardly anything. */
export function inspect(content: string | Uint8Array, options: CsvOptions = {}, chunkBytes?: number): CsvInspection {
  const limits = { minDataRows: 1, maxEmptyRatio: 0.95 };
  return inspectCsv(temporaryFile(content), options, limits, () => {}, chunkBytes);
}

/** The codes of the issues, each once. */
export function codesOf(inspection: CsvInspection): readonly string[] {
  return [...new Set(inspection.issues.map(({ code }) => code))];
}

/** Name and kind of each column. */
export function kindsOf(inspection: CsvInspection): Readonly<Record<string, string>> {
  return Object.fromEntries(inspection.columns.map(({ name, kind }) => [name, kind]));
}
