import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of a folder of real CSV files, as its MANIFEST.json describes it. */
export interface ManifestEntry {
  readonly file: string;
  readonly rows: number;
  readonly columns: number;
  readonly target: string;
  readonly task: 'classification' | 'regression';
  /** Columns that are no features, each with the reason. */
  readonly ignore: Readonly<Record<string, string>>;
  readonly read: {
    readonly delimiter: string;
    readonly encoding: string;
    readonly decimal: string;
    /** Texts that stand for "missing" in this file, besides the usual ones. */
    readonly missing: readonly string[];
    readonly line_end: string;
  };
}

/** The files of the folder; `only`: the names of those that are wanted, with commas between them. */
export function readManifest(directory: string, only?: string): readonly ManifestEntry[] {
  const entries = JSON.parse(readFileSync(join(directory, 'MANIFEST.json'), 'utf8')) as ManifestEntry[];
  const wanted = only?.split(',');
  return wanted === undefined ? entries : entries.filter(({ file }) => wanted.includes(file));
}
