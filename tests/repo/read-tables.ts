import { globSync } from 'node:fs';
import { resolve } from 'node:path';

/** Everything that the *.table.ts files export: tables, and the lists that go with them. */
export async function readTables(): Promise<Readonly<Record<string, unknown>>> {
  const paths = globSync('src/**/*.table.ts');
  if (paths.length === 0) throw new Error('No table was found: are the tests run from the root of the repository?');
  const modules = await Promise.all(paths.map((path) => import(resolve(path)) as Promise<object>));
  return Object.assign({}, ...modules) as Record<string, unknown>;
}
