/**
 * What npm runs after an installation. With the development dependencies it builds. Without them ("npm ci --omit=dev") it
 * cannot, so that the build must be there: the bundles in it hold the patched dependencies, which are not patched in
 * node_modules then. JavaScript, because npm runs it with whatever Node there is.
 */
import { execSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { currentStamp, STAMP_FILE } from './bundle-stamp.js';

const ROOT = join(import.meta.dirname, '..');

if (existsSync(join(ROOT, 'node_modules/typescript'))) {
  execSync('npm run build', { cwd: ROOT, stdio: 'inherit' });
} else {
  const missing = await whatIsMissing();
  if (missing !== null) {
    console.error(
      `${missing}, and the development dependencies that build it are left out. Run "npm ci" first, then ` +
        '"npm prune --omit=dev"; or copy dist/ from such a build of this version, and run "npm ci --omit=dev".',
    );
    process.exitCode = 1;
  }
}

/** What is wrong with the build; null for nothing. */
async function whatIsMissing() {
  if (!existsSync(join(ROOT, 'dist/main.js'))) return 'Nothing is built here (dist/)';
  if (!existsSync(join(ROOT, 'dist/console/index.html'))) return 'The build has no console (dist/console/)';
  const stamp = await readFile(STAMP_FILE, 'utf8').catch(() => null);
  if (stamp === null) return 'The build has no bundles (dist/bundled/)';
  return stamp === (await currentStamp())
    ? null
    : 'The bundles (dist/bundled/) are of other versions of the dependencies';
}
