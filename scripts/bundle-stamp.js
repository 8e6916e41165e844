import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** The file of dist/bundled/ that bears the stamp of what it was made from. */
export const STAMP_FILE = join(ROOT, 'dist/bundled/stamp');

/** A stamp of all that the bundles are made from: bundles with another one are of other versions, or of another script. */
export async function currentStamp() {
  const hash = createHash('sha256');
  const patches = (await readdir(join(ROOT, 'patches'))).sort().map((name) => `patches/${name}`);
  for (const file of ['package-lock.json', ...patches, 'scripts/bundle-dependencies.js', 'dist/bundled-modules.js']) {
    hash.update(await readFile(join(ROOT, file)));
  }
  return hash.digest('hex');
}
