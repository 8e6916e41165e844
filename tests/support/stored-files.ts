import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestServer } from './test-server.ts';

/** The files of the store as `<workspace id>/<sha256>`, sorted. */
export async function storedFiles({ config }: TestServer): Promise<string[]> {
  const entries = await readdir(join(config.DATA_DIRECTORY, 'blobs'), { recursive: true, withFileTypes: true });
  const workspaces = join(config.DATA_DIRECTORY, 'blobs');
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(workspaces.length + 1))
    .sort();
}

/** The files of uploads and models that are in flight. */
export function temporaryFiles({ config }: TestServer): Promise<string[]> {
  return readdir(join(config.DATA_DIRECTORY, 'temporary'));
}

/** What the database says should be stored, in the form of `storedFiles`. */
export async function countedFiles({ database }: TestServer): Promise<string[]> {
  const rows = await database.owner<{ path: string }[]>`
    select workspace_id || '/' || sha256 as path from blobs where reference_count > 0 order by 1`;
  return rows.map(({ path }) => path).sort();
}
