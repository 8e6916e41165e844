import { execFile } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { promisify } from 'node:util';

const PAGE = 'dist/console/index.html';
const SOURCES = ['src/{client,console}/**/*.{ts,tsx,css,html,graphql}', 'schema.graphql', 'vite.config.ts'];

/** Builds the console, unless it is newer than all that it is made of. */
export default async function setup(): Promise<void> {
  const builtAt = statSync(PAGE, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = globSync(SOURCES, { exclude: ['src/*/dist/**', 'src/console/gql/**'] });
  if (sources.every((path) => statSync(path).mtimeMs < builtAt)) return;
  await promisify(execFile)('npm', ['run', 'build:console'], { maxBuffer: 64_000_000 });
}
