import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Makes the build that tests of the command line start, so that it is never older than the source. */
export async function buildDist(): Promise<void> {
  await run('tsc', ['-p', 'tsconfig.build.json', '--noCheck']);
  await run(process.execPath, ['scripts/copy-python.js']);
  await run(process.execPath, ['scripts/bundle-dependencies.js']);
}
