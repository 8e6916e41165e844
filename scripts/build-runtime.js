/**
 * Builds the package of src/runtime: one ES module for each entry point, which a browser loads as it is, and their types. Part of
 * `npm run build`; `npm pack --workspace src/runtime` then packs it.
 */
import { execSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const PACKAGE = join(ROOT, 'src/runtime');

await rm(join(PACKAGE, 'dist'), { recursive: true, force: true });
execSync('tsc -p tsconfig.runtime.json', { cwd: ROOT, stdio: 'inherit' });
await build({
  absWorkingDir: PACKAGE,
  entryPoints: ['index.ts', 'tables.ts', 'contributions.ts'],
  outdir: 'dist',
  bundle: true,
  minify: true,
  sourcemap: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  charset: 'utf8',
  logLevel: 'warning',
});
